"""Money is whole fen (1/100 yuan) in plain integers; every split adds up to the whole."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from zhanggui.kit.refusals import Unreadable


def yuan(fen: int) -> str:
    """Fen as yuan for a page or a file: 123456 -> "1,234.56"."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def plain_yuan(fen: int) -> str:
    """Fen as yuan without thousands commas, for files: 123456 -> "1234.56"."""
    return yuan(fen).replace(",", "")


def parse_yuan(text: str) -> int:
    """Yuan as a person or a platform writes it ("¥1,234.5", "12.00元") in fen.

    Raises Unreadable for anything else, also for parts of a fen and for NaN and infinities.
    """
    bare = text.strip().lstrip("¥￥").removesuffix("元").replace(",", "").replace("，", "").strip()
    try:
        fen = Decimal(bare) * 100
        if not fen.is_finite() or abs(fen) > 10**15 or fen != fen.to_integral_value():
            raise Unreadable("money", text)
    except (InvalidOperation, ValueError):
        raise Unreadable("money", text) from None
    return int(fen)


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
