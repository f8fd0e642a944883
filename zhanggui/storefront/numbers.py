"""Numbers out of addresses and forms."""

from zhanggui.kit.numbers import whole


def number(text: str) -> int:
    """A whole number from 0 to 18 digits; 0 for anything else."""
    return whole(text) or 0
