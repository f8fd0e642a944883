"""Text tables out of this room: buyers masked, no cell a formula, long numbers whole (reliability G7.5).

The writers of files are in `connect`, above this room; this is the little of them that a list needs.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'")
_LONG = 12


def masked_nick(nick: str) -> str:
    """A buyer's nick as lists show it: the first and the last character."""
    return f"{nick[:1]}**{nick[-1:]}" if len(nick) > 1 else f"{nick}**"


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula, and whose digits it does not round."""
    text = text.replace("\0", "")
    bare = text.lstrip(" \u3000\u00a0\ufeff\u200b")
    if bare.startswith(_DANGEROUS) or text.startswith(_DANGEROUS):
        return "'" + text
    return text + "\t" if len(text) >= _LONG and text.isascii() and text.isdigit() else text


def csv_of(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A table in UTF-8 with its mark, 500 rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([safe_cell(head) for head in heads])
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow([safe_cell(cell) for cell in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
