"""From recognised tables to the orders desk, a chunk at a time: the way of the page and of the command line alike.

Everything is read twice. The first reading writes nothing and refuses what cannot be read to its end; the
second makes orders of the rows. Units of work (an order with its row) come in an order that depends on the
files only, so a killed import goes on after the last unit that was committed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files.cells import storable
from zhanggui.connect.files.refusal import FileRefused, RowRefused
from zhanggui.connect.files.spool import Put, Spool
from zhanggui.connect.layouts.layout import Kind, Recognised, Row
from zhanggui.connect.layouts.money import with_lines
from zhanggui.connect.layouts.survey import Survey, data_rows, survey
from zhanggui.freight.queries import carrier_named
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions import arrival
from zhanggui.orders.arriving import Arrived, Arriving, ArrivingLine
from zhanggui.orders.states import LineState, State
from zhanggui.shops.models import Platform, Shop

log = logging.getLogger(__name__)
_UNFORESEEN = (ValueError, ArithmeticError, LookupError, TypeError)
FILE_STEP = 10_000_000
"""An outcome's row number is file × FILE_STEP + row."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one unit. `row`: file × FILE_STEP + row in the file."""

    row: int
    number: str
    result: str
    message: str = ""


@dataclass(slots=True)
class Counts:
    """What came of an import, in orders. `reasons`: the first refusals with their row, for people."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    reasons: list[Result] = field(default_factory=list)

    def add(self, results: Sequence[Result]) -> None:
        """Count more results in."""
        for one in results:
            setattr(self, one.result, getattr(self, one.result) + 1)
            if one.result == "refused" and len(self.reasons) < 200:
                self.reasons.append(one)

    def as_dict(self) -> dict[str, int]:
        """The four counts by name."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }


@dataclass(slots=True)
class Plan:
    """The tables of one import, with what the first reading found."""

    lists: list[tuple[int, Recognised, Survey]]
    details: list[tuple[int, Recognised, Survey]]

    @property
    def rows(self) -> int:
        """Data rows of all files."""
        return sum(found.rows for _i, _t, found in (*self.lists, *self.details))

    @property
    def orders(self) -> int:
        """Orders, as far as one can say before the details are matched."""
        return sum(found.orders for _i, _t, found in self.lists or self.details)


def plan(tables: Sequence[Recognised], shop: Shop | None) -> Plan:
    """Read every file once to its end. Raises FileRefused for the first that cannot be taken."""
    made = Plan([], [])
    for index, table in enumerate(tables):
        if shop is not None:
            _refuse_foreign(table, shop)
        target = made.details if table.layout.kind is Kind.DETAILS else made.lists
        target.append((index, table, survey(table)))
    return made


def fits(table: Recognised, shop: Shop) -> bool:
    """Whether a shop takes files of the table's platform; a shop of one's own takes every platform's."""
    return shop.platform == Platform.OWN or shop.platform in table.layout.platforms


def _refuse_foreign(table: Recognised, shop: Shop) -> None:
    if fits(table, shop):
        return
    raise FileRefused(
        _("「%(name)s」是%(layout)s，但店铺 %(shop)s 是%(platform)s店铺。请选对店铺。")
        % {
            "name": table.table.source.name,
            "layout": _(table.layout.label),
            "shop": shop.code,
            "platform": _(Platform(shop.platform).label),
        }
    )


@dataclass(slots=True)
class _Unit:
    """One order as it stands in the file, not yet read."""

    row: int
    number: str
    rows: list[Row]
    table: Recognised


