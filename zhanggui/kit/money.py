"""Money is whole fen (1/100 yuan) in plain integers; every split adds up to the whole."""

import re
import unicodedata
from collections.abc import Sequence

from zhanggui.kit.refusals import Unreadable

_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4}|(?=\.[0-9]))(?:\.(?P<part>[0-9]{0,2})0*)?"
)

_LONGEST = 60


def yuan(fen: int) -> str:
    """Fen as yuan for a page or a file: 123456 -> "1,234.56"."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def plain_yuan(fen: int) -> str:
    """Fen as yuan without thousands commas, for files: 123456 -> "1234.56"."""
    return yuan(fen).replace(",", "")


def parse_yuan(text: str) -> int:
    """Yuan as a person or a platform writes it ("¥1,234.5", "12.00元", "１２") in fen.

    At most 13 digits before the point and two after it (zeros may follow), commas only between thousands, no exponent: a short
    text never makes a large number. Raises Unreadable for anything else.
    """
    bare = unicodedata.normalize("NFKC", text[:_LONGEST]).strip().lstrip("¥").removesuffix("元").strip()
    found = _AMOUNT.fullmatch(bare) if len(text) <= _LONGEST else None
    raised = any(sign.isdigit() and not sign.isdecimal() for sign in text[:_LONGEST])  # 10² is not 102
    if found is None or raised or len(whole := found["whole"].replace(",", "")) > 13:
        raise Unreadable("money", text)
    fen = int(whole or "0") * 100 + int((found["part"] or "").ljust(2, "0"))
    return -fen if found["sign"] == "-" else fen


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Spread `total` fen over weights so that the parts add up to the total exactly.

    The largest remainders take the odd fen, the earlier line first (protocols 1.7: divide_order_fee).
    All weights zero: the first part takes all. Raises ValueError without weights or with a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be a non-empty list of non-negative integers")
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // whole for weight in weights]
    left = abs(total) - sum(parts)
    order = sorted(range(len(weights)), key=lambda i: (-(abs(total) * weights[i] % whole), i))
    for i in order[:left]:
        parts[i] += 1
    return [sign * part for part in parts]
