"""Workbooks (.xlsx): looked over as an archive first, opened by the reader only when nothing in it can explode."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from zhanggui.connect import limits
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.files.sources import Source

_PIECE = 1 << 18
_OVERLAP = 96
_CELL = re.compile(rb"""[\s"']r\s*=\s*["']([A-Za-z]{1,7})(\d{1,9})["']""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\br\s*=\s*["'](\d{1,9})""")
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^>]{0,80}>\s*<(?:\w+:)?v>(\d{1,9})<""")
_MOST_EXACT = 10**15
"""A number this long has lost its last digits in a spreadsheet, which keeps fifteen."""


@dataclass(slots=True)
class _Frame:
    """How far the cells of a sheet reach, and which shared strings they use."""

    rows: int = 0
    columns: int = 0
    uses: dict[int, int] = field(default_factory=dict)


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
        look_over(io.BytesIO(content), source.name)
        self.source = source
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            self._sheets = [
                sheet
                for name in self._book.sheet_names
                if (sheet := self._book.get_sheet_by_name(name)).height
            ]
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
        if abs(value) >= _MOST_EXACT:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d 00:00:00")
    if isinstance(value, time | timedelta):
        return str(value)
    return str(value) if value is not None else ""


def look_over(raw: BinaryIO, name: str) -> None:
    """Raise FileRefused unless the archive is a workbook of a size that can be read (G7.6).

    Nothing the archive says of itself is believed: every entry is unpacked and counted in small pieces.
    """
    try:
        archive = zipfile.ZipFile(raw)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as trouble:
        raise _broken(name) from trouble
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
        raise FileRefused(_("「%(name)s」是压缩包，不是 .xlsx 工作簿，请先解压再导入。") % {"name": name})
    if len(entries) > limits.BOOK_ENTRIES or len(names) != len(entries):
        raise _bomb(name)
    unpacked, lengths, frames = 0, [0], []
    for entry in entries:
        if entry.flag_bits & 1:
            raise FileRefused(_("「%(name)s」加了密码，请去掉密码再导入。") % {"name": name})
        if entry.filename.endswith((".bin", ".vml")) or "media/" in entry.filename:
            continue
        sheet = _Frame() if "worksheets/" in entry.filename else None
        strings = _Strings() if "sharedStrings" in entry.filename else None
        size, before = 0, b""
        for piece in _pieces(raw, entry, name):
            size += len(piece)
            unpacked += len(piece)
            if unpacked > limits.BOOK_UNPACKED or (
                size > limits.MIB and size > limits.BOOK_RATIO * max(entry.compress_size, 1)
            ):
                raise _bomb(name)
            if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                raise _bomb(name)
            if sheet is not None:
                _measure(sheet, before[-_OVERLAP:] + piece, name)
            if strings is not None:
                strings.feed(piece)
            before = piece
        if sheet is not None:
            frames.append(sheet)
        if strings is not None:
            lengths = strings.lengths or [0]
    for frame in frames:
        if frame.rows * frame.columns > limits.BOOK_CELLS:
            raise _bomb(name)
        text = sum(times * lengths[at] for at, times in frame.uses.items() if at < len(lengths))
        if text > limits.BOOK_TEXT:
            raise _bomb(name)


def _measure(frame: _Frame, piece: bytes, name: str) -> None:
    cells = _CELL.findall(piece)
    if cells:
        letters, numbers = zip(*cells, strict=True)
        frame.columns = max(frame.columns, *map(_column, set(letters)))
        frame.rows = max(frame.rows, *map(int, set(numbers)))
    frame.rows = max([frame.rows, *map(int, _ROW.findall(piece))])
    if frame.columns > limits.BOOK_COLUMNS or frame.rows > limits.BOOK_ROWS:
        raise _bomb(name)
    for number in _SHARED.findall(piece):
        at = int(number)
        frame.uses[at] = frame.uses.get(at, 0) + 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


class _Strings:
    """The length in bytes of every shared string, gathered piece by piece."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._rest = b""
        self._open = 0

    def feed(self, piece: bytes) -> None:
        parts = (self._rest + piece).split(b"</si>")
        for part in parts[:-1]:
            self.lengths.append(self._open + len(part))
            self._open = 0
        last = parts[-1]
        self._open += max(len(last) - 8, 0)
        self._rest = last[-8:]


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
