"""Numbers out of addresses and forms."""


def number(text: str) -> int:
    """A whole number from 0 to 18 digits; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
