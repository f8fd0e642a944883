"""Text tables that a spreadsheet opens without running anything in them (reliability G7.5, ASVS 1.2.10)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'")
_LOST_FROM = 12
"""Digits from which on a spreadsheet shows a number as 3.02869E+15."""
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
