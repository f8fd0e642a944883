"""What a parcel costs by a shop's tables: a pure function of values, and the receipt that it writes.

The rules, decided in docs/freight.md: the most specific region wins; fee = first + started steps × add; what the
tables do not say is "undefined", never 0; an ask-first region has no price until a person enters the real cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from zhanggui.kit.regions import COUNTRY, path_of

PRICED, UNDEFINED, ASK = "priced", "undefined", "ask"
Numbers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """One row of a table. Standards in pieces, grams or cm³; `add_*` None: more is undefined (C8)."""

    id: int
    name: str
    regions: tuple[str, ...]
    first_standard: int
    first_fen: int
    add_standard: int | None = None
    add_fen: int | None = None
    ask_first: bool = False
    why: str = ""

    def price(self) -> tuple[Any, ...]:
        """What it costs there, to tell whether two rows differ."""
        return (self.first_standard, self.first_fen, self.add_standard, self.add_fen, self.ask_first)


@dataclass(frozen=True, slots=True)
class FreeRow:
    """Free when every given condition holds: at least so many pieces, such an amount, at most such a measure."""

    id: int
    regions: tuple[str, ...] = ()
    pieces: int | None = None
    amount_fen: int | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A shop's table as values. `carrier` "" is the ordinary courier; `valuation` pieces, weight or volume."""

    id: int
    name: str
    carrier: str
    ships_from: str
    valuation: str
    zones: tuple[ZoneRow, ...]
    free: tuple[FreeRow, ...] = ()
    seller_pays: bool = False
    is_default: bool = True


@dataclass(frozen=True, slots=True)
class Extra:
    """A surcharge as values. `carrier` "" is every courier; no regions: everywhere."""

    id: int
    name: str
    carrier: str
    regions: tuple[str, ...]
    fee_fen: int
    fallback_only: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a parcel that goes by one table. Weight in grams, volume in cm³; None: not known.

    `amount_fen` is what the buyer pays for the goods of this part.
    """

    table: Table
    pieces: int
    weight_g: int | None = None
    volume_cm3: int | None = None
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt: `rule` says what happened (freight.wording has the sentence), with its numbers."""

    rule: str
    fee_fen: int = 0
    name: str = ""
    table: str = ""
    why: str = ""
    numbers: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came out: `outcome` priced, undefined or ask; `fee_fen` only when priced; the lines add up to it.

    `reason` is the rule of the line that stood in the way, else "". `fallback`: the carrier has no table of
    its own, so the ordinary one plus a flat amount was taken (C7).
    """

    outcome: str
    fee_fen: int | None
    lines: tuple[Line, ...]
    to: str = ""
    carrier: str = ""
    fallback: bool = False

    @property
    def reason(self) -> str:
        """The rule that stood in the way of a price, else ""."""
        return "" if self.outcome == PRICED else next((x.rule for x in self.lines if x.rule in STOPS), "")

    def as_json(self) -> dict[str, Any]:
        """Plain values, for keeping."""
        return asdict(self)


STOPS = frozenset(
    {
        "no_place",
        "vague",
        "no_zone",
        "weight_unknown",
        "volume_unknown",
        "add_undefined",
        "no_table",
        "no_official",
        "carrier_unknown",
        "ask_first",
    }
)
"""Rules of lines that stand in the way of a price."""


def read_receipt(kept: Mapping[str, Any]) -> Receipt:
    """A receipt from its kept plain values."""
    lines = tuple(Line(**line) for line in kept["lines"])
    return Receipt(**{**kept, "lines": lines})


def refuse(rule: str, *, to: str, carrier: str = "", outcome: str = UNDEFINED, **also: Any) -> Receipt:
    """A receipt without a price, and the one line that says why."""
    return Receipt(outcome, None, (Line(rule, **also),), to, carrier)


def compute(
    *,
    to: str,
    shares: Sequence[Share],
    extras: Sequence[Extra] = (),
    carrier: str = "",
    fallback: bool = False,
) -> Receipt:
    """The receipt for one parcel to region `to` (its most specific known code, "" when unknown).

    Several tables in one parcel: the highest first fee counts once, every table adds its own further steps;
    free and seller-paid shares cost nothing. One share without a price leaves the whole without one.
    `extras`: the surcharges in force for this carrier. Raises ValueError without shares or with pieces < 1.
    """
    if not shares or any(share.pieces < 1 for share in shares):
        raise ValueError("a parcel has at least one share, and each at least one piece")
    path = path_of(to)
    parts = [_share(share, path) for share in shares]
    stopped = [part for part in parts if part.stop is not None]
    extra_lines, vague = _extras(extras, path)
    if stopped or vague:
        # undefined goes before ask: a person who asks the courier must know the weight first
        outcome = ASK if not vague and all(part.outcome == ASK for part in stopped) else UNDEFINED
        lines = [line for part in stopped for line in (part.stop,) if line is not None]
        return Receipt(outcome, None, (*lines, *vague), to, carrier, fallback)
    lines = _together(parts)
    lines.extend(extra_lines)
    return Receipt(PRICED, sum(line.fee_fen for line in lines), tuple(lines), to, carrier, fallback)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one share costs by its own table."""

    first: Line | None = None
    add: Line | None = None
    stop: Line | None = None
    outcome: str = PRICED


