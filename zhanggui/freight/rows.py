"""The rows of the table editor: text fields of a form, to and from the values that the rules read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from zhanggui.freight.forms import unknown_regions
from zhanggui.freight.rules import FreeRow, Table, ZoneRow
from zhanggui.freight.wording import plain
from zhanggui.kit import regions
from zhanggui.kit.money import parse_yuan, plain_yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Unreadable

UNITS = {"pieces": 1, "weight": 1000, "volume": 1_000_000}
MOST = 120
ZONE = ("name", "regions", "first_standard", "first_fen", "add_standard", "add_fen", "why")
FREE = ("regions", "pieces", "amount_fen", "within")


@dataclass(slots=True)
class Typed:
    """One row as typed: the texts by column, and what is wrong with them."""

    at: int
    texts: dict[str, str]
    ask_first: bool = False
    gone: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The position as text, for names of fields."""
        return str(self.at)

    def blank(self) -> bool:
        """Whether nobody wrote anything into it."""
        return not any(text.strip() for text in self.texts.values())


def typed_zones(table: Table) -> list[Typed]:
    """The rows of a table as texts."""
    unit = UNITS[table.valuation]
    return [
        Typed(
            at,
            {
                "name": zone.name,
                "regions": regions.write_list(zone.regions),
                "first_standard": plain(zone.first_standard, unit),
                "first_fen": plain_yuan(zone.first_fen),
                "add_standard": "" if zone.add_standard is None else plain(zone.add_standard, unit),
                "add_fen": "" if zone.add_fen is None else plain_yuan(zone.add_fen),
                "why": zone.why,
            },
            zone.ask_first,
        )
        for at, zone in enumerate(table.zones)
    ]


def typed_free(table: Table) -> list[Typed]:
    """The free-shipping conditions of a table as texts."""
    unit = UNITS["weight"] if table.valuation == "pieces" else UNITS[table.valuation]
    return [
        Typed(
            at,
            {
                "regions": regions.write_list(rule.regions),
                "pieces": "" if rule.pieces is None else str(rule.pieces),
                "amount_fen": "" if rule.amount_fen is None else plain_yuan(rule.amount_fen),
                "within": "" if rule.within is None else plain(rule.within, unit),
            },
        )
        for at, rule in enumerate(table.free)
    ]


def posted(post: Mapping[str, str], kind: str, columns: tuple[str, ...]) -> list[Typed]:
    """The rows that a form sent, in their order; blank ones and removed ones are left out."""
    found: list[Typed] = []
    for at in range(MOST):
        if f"{kind}-{at}-{columns[0]}" not in post:
            continue
        row = Typed(
            len(found),
            {name: post.get(f"{kind}-{at}-{name}", "")[:4000] for name in columns},
            f"{kind}-{at}-ask_first" in post,
            f"{kind}-{at}-gone" in post,
        )
        if not row.gone and not row.blank():
            found.append(row)
    return found


def read_zones(rows: list[Typed], valuation: str) -> list[ZoneRow] | None:
    """The rows as values; None when one cannot be read, with the error in the row."""
    unit = UNITS.get(valuation, 1)
    values = []
    for row in rows:
        text = row.texts
        add_standard = _measure(row, "add_standard", unit)
        values.append(
            ZoneRow(
                0,
                text["name"].strip(),
                _regions(row),
                _measure(row, "first_standard", unit, default=None if not row.ask_first else _one(valuation))
                or 0,
                _money(row, "first_fen", default=0 if row.ask_first else None) or 0,
                add_standard,
                _money(row, "add_fen"),
                row.ask_first,
                text["why"].strip()[:60],
            )
        )
    return None if any(row.errors for row in rows) else values


def read_free(rows: list[Typed], valuation: str) -> list[FreeRow] | None:
    """The conditions as values; None when one cannot be read, with the error in the row."""
    unit = UNITS["weight"] if valuation == "pieces" else UNITS.get(valuation, 1)
    values = []
    for row in rows:
        pieces = _measure(row, "pieces", 1)
        values.append(
            FreeRow(0, _regions(row), pieces, _money(row, "amount_fen"), _measure(row, "within", unit))
        )
    return None if any(row.errors for row in rows) else values


def blame(refusal: Invalid, zones: list[Typed], free: list[Typed]) -> bool:
    """Put a refusal into the row it is about; False when it is about none."""
    kind, _dash, rest = refusal.field.partition("-")
    at, _dash, column = rest.partition("-")
    rows, number = {"zone": zones, "free": free}.get(kind), whole(at)
    if rows is None or number is None or number >= len(rows):
        return False
    rows[number].errors[column or "regions"] = refusal.message
    return True


def _one(valuation: str) -> int:
    """The standard of an ask-first row that gives none: one kilogram, one piece, the least volume."""
    return {"pieces": 1, "weight": 1000, "volume": 100_000}.get(valuation, 1)


def _regions(row: Typed) -> tuple[str, ...]:
    codes, unknown = regions.read_list(row.texts["regions"])
    if unknown:
        row.errors["regions"] = unknown_regions(unknown)
    return tuple(codes)


def _measure(row: Typed, column: str, unit: int, default: int | None = None) -> int | None:
    text = row.texts[column].strip()
    if not text:
        if column == "first_standard" and default is None:
            row.errors[column] = _("请填写")
        return default
    try:
        if not set(text) <= set("+-.0123456789"):  # no exponents, whose Decimal may have a million digits
            raise InvalidOperation
        small = Decimal(text) * unit
        if not small.is_finite() or small != small.to_integral_value() or not 0 <= small < 10**10:
            raise InvalidOperation
        return int(small)
    except InvalidOperation:
        row.errors[column] = _("请填写正确的数字")
        return default


def _money(row: Typed, column: str, default: int | None = None) -> int | None:
    text = row.texts[column].strip()
    if not text:
        if column == "first_fen" and default is None:
            row.errors[column] = _("请填写")
        return default
    try:
        return parse_yuan(text)
    except Unreadable as refusal:
        row.errors[column] = refusal.message
        return default
