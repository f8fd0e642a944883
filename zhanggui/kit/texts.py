"""Texts that people type, as they may be shown to others."""

import re
import unicodedata


def tidy(text: str) -> str:
    """One line of printable text: control and direction characters gone, runs of space made one."""
    kept = (
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return re.sub(r" +", " ", "".join(kept)).strip()
