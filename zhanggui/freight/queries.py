"""What the pages ask about freight."""

import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from zhanggui.freight.models import Carrier, CostAsked, Quote, Surcharge, Template
from zhanggui.freight.rules import Table, ZoneRow
from zhanggui.journal.models import Entry
from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.queries import open_to


def shops_visible_to(actor: Actor, power: str = Power.FREIGHT_SEE) -> QuerySet[Shop]:
    """Open shops whose freight the actor may see (or edit). One statement when read."""
    return open_to(actor, power)


def visible_to(actor: Actor) -> QuerySet[Template]:
    """Tables of the shops whose freight the actor may see."""
    held = actor.shops_with(Power.FREIGHT_SEE)
    rows = Template.objects.select_related("shop", "carrier").order_by(
        "carrier__position", "-is_default", "pk"
    )
    return rows if held is None else rows.filter(shop__in=sorted(held))


def surcharges_visible_to(actor: Actor) -> QuerySet[Surcharge]:
    """Surcharges of the shops whose freight the actor may see."""
    held = actor.shops_with(Power.FREIGHT_SEE)
    rows = Surcharge.objects.select_related("shop", "carrier").order_by("pk")
    return rows if held is None else rows.filter(shop__in=sorted(held))


def quotes_visible_to(actor: Actor) -> QuerySet[Quote]:
    """Kept quotes of the shops whose freight the actor may see, the newest first."""
    held = actor.shops_with(Power.FREIGHT_SEE)
    rows = Quote.objects.select_related("shop").order_by("-made_at", "-pk")
    return rows if held is None else rows.filter(shop__in=sorted(held))


def open_costs(actor: Actor) -> QuerySet[CostAsked]:
    """Ask-first tasks nobody has answered yet, the oldest first (S1-06)."""
    held = actor.shops_with(Power.FREIGHT_SEE)
    rows = CostAsked.objects.filter(answered_at__isnull=True).select_related("shop", "quote")
    rows = rows.order_by("asked_at", "pk")
    return rows if held is None else rows.filter(shop__in=sorted(held))


def changes_of(template: Template, most: int = 10) -> list[Entry]:
    """The latest daybook lines about a table. One statement."""
    return list(Entry.objects.filter(kind="template", object_id=template.pk).order_by("-pk")[:most])


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def carriers_named(texts: Iterable[str]) -> dict[str, Carrier]:
    """Carriers by what files and people call them: code, name or alias ("圆通", "圆通速递(YTO)").

    Names that mean nothing are left out. One statement.
    """
    wanted = {text: _key(text) for text in texts}
    if not any(wanted.values()):
        return {}
    names: dict[str, Carrier] = {}
    for carrier in Carrier.objects.order_by("-position", "-code"):
        for name in (*carrier.aliases, carrier.name, carrier.code):
            names[_key(name)] = carrier
    found: dict[str, Carrier] = {}
    for text, key in wanted.items():
        carrier_found = names.get(key) or names.get(key.partition("(")[0])
        if key and carrier_found is not None:
            found[text] = carrier_found
    return found


def carrier_named(text: str) -> Carrier | None:
    """The carrier that a name or code means, or None. One statement."""
    return carriers_named([text]).get(text)


_NAMES_SECONDS = 60
_names: tuple[float, dict[str, str]] = (float("-inf"), {})


def carrier_names() -> dict[str, str]:
    """The names of all carriers by code, for lists. Remembered for a minute; one statement then."""
    global _names
    if time.monotonic() - _names[0] > (_NAMES_SECONDS if _names[1] else 1):
        _names = (time.monotonic(), dict(Carrier.objects.values_list("code", "name")))
    return _names[1]


def carriers(*, active: bool = True) -> list[Carrier]:
    """All carriers, the better known first. One statement."""
    rows = Carrier.objects.order_by("position", "code")
    return list(rows.filter(active=True) if active else rows)


@dataclass(frozen=True, slots=True)
class Tile:
    """What a table says about one province: `state` priced, open (more than the first standard is undefined),

    ask, none; `inner` names of rows that hold only in parts of it; `first_fen` what the first standard costs.
    """

    code: str
    name: str
    state: str
    zone: str = ""
    first_fen: int | None = None
    add_fen: int | None = None
    inner: tuple[str, ...] = ()


_MAP = (
    ("", "", "", "", "", "", "", "23"),
    ("", "", "", "", "", "15", "", "22"),
    ("65", "", "62", "64", "14", "13", "11", "21"),
    ("", "63", "", "61", "41", "37", "12", ""),
    ("54", "", "51", "50", "42", "34", "32", "31"),
    ("", "", "52", "43", "36", "33", "", ""),
    ("", "", "53", "45", "44", "35", "71", ""),
    ("", "", "", "46", "82", "81", "", ""),
)
"""The provinces as tiles, roughly where they lie."""


def tile_map(table: Table) -> list[list[Tile | None]]:
    """A table's coverage as rows of tiles; None is an empty place. No statement."""
    return [[_tile(f"{code}0000", table.zones) if code else None for code in row] for row in _MAP]


def _tile(province: str, zones: Sequence[ZoneRow]) -> Tile:
    name = regions.short_name(province)
    zone = next((z for code in regions.path_of(province) for z in zones if code in z.regions), None)
    inner = tuple(
        z.name
        for z in zones
        if z is not zone and any(c != province and regions.within(c, province) for c in z.regions)
    )
    if zone is None:
        return Tile(province, name, "none", inner=inner)
    if zone.ask_first:
        return Tile(province, name, "ask", zone.name, inner=inner)
    state = "open" if zone.add_fen is None else "priced"
    return Tile(province, name, state, zone.name, zone.first_fen, zone.add_fen, inner)


def coverage(table: Table) -> dict[str, int]:
    """How many provinces are in which state. No statement."""
    counts = dict.fromkeys(("priced", "open", "ask", "none"), 0)
    for row in tile_map(table):
        for tile in row:
            if tile is not None:
                counts[tile.state] += 1
    return counts
