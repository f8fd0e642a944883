"""Quotes from a shop's tables: reads the tables in a constant number of statements, then the pure rules decide."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from zhanggui.freight.models import Carrier, FreeRule, Surcharge, Template, Zone
from zhanggui.freight.rules import Extra, FreeRow, Receipt, Share, Table, ZoneRow, compute, refuse
from zhanggui.kit.regions import path_of
from zhanggui.shops.models import Setting, Shop
from zhanggui.shops.policies import policy

_POLICIES = ("freight.default_carrier", "freight.official_carriers")


@dataclass(frozen=True, slots=True)
class Part:
    """What goes by one table of the shop (None: the default one). Units as in `rules.Share`."""

    pieces: int
    weight_g: int | None = None
    volume_cm3: int | None = None
    amount_fen: int = 0
    template_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: a parcel from a shop to region `to` ("" unknown).

    `carrier_code` None: the shop's default, else its ordinary courier. `ships_from` "": the shop's city.
    """

    shop: Shop
    to: str
    parts: tuple[Part, ...]
    carrier_code: str | None = None
    ships_from: str = ""


@dataclass(frozen=True, slots=True)
class _Books:
    """All that holds in one shop."""

    tables: tuple[Table, ...]
    extras: tuple[Extra, ...]
    default_carrier: str
    official: tuple[str, ...]


def quote(
    *,
    shop: Shop,
    to: str,
    pieces: int,
    weight_g: int | None = None,
    volume_cm3: int | None = None,
    amount_fen: int = 0,
    carrier_code: str | None = None,
    on: date,
) -> Receipt:
    """What one parcel costs on a day; reads only. At most six statements.

    Raises ValueError when pieces < 1. Weight in grams, None when not known.
    """
    part = Part(pieces, weight_g, volume_cm3, amount_fen)
    return quote_many([Wish(shop, to, (part,), carrier_code)], on=on)[0]


def quote_many(wishes: Sequence[Wish], *, on: date) -> list[Receipt]:
    """A receipt for each wish, in their order. At most six statements however many wishes and shops."""
    shops = {wish.shop.pk: wish.shop for wish in wishes}
    if not shops:
        return []
    books = _read(list(shops.values()), on)
    asked = {wish.carrier_code or books[wish.shop.pk].default_carrier for wish in wishes} - {""}
    names = dict(Carrier.objects.filter(code__in=sorted(asked)).values_list("code", "name")) if asked else {}
    return [_receipt(wish, books[wish.shop.pk], names) for wish in wishes]


def side_by_side(wish: Wish, *, on: date) -> list[tuple[str, str, Receipt]]:
    """The same parcel by every carrier that the shop has a table, a surcharge or a policy for.

    Gives (code, name, receipt), the ordinary courier first with code "". At most seven statements.
    """
    books = _read([wish.shop], on)[wish.shop.pk]
    codes = {table.carrier for table in books.tables} | {extra.carrier for extra in books.extras}
    codes |= {*books.official, books.default_carrier, wish.carrier_code or ""}
    rows = Carrier.objects.filter(code__in=sorted(codes - {""}), active=True).order_by("position")
    names = {row.code: row.name for row in rows}
    plain = replace(books, default_carrier="")
    found = [("", "", _receipt(replace(wish, carrier_code=None), plain, names))]
    found += [(c, names[c], _receipt(replace(wish, carrier_code=c), plain, names)) for c in names]
    return found


def tables_of(shops: Sequence[Shop]) -> dict[int, list[Table]]:
    """The tables of shops as values, by shop id. Three statements."""
    held: dict[int, list[Table]] = {shop.pk: [] for shop in shops}
    templates = list(
        Template.objects.filter(shop__in=shops).select_related("carrier").order_by("-is_default", "pk")
    )
    ids = [template.pk for template in templates]
    zones: dict[int, list[Zone]] = defaultdict(list)
    for zone in Zone.objects.filter(template__in=ids).order_by("position", "pk"):
        zones[zone.template_id].append(zone)
    free: dict[int, list[FreeRule]] = defaultdict(list)
    for rule in FreeRule.objects.filter(template__in=ids).order_by("position", "pk"):
        free[rule.template_id].append(rule)
    for template in templates:
        held[template.shop_id].append(as_table(template, zones[template.pk], free[template.pk]))
    return held


