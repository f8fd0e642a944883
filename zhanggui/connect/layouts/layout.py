"""A layout: the header names it is known by, and the reader that turns its rows into orders or lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from zhanggui.connect import limits
from zhanggui.connect.files.cells import clean, clean_header
from zhanggui.connect.files.opening import Table
from zhanggui.orders.arriving import Arriving, ArrivingLine

Row = list[str]


class Kind(StrEnum):
    """What one row is."""

    ORDERS = "orders"  # one order a row
    ROWS = "rows"  # one article of an order a row, the order's columns repeated
    DETAILS = "details"  # one article a row, of orders that another file lists
    SHIPPING = "shipping"  # an order's number, carrier and waybill


class Columns:
    """Where our fields stand in one file. `at`: index by field, -1 for a field it does not have."""

    def __init__(
        self, headers: Sequence[str], columns: Mapping[str, Sequence[str]], extra: Sequence[str] = ()
    ):
        self.headers = list(headers)
        self.width = len(self.headers)
        # The first of two columns of one name counts: Taobao's list has names that came twice over the years.
        place: dict[str, int] = {}
        for index, header in enumerate(self.headers):
            place.setdefault(header, index)
        self.at: dict[str, int] = {}
        self.theirs: dict[str, str] = {}
        for name, accepted in columns.items():
            for header in accepted:
                if header in place:
                    self.at[name] = place[header]
                    self.theirs[name] = header
                    break
        used = set(self.at.values())
        self.extra = [
            (header, place[header]) for header in extra if header in place and place[header] not in used
        ]
        known = used | {index for _header, index in self.extra}
        self.left_out = [header for index, header in enumerate(self.headers) if header and index not in known]

    def __contains__(self, name: str) -> bool:
        return name in self.at

    def cell(self, row: Row, name: str) -> str:
        """The plain content of our field in a row, "" where the file has no such column."""
        index = self.at.get(name, -1)
        return clean(row[index]) if index >= 0 else ""

    def kept(self, row: Row) -> dict[str, str]:
        """The columns without a home that say something."""
        found = {}
        for header, index in self.extra:
            value = clean(row[index])
            if value and value not in ("0", "0.00", "0元"):
                found[header] = value[:200]
        return found


class Reader:
    """Turns rows into orders. A layout's module overrides what its platform does in its own way."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def number(self, row: Row) -> str:
        """The number of the order the row belongs to."""
        return self.columns.cell(row, "number")

    def order(self, rows: Sequence[Row]) -> Arriving:
        """The order that these rows tell (one row unless the kind is ROWS). Raises RowRefused."""
        raise NotImplementedError

    def line(self, row: Row) -> ArrivingLine:
        """The article that a row of DETAILS tells. Raises RowRefused."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns`: our field -> the header names it goes by. `needs`: fields without which it is not this layout.

    `extra`: headers without a home here whose content is kept with the order; all others are left out, so
    that a column nobody looked at can never carry personal data into the open. `never`: headers that tell that
    it is something else.
    """

    code: str
    label: str
    platforms: frozenset[str]
    kind: Kind
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    reader: Callable[[Columns], Reader]
    extra: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    def fits(self, headers: Sequence[str]) -> int:
        """How many of our fields the headers name; 0 when a needed one is missing or a strange one is there."""
        known = set(headers)
        if not all(any(name in known for name in self.columns[field]) for field in self.needs):
            return 0
        if known.intersection(self.never):
            return 0
        return sum(any(name in known for name in names) for names in self.columns.values())


@dataclass(slots=True)
class Recognised:
    """A table whose layout is known. `header_row` is counted from 1; rows below it are the data."""

    table: Table
    layout: Layout
    columns: Columns
    header_row: int
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = self.layout.reader(self.columns)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """The data rows, as wide as the header. Raises FileRefused."""
        width = self.columns.width
        for number, row in self.table.rows():
            if number <= self.header_row:
                continue
            short = width - len(row)
            if short > 0:
                row = row + [""] * short
            yield number, row


def head_of(table: Table) -> list[tuple[int, list[str]]]:
    """The first rows with their numbers, cells cleaned as headers. Raises FileRefused."""
    return [
        (number, [clean_header(cell) for cell in row[: limits.MOST_COLUMNS]])
        for number, row in islice(table.rows(), limits.HEAD_ROWS)
    ]