def _share(share: Share, path: list[str]) -> _Part:
    table = share.table
    zone = _zone(table.zones, path)
    free = _free(share, path)
    if zone is not None and zone.ask_first and not (free is not None and _names(free.regions, path)):
        return _Part(stop=_line("ask_first", table, zone), outcome=ASK)
    if table.seller_pays or free is not None:
        doubt = _doubt([row for row in table.zones if row.ask_first], zone, path)
        if doubt is None and table.seller_pays:
            return _Part(first=_line("seller_pays", table, zone))
        if doubt is None and free is not None:
            return _Part(first=_line("free", table, zone, **_numbers_of(free, share)))
    else:
        doubt = _doubt(table.zones, zone, path) or _doubt_free(share, path)
    if doubt is not None:
        rule = "vague" if len(path) > 1 else "no_place"
        return _Part(stop=_line(rule, table, doubt, to=path[0], region=doubt.regions[0]), outcome=UNDEFINED)
    if zone is None:
        rule = "no_zone" if len(path) > 1 else "no_place"
        return _Part(stop=_line(rule, table, None, to=path[0]), outcome=UNDEFINED)
    measure = _measure(share)
    if measure is None:
        return _Part(stop=_line(f"{table.valuation}_unknown", table, zone), outcome=UNDEFINED)
    first = _line(
        "first",
        table,
        zone,
        zone.first_fen,
        measure=measure,
        standard=zone.first_standard,
        by=table.valuation,
    )
    over = measure - zone.first_standard
    if over <= 0:
        return _Part(first=first)
    if zone.add_fen is None or not zone.add_standard:
        numbers: dict[str, Any] = {"measure": measure, "standard": zone.first_standard, "by": table.valuation}
        return _Part(stop=_line("add_undefined", table, zone, 0, **numbers), outcome=UNDEFINED)
    steps = -(-over // zone.add_standard)
    add = _line(
        "add",
        table,
        zone,
        steps * zone.add_fen,
        over=over,
        steps=steps,
        standard=zone.add_standard,
        each_fen=zone.add_fen,
        by=table.valuation,
    )
    return _Part(first=first, add=add)


def _together(parts: Sequence[_Part]) -> list[Line]:
    """The lines of all shares: the highest first fee once, the additional fees of all."""
    charged = [part.first for part in parts if part.first is not None and part.first.rule == "first"]
    highest = max(charged, key=lambda line: line.fee_fen, default=None)
    lines: list[Line] = []
    taken = False
    for part in parts:
        if part.first is not None:
            if part.first.rule != "first" or (part.first is highest and not taken):
                taken = taken or part.first is highest
                lines.append(part.first)
            else:
                lines.append(replace(part.first, rule="first_shared", fee_fen=0))
        if part.add is not None:
            lines.append(part.add)
    return lines


def _zone(zones: Sequence[ZoneRow], path: list[str]) -> ZoneRow | None:
    """The row that names the most specific region of the path."""
    for code in path:
        for zone in zones:
            if code in zone.regions:
                return zone
    return None


def _doubt(zones: Sequence[ZoneRow], zone: ZoneRow | None, path: list[str]) -> ZoneRow | None:
    """A row with another price for a part of the region we know: then we know too little to price it.

    Its `regions` are cut down to those parts.
    """
    for other in zones:
        if other is not zone and (zone is None or other.price() != zone.price()):
            inner = _inside(other.regions, path)
            if inner:
                return replace(other, regions=inner)
    return None


def _doubt_free(share: Share, path: list[str]) -> ZoneRow | None:
    """A free-shipping condition that is met, but holds only in a part of the region we know."""
    for rule in share.table.free:
        inner = _inside(rule.regions, path)
        if inner and _met(rule, share):
            return ZoneRow(0, "", inner, 1, 0)
    return None


def _inside(regions: Sequence[str], path: list[str]) -> tuple[str, ...]:
    """Those regions that are parts of the path's most specific one."""
    here = path[0]
    return tuple(code for code in regions if code != here and here in path_of(code))


def _names(regions: Sequence[str], path: list[str]) -> bool:
    """Whether a list of regions names the place itself, not just everywhere."""
    return any(code in regions for code in path if code != COUNTRY)


def _holds(regions: Sequence[str], path: list[str]) -> bool:
    return not regions or any(code in regions for code in path)


def _free(share: Share, path: list[str]) -> FreeRow | None:
    for rule in share.table.free:
        if _holds(rule.regions, path) and _met(rule, share):
            return rule
    return None


def _met(rule: FreeRow, share: Share) -> bool:
    measure = share.weight_g if share.table.valuation == "pieces" else _measure(share)
    return (
        (rule.pieces is None or share.pieces >= rule.pieces)
        and (rule.amount_fen is None or share.amount_fen >= rule.amount_fen)
        and (rule.within is None or (measure is not None and 0 < measure <= rule.within))
    )


def _numbers_of(rule: FreeRow, share: Share) -> dict[str, Any]:
    numbers: dict[str, Any] = {"by": share.table.valuation}
    if rule.pieces is not None:
        numbers["pieces"] = rule.pieces
    if rule.amount_fen is not None:
        numbers["amount_fen"] = rule.amount_fen
    if rule.within is not None:
        numbers["within"] = rule.within
    return numbers


def _measure(share: Share) -> int | None:
    """What the table counts: pieces, grams or cm³. 0 is no measure but a missing one."""
    if share.table.valuation == "pieces":
        return share.pieces
    return (share.weight_g if share.table.valuation == "weight" else share.volume_cm3) or None


def _extras(extras: Sequence[Extra], path: list[str]) -> tuple[list[Line], list[Line]]:
    """Lines of the surcharges that hold, and of those of which we cannot tell."""
    lines, vague = [], []
    for extra in extras:
        rule = "fallback" if extra.fallback_only else "surcharge"
        if _holds(extra.regions, path):
            lines.append(Line(rule, extra.fee_fen, extra.name, "", extra.why, {"surcharge": extra.id}))
        elif inner := _inside(extra.regions, path):
            numbers = {"to": path[0], "region": inner[0], "surcharge": extra.id}
            vague.append(
                Line("vague" if len(path) > 1 else "no_place", 0, extra.name, "", extra.why, numbers)
            )
    return lines, vague


def _line(rule: str, table: Table, zone: ZoneRow | None, fee_fen: int = 0, **numbers: Any) -> Line:
    numbers["template"] = table.id
    if zone is not None:
        numbers["zone"] = zone.id
    return Line(rule, fee_fen, zone.name if zone else "", table.name, zone.why if zone else "", numbers)
