"""Workbooks (.xlsx): looked over as an archive first, opened by the reader only when nothing in it can explode."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from zhanggui.connect import limits
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.files.sources import Source

_PIECE = 1 << 18
_LONGEST_TAG = 1 << 18
_BEFORE = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*')){0,9}?\s+r\s*=\s*["']"""
_REFERENCE = re.compile(rb"""[\s"']r\s*=\s*["']([A-Za-z]+)(\d+)["']""")
_NUMBER = re.compile(rb"""[\s"']r\s*=\s*["'](\d+)["']""")
_ROWS = re.compile(rb"<(?:[^\s<>/:!?]+:)?row(?=[\s/>])")
_CELLS = re.compile(rb"<(?:[^\s<>/:!?]+:)?c(?=[\s/>])")
_NUMBERED_ROW = re.compile(rb"<(?:[^\s<>/:!?]+:)?row" + _BEFORE + rb"\d")
_NUMBERED_CELL = re.compile(rb"<(?:[^\s<>/:!?]+:)?c" + _BEFORE + rb"[A-Za-z]")
_SHARED = re.compile(rb"""[\s"']t\s*=\s*["']s["']""")
_SHARED_AT = re.compile(rb"""[\s"']t\s*=\s*["']s["'][^<>]{0,200}>\s*<(?:\w+:)?v>(\d{1,9})<""")
_STRING_ENDS = re.compile(rb"</(?:[^\s<>/:!?]+:)?si\s*>|<(?:[^\s<>/:!?]+:)?si\s*/>")
_MOST_EXACT = 10**15
"""A number this long has lost its last digits in a spreadsheet, which keeps fifteen."""


class _Frame:
    """How far the cells of an entry reach, and which shared strings they use.

    The reader counts rows and cells that do not say where they stand, so they are counted here as well: those
    that carry no reference of their own come on top of the furthest reference.
    """

    def __init__(self) -> None:
        self.is_sheet = False
        self.uses: dict[int, int] = {}
        self.uses_unknown = 0
        self._row = self._column = 0
        self._loose_rows = self._loose_cells = self._most_loose = 0
        self._odd = False
        self._rest = b""

    @property
    def rows(self) -> int:
        """At most so many rows."""
        return self._row + self._loose_rows

    @property
    def columns(self) -> int:
        """At most so many columns."""
        return self._column + self._most_loose

    @property
    def too_large(self) -> bool:
        """Whether the reader must not see it. Only what has a `sheetData` is ever laid out as a table."""
        return self.is_sheet and (
            self._odd
            or self.columns > limits.BOOK_COLUMNS
            or self.rows > limits.BOOK_ROWS
            or self.rows * self.columns > limits.BOOK_CELLS
        )

    def feed(self, piece: bytes) -> None:
        """Measure the next piece; a tag that is not complete is held back."""
        held = self._rest + piece
        cut = max(held.rfind(b"</c>"), held.rfind(b"</row>"))
        if cut < len(held) - _LONGEST_TAG // 4:
            cut = held.rfind(b"<")
        if cut < len(held) - _LONGEST_TAG:
            self._odd, cut = True, len(held)
        self._rest = held[cut:]
        self._measure(held[:cut])

    def end(self) -> None:
        """Measure what was held back."""
        self._measure(self._rest)
        self._rest = b""

    def _measure(self, piece: bytes) -> None:
        self.is_sheet = self.is_sheet or b"sheetData" in piece
        if cells := _REFERENCE.findall(piece):
            letters, numbers = zip(*cells, strict=True)
            self._column = max(self._column, *map(_column, set(letters)))
            self._row = max(self._row, *map(_number, set(numbers)))
        self._row = max([self._row, *map(_number, _NUMBER.findall(piece))])
        self._loose_rows += len(_ROWS.findall(piece)) - len(_NUMBERED_ROW.findall(piece))
        if len(_CELLS.findall(piece)) > len(_NUMBERED_CELL.findall(piece)):
            for place, part in enumerate(_ROWS.split(piece)):
                if place:
                    self._loose_cells = 0
                self._loose_cells += len(_CELLS.findall(part)) - len(_NUMBERED_CELL.findall(part))
                self._most_loose = max(self._most_loose, self._loose_cells)
        elif _ROWS.search(piece):
            self._loose_cells = 0
        used = _SHARED_AT.findall(piece)
        for number in used:
            self.uses[int(number)] = self.uses.get(int(number), 0) + 1
        self.uses_unknown += len(_SHARED.findall(piece)) - len(used)


