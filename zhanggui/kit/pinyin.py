"""How a Chinese label sounds: "发货" is found by "fahuo" and by "fh".

The dictionary takes 55 MB: it is opened by the first question, not by every process that could ask one.
"""

from functools import lru_cache


@lru_cache(maxsize=4096)
def sounds(text: str) -> tuple[str, str]:
    """The label in pinyin and in initials, both without blanks; other characters stay, in lower case."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    whole = "".join(lazy_pinyin(text)).lower()
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return _tight(whole), _tight(initials)


def _tight(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())