def pour(
    *,
    by: Callable[[], Actor],
    shop: Shop,
    made: Plan,
    folder: Path,
    at: Callable[[], datetime],
    keep: Callable[[list[Result], int], None],
    skip: int = 0,
) -> None:
    """Make orders of the planned tables, `limits.CHUNK` at a time.

    `keep(results, place)` is called in each chunk's transaction, `place` being the units done so far; what it
    raises undoes the chunk. `by()` is asked anew for every chunk. `skip`: units done before a kill. `folder`: where articles are put aside.
    """
    with Spool(folder) as spool:
        if made.details:
            spool.fill(_details(made))
        carriers: dict[str, str] = {}
        place = 0
        for chunk in _chunks(_units(made), limits.CHUNK):
            if made.details:
                spool.claim([unit.number for unit in chunk])
            place += len(chunk)
            if place <= skip:
                continue
            if place - len(chunk) < skip:
                chunk = chunk[skip - (place - len(chunk)) :]
            lines = spool.lines_of([unit.number for unit in chunk]) if made.details else {}
            read = [_read(unit, lines, carriers) for unit in chunk]
            with transaction.atomic():
                keep(_take(by(), shop, read, at()), place)
        for leftovers in _batches(spool.unclaimed() if made.details else iter(()), limits.CHUNK):
            place += len(leftovers)
            if place <= skip:
                continue
            found = spool.lines_of([number for _f, _r, number in leftovers])
            with transaction.atomic():
                keep(_add(by(), shop, leftovers, found, at()), place)


def _units(made: Plan) -> Iterator[_Unit]:
    for index, table, found in made.lists:
        held: dict[str, _Unit] = {}
        unit: _Unit | None = None
        grouped = table.layout.kind is Kind.ROWS
        for row_number, row, number in data_rows(table):
            if grouped and number in found.scattered:
                held.setdefault(number, _Unit(index * FILE_STEP + row_number, number, [], table)).rows.append(
                    row
                )
                if len(held[number].rows) > limits.SCATTERED_ROWS:
                    raise FileRefused(_("订单 %(number)s 的行数过多。") % {"number": number})
                continue
            if grouped and unit is not None and unit.number == number:
                unit.rows.append(row)
                continue
            if unit is not None:
                yield unit
            unit = _Unit(index * FILE_STEP + row_number, number, [row], table)
        if unit is not None:
            yield unit
        yield from held.values()


def _chunks(units: Iterator[_Unit], most: int) -> Iterator[list[_Unit]]:
    """Chunks in which no order number comes twice: the second telling of an order comes after the first."""
    chunk: list[_Unit] = []
    numbers: set[str] = set()
    for unit in units:
        if len(chunk) >= most or unit.number in numbers:
            yield chunk
            chunk, numbers = [], set()
        chunk.append(unit)
        numbers.add(unit.number)
    if chunk:
        yield chunk


def _batches(items: Iterator[tuple[int, int, str]], most: int) -> Iterator[list[tuple[int, int, str]]]:
    while batch := list(islice(items, most)):
        yield batch


def _details(made: Plan) -> Iterator[Put]:
    for index, table, _found in made.details:
        for row_number, row, number in data_rows(table):
            try:
                _refuse_unstorable(row)
                line, trouble = table.reader.line(row), ""
            except RowRefused as refusal:
                line, trouble = (
                    None,
                    _("明细第 %(row)s 行：%(why)s") % {"row": row_number, "why": refusal.reason},
                )
            except _UNFORESEEN as surprise:
                line, trouble = None, _unforeseen(surprise)
            yield index, row_number, number.replace("\0", ""), line, trouble


def _refuse_unstorable(row: Row) -> None:
    try:
        storable(row)
    except RowRefused:
        raise RowRefused(_("含有无法保存的控制字符。")) from None


_Read = tuple[_Unit, Arriving | None, str]