class Workbook:
    """The sheets of an .xlsx. Raises FileRefused for a bomb, a foreign archive or a broken book."""

    encoding = "xlsx"
    delimiter = ""

    def __init__(self, source: Source) -> None:
        if source.size > limits.BOOK_BYTES:
            raise FileRefused(
                _("「%(name)s」太大：.xlsx 最大 %(most)s MB，请另存为 .csv 或分成几个文件。")
                % {"name": source.name, "most": limits.BOOK_BYTES // limits.MIB}
            )
        with source.open() as raw:
            content = raw.read(limits.BOOK_BYTES + 1)
        most = look_over(io.BytesIO(content), source.name)
        self.source = source
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            if len(self._book.sheet_names) > most:
                raise _bomb(source.name)
            self._sheets: list[CalamineSheet] = []
            cells = 0
            for name in self._book.sheet_names:
                sheet = self._book.get_sheet_by_name(name)
                cells += sheet.height * sheet.width
                if cells > limits.BOOK_CELLS:
                    raise _bomb(source.name)
                if sheet.height:
                    self._sheets.append(sheet)
        except (CalamineError, OSError, ValueError) as trouble:
            raise _broken(source.name) from trouble
        if not self._sheets:
            raise FileRefused(_("「%(name)s」里没有数据。") % {"name": source.name})

    def sheets(self) -> "list[SheetTable]":
        """The sheets that hold something, in their order."""
        return [SheetTable(self.source, sheet) for sheet in self._sheets]


class SheetTable:
    """One sheet as a table of texts."""

    encoding = "xlsx"
    delimiter = ""

    def __init__(self, source: Source, sheet: CalamineSheet) -> None:
        self.source = source
        self.sheet = str(sheet.name)
        self._sheet = sheet

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with their number as the spreadsheet shows it, from 1."""
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            texts = [value if type(value) is str else _text(value) for value in row]
            if any(texts):
                yield number, texts


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if not abs(value) < _MOST_EXACT:  # not a number, and infinities, come here too
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d 00:00:00")
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value) if value is not None else ""


def look_over(raw: BinaryIO, name: str) -> int:
    """Raise FileRefused unless the archive is a workbook of a size that can be read (G7.6).

    Nothing the archive says of itself is believed, not even the names of its entries, for a sheet may stand
    under any: every entry is unpacked, counted and measured in small pieces. Gives how many sheets it holds.
    """
    try:
        archive = zipfile.ZipFile(raw)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as trouble:
        raise _broken(name) from trouble
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
        raise FileRefused(_("「%(name)s」是压缩包，不是 .xlsx 工作簿，请先解压再导入。") % {"name": name})
    if len(entries) > limits.BOOK_ENTRIES or len({n.lower() for n in names}) != len(entries):
        raise _bomb(name)
    unpacked, sheets, frames = 0, 0, []
    strings: list[list[int]] = []
    for entry in entries:
        if entry.flag_bits & 1:
            raise FileRefused(_("「%(name)s」加了密码，请去掉密码再导入。") % {"name": name})
        frame = _Frame()
        texts = _Strings() if "sharedstrings" in entry.filename.lower() else None
        size, before = 0, b""
        for piece in _pieces(raw, entry, name):
            if not size and _is_wide(piece):
                raise _broken(name)
            size += len(piece)
            unpacked += len(piece)
            if unpacked > limits.BOOK_UNPACKED or (
                size > limits.MIB and size > limits.BOOK_RATIO * max(entry.compress_size, 1)
            ):
                raise _bomb(name)
            joint = before[-8:] + piece
            if b"<!DOCTYPE" in joint or b"<!ENTITY" in joint:
                raise _bomb(name)
            frame.feed(piece)
            if frame.too_large:
                raise _bomb(name)
            if texts is not None:
                texts.feed(piece)
            before = piece
        frame.end()
        if frame.too_large:
            raise _bomb(name)
        if frame.is_sheet:
            frames.append(frame)
        sheets += frame.is_sheet or "sheets/" in entry.filename.lower()
        if texts is not None:
            strings.append(texts.lengths)
    for lengths in strings:
        longest = max(lengths, default=0)
        for frame in frames:
            text = sum(times * lengths[at] for at, times in frame.uses.items() if at < len(lengths))
            if text + frame.uses_unknown * longest > limits.BOOK_TEXT:
                raise _bomb(name)
    return sheets


def _is_wide(head: bytes) -> bool:
    """Whether an entry is XML of two bytes a character, which nothing here would recognise."""
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[:4] in (b"<\0?\0", b"\0<\0?")


def _number(digits: bytes) -> int:
    return int(digits) if len(digits) < 10 else 10**9


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + letter - 64
    return number


class _Strings:
    """The length in bytes of every shared string, gathered piece by piece."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._rest = b""
        self._open = 0

    def feed(self, piece: bytes) -> None:
        parts = _STRING_ENDS.split(self._rest + piece)
        for part in parts[:-1]:
            self.lengths.append(self._open + len(part))
            self._open = 0
        last = parts[-1]
        cut = last.rfind(b"<", max(len(last) - 64, 0))
        cut = len(last) if cut < 0 else cut
        self._open += cut
        self._rest = last[cut:]


def _pieces(raw: BinaryIO, entry: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The real content of an entry, a piece at a time, whatever sizes its headers claim."""
    raw.seek(entry.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise _broken(name)
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (block := raw.read(min(_PIECE, left))):
            left -= len(block)
            yield block
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise _broken(name)
    unpack = zlib.decompressobj(-15)
    try:
        while left > 0 and not unpack.eof:
            block = raw.read(min(1 << 16, left))
            if not block:
                raise _broken(name)
            left -= len(block)
            while block and not unpack.eof:
                if piece := unpack.decompress(block, _PIECE):
                    yield piece
                block = unpack.unconsumed_tail
        if piece := unpack.flush(_PIECE):
            yield piece
    except zlib.error as trouble:
        raise _broken(name) from trouble


def _bomb(name: str) -> FileRefused:
    return FileRefused(
        _(
            "「%(name)s」展开后过大（最多 %(rows)s 行、%(columns)s 列、%(size)s MB），已拒绝。请另存为 .csv 或分成几个文件。"
        )
        % {
            "name": name,
            "rows": f"{limits.BOOK_ROWS:,}",
            "columns": limits.BOOK_COLUMNS,
            "size": limits.BOOK_UNPACKED // limits.MIB,
        }
    )


def _broken(name: str) -> FileRefused:
    return FileRefused(_("「%(name)s」已损坏，打不开。请在平台重新导出。") % {"name": name})
