"""Whole numbers as addresses and forms write them."""

_MOST_DIGITS = 18  # every one of them fits a bigint, and int() reads them at once


def whole(text: str) -> int | None:
    """The number, or None: ASCII digits only, at most 18 of them.

    `str.isdigit` is true of "²" and of any length of digits, both of which `int` refuses (reliability G7.3).
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