def as_table(template: Template, zones: Iterable[Zone], free: Iterable[FreeRule]) -> Table:
    """A table's rows as the values that the rules read."""
    return Table(
        template.pk,
        template.name,
        template.carrier.code if template.carrier else "",
        template.ships_from,
        template.valuation,
        tuple(
            ZoneRow(
                z.pk,
                z.name,
                tuple(z.regions),
                z.first_standard,
                z.first_fen,
                z.add_standard,
                z.add_fen,
                z.ask_first,
                z.why,
            )
            for z in zones
        ),
        tuple(FreeRow(f.pk, tuple(f.regions), f.pieces, f.amount_fen, f.within) for f in free),
        template.seller_pays,
        template.is_default,
    )


def _read(shops: list[Shop], on: date) -> dict[int, _Books]:
    tables = tables_of(shops)
    extras: dict[int, list[Extra]] = defaultdict(list)
    rows = Surcharge.objects.filter(shop__in=shops, active=True).select_related("carrier").order_by("pk")
    for s in rows:
        carrier = s.carrier.code if s.carrier else ""
        extras[s.shop_id].append(
            Extra(s.pk, s.name, carrier, tuple(s.regions), s.fee_fen, s.fallback_only, s.why)
        )
    set_values: dict[tuple[int, str], Any] = {
        (row.shop_id, row.name): row.value
        for row in Setting.objects.filter(shop__in=shops, name__in=_POLICIES, since__lte=on).order_by(
            "since", "set_at"
        )
    }

    def setting(shop: Shop, name: str) -> Any:
        return set_values.get((shop.pk, name), policy(name).of_nobody(shop))

    return {
        shop.pk: _Books(
            tuple(tables[shop.pk]),
            tuple(extras[shop.pk]),
            setting(shop, _POLICIES[0]),
            tuple(setting(shop, _POLICIES[1])),
        )
        for shop in shops
    }


def _receipt(wish: Wish, books: _Books, names: dict[str, str]) -> Receipt:
    carrier = wish.carrier_code if wish.carrier_code is not None else books.default_carrier
    to, ships_from = wish.to, wish.ships_from or wish.shop.city
    if carrier and carrier not in names:
        return refuse("carrier_unknown", to=to, carrier=carrier, name=carrier)
    own = _table(books.tables, carrier, ships_from)
    chosen, fallback = own, False
    extras = [x for x in books.extras if x.carrier in ("", carrier) and not x.fallback_only]
    if own is None:
        chosen = _table(books.tables, "", ships_from)
        flat = [x for x in books.extras if x.fallback_only and x.carrier == carrier and _holds(x, to)]
        if carrier and flat:
            fallback = True
            extras += flat
        elif carrier in books.official:
            return refuse("no_official", to=to, carrier=carrier, name=names[carrier])
    by_id = {table.id: table for table in books.tables}
    shares = [
        Share(table, part.pieces, part.weight_g, part.volume_cm3, part.amount_fen)
        for part in wish.parts
        if (table := by_id.get(part.template_id) if part.template_id else chosen) is not None
    ]
    if len(shares) < len(wish.parts):
        return refuse("no_table", to=to, carrier=carrier, numbers={"from": ships_from})
    return compute(to=to, shares=_joined(shares), extras=extras, carrier=carrier, fallback=fallback)


def _joined(shares: list[Share]) -> list[Share]:
    """Shares of the same table as one: the parcel is weighed once, not article by article."""
    sums: dict[int, Share] = {}
    for share in shares:
        seen = sums.get(share.table.id)
        sums[share.table.id] = share if seen is None else _sum(seen, share)
    return list(sums.values())


def _sum(one: Share, other: Share) -> Share:
    def total(a: int | None, b: int | None) -> int | None:
        return a + b if a and b else None

    return Share(
        one.table,
        one.pieces + other.pieces,
        total(one.weight_g, other.weight_g),
        total(one.volume_cm3, other.volume_cm3),
        one.amount_fen + other.amount_fen,
    )


def _table(tables: Sequence[Table], carrier: str, ships_from: str) -> Table | None:
    """The default table of that carrier and place; tables come with the defaults first."""
    for table in tables:
        if table.carrier == carrier and table.ships_from == ships_from and table.is_default:
            return table
    return None


def _holds(extra: Extra, to: str) -> bool:
    return not extra.regions or any(code in extra.regions for code in path_of(to))