def _read(
    unit: _Unit, lines: dict[str, tuple[tuple[ArrivingLine, ...], str]], carriers: dict[str, str]
) -> _Read:
    try:
        if not unit.number:
            raise RowRefused(_("没有订单编号。"))
        if not unit.number.isprintable() or " " in unit.number:
            raise RowRefused(_("订单编号里有不该有的字符。"))
        width = unit.table.columns.width
        for row in unit.rows:
            _refuse_unstorable(row)
            if len(row) > width and any(cell.strip() for cell in row[width:]):
                raise RowRefused(_("这一行的列数比表头多，可能有没配对的引号。"))
        order = unit.table.reader.order(unit.rows)
        found, trouble = lines.get(unit.number, ((), ""))
        if trouble:
            raise RowRefused(trouble)
        if found:
            order = with_lines(order, tuple(_in_order(line, order.state) for line in found))
        return unit, _with_carrier(order, carriers), ""
    except RowRefused as refusal:
        return unit, None, refusal.reason
    except Refused as refusal:
        return unit, None, refusal.message
    except _UNFORESEEN as trouble:
        return unit, None, _unforeseen(trouble)


def _unforeseen(trouble: Exception) -> str:
    """Why a row is refused that holds what no reader foresaw: one row must not end the import of the others."""
    log.warning("a row could not be read: %s", type(trouble).__name__, exc_info=True)
    return _("这一行的内容读不懂。")


def _in_order(line: ArrivingLine, state: State) -> ArrivingLine:
    """A line's own state counts only where it differs from what the order's implies: closed alone, or part shipped.

    The two files may be minutes apart, and the list tells the order's state.
    """
    if line.state == LineState.CLOSED and state not in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED):
        return line
    if state == State.PART_SHIPPED:
        return line
    return replace(line, state=None) if line.state is not None else line


def _with_carrier(order: Arriving, carriers: dict[str, str]) -> Arriving:
    """The carrier's code for the name in the file; an unknown name is kept beside, never guessed."""
    if not order.carrier:
        return order
    if order.carrier not in carriers:
        known = carrier_named(order.carrier)
        carriers[order.carrier] = known.code if known is not None else ""
    code = carriers[order.carrier]
    if code:
        return replace(order, carrier=code)
    return replace(order, carrier="", extra={**order.extra, "物流公司": order.carrier[:60]})


def _take(by: Actor, shop: Shop, read: Sequence[_Read], at: datetime) -> list[Result]:
    orders = [order for _unit, order, _why in read if order is not None]
    arrived = {one.number: one for one in _take_in(by, shop, orders, at)} if orders else {}
    results = []
    for unit, order, why in read:
        if order is None:
            results.append(Result(unit.row, unit.number[:80].replace("\0", ""), "refused", why))
        else:
            one = arrived[order.number]
            results.append(Result(unit.row, unit.number, one.result, one.message))
    return results


def _take_in(by: Actor, shop: Shop, orders: Sequence[Arriving], at: datetime) -> list[Arrived]:
    """Take in a list; when the database refuses it as a whole, halve it until the row at fault stands alone."""
    try:
        return arrival.take_in(by=by, shop=shop, orders=orders, at=at)
    except OperationalError:
        raise
    except (DatabaseError, ValueError) as trouble:
        if len(orders) == 1:
            log.warning("an order could not be stored: %s", type(trouble).__name__, exc_info=True)
            return [Arrived(orders[0].number, "refused", _("数据库不接受这一行的内容。"))]
        middle = len(orders) // 2
        return [
            *_take_in(by, shop, orders[:middle], at),
            *_take_in(by, shop, orders[middle:], at),
        ]


def _add(
    by: Actor,
    shop: Shop,
    leftovers: Sequence[tuple[int, int, str]],
    found: dict[str, tuple[tuple[ArrivingLine, ...], str]],
    at: datetime,
) -> list[Result]:
    good = {number: lines for number, (lines, trouble) in found.items() if lines and not trouble}
    arrived = (
        {one.number: one for one in arrival.add_details(by=by, shop=shop, details=good, at=at)}
        if good
        else {}
    )
    results = []
    for file, row, number in leftovers:
        place = file * FILE_STEP + row
        one = arrived.get(number)
        if one is None:
            why = found.get(number, ((), ""))[1] or _("没有这个订单，请先导入订单列表。")
            results.append(Result(place, number[:80], "refused", why))
        else:
            results.append(Result(place, number, one.result, one.message))
    return results
