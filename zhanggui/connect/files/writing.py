"""Tables as files to take away: text tables of `kit.sheets`, and workbooks of which no cell is a formula (G7.5)."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from zhanggui.connect.files import vault
from zhanggui.kit.sheets import Cell, csv_pieces, harmless

_SHEET_ROWS = 1_000_000


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
