"""How much the house takes in at once. The machine's owner may change the first one (ZHANGGUI_IMPORT_MB)."""

from django.conf import settings

MIB = 1024 * 1024


def most_bytes() -> int:
    """The largest file that is taken at all, in bytes; larger ones are refused before they are stored."""
    return int(getattr(settings, "IMPORT_MOST_BYTES", 512 * MIB))


MOST_FILES = 20
"""Files handed over at once."""
MOST_ROWS = 2_000_000
"""Rows of a text table: it is read as a stream, so this bounds time, not memory."""
MOST_COLUMNS = 500
MOST_CELL = 131_072
"""Characters in one cell; a quote that is never closed runs into this instead of eating the memory."""
BOOK_BYTES = 20 * MIB
"""An .xlsx as it arrives (reliability G7.6)."""
BOOK_UNPACKED = 200 * MIB
BOOK_RATIO = 100
BOOK_ENTRIES = 2_000
BOOK_ROWS = 200_000
BOOK_COLUMNS = 256
BOOK_CELLS = 6_000_000
"""Rows × columns of the sheet's frame: the reader lays out the whole frame in memory."""
BOOK_TEXT = 200 * MIB
"""Characters after every cell has its own copy of a shared string."""
HEAD_ROWS = 20
"""The header stands within the first so many rows."""
SCATTERED_ROWS = 20_000
"""Rows of orders whose rows do not stand together, held back in memory until the file has been read."""
CHUNK = 1_000
"""Orders per transaction of an import."""
