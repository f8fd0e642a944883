"""Writing tables that a spreadsheet opens without running anything in them (reliability G7.5, ASVS 1.2.10)."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from zhanggui.connect.files import vault

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'")
_LOST_FROM = 12
"""Digits from which on a spreadsheet shows a number as 3.02869E+15."""
_SHEET_ROWS = 1_000_000
Cell = str | int | Decimal | None


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before one that could be; NULs go away.

    Also after blanks, because a spreadsheet cuts them off, and for a text that itself begins with an
    apostrophe, so that reading the file again gives the same text.
    """
    text = text.replace("\0", "")
    bare = text.lstrip(" \u3000\u00a0\ufeff\u200b")
    return "'" + text if bare.startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def csv_cell(value: Cell) -> str | int | Decimal:
    """A cell of a text table: numbers stay numbers; a long number in a text gets a TAB behind it, as the
    platforms do, so that a spreadsheet keeps all its digits."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    if len(value) >= _LOST_FROM and value.isascii() and value.isdigit():
        return value + "\t"
    return harmless(value)


def csv_pieces(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, guard: bool = True
) -> Iterator[bytes]:
    """A text table in UTF-8 with its mark, a piece at a time. `guard` off: long numbers stay as they are, for
    files that a platform reads."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([harmless(header) for header in headers])
    yield b"\xef\xbb\xbf"
    for count, row in enumerate(rows, 1):
        if guard:
            writer.writerow([csv_cell(cell) for cell in row])
        else:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        if count % 200 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_pieces(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str) -> Iterator[bytes]:
    """A workbook, written row by row into a hidden file of the data folder, then given a piece at a time."""
    handle, name = tempfile.mkstemp(prefix="book-", suffix=".xlsx", dir=vault.folder())
    os.close(handle)
    try:
        _write_book(name, headers, rows, sheet)
        with Path(name).open("rb") as file:
            while piece := file.read(1 << 18):
                yield piece
    finally:
        Path(name).unlink(missing_ok=True)


def _write_book(name: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], sheet: str) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(vault.folder()),
    }
    with xlsxwriter.Workbook(name, options) as book:
        bold = book.add_format({"bold": True})
        page: Any = None
        at = _SHEET_ROWS
        for row in rows:
            if at >= _SHEET_ROWS:
                page = _new_page(book, sheet, headers, bold)
                at = 0
            at += 1
            for column, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    page.write_string(at, column, harmless(cell)[:32_000])
                else:
                    page.write_number(at, column, cell)
        if page is None:
            _new_page(book, sheet, headers, bold)


def _new_page(book: Any, sheet: str, headers: Sequence[str], bold: Any) -> Any:
    number = len(book.worksheets()) + 1
    page = book.add_worksheet(sheet[:25] if number == 1 else f"{sheet[:25]} {number}")
    page.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        page.write_string(0, column, harmless(header), bold)
        page.set_column(column, column, max(10, min(30, len(header) * 2 + 4)))
    return page


def pieces_of(
    form: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str, guard: bool = True
) -> Iterator[bytes]:
    """The table as "csv" or "xlsx"."""
    if form == "xlsx":
        return xlsx_pieces(headers, rows, sheet=sheet)
    return csv_pieces(headers, rows, guard=guard)


CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
