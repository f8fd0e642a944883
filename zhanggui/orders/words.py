"""The words an order is found by: what is written on it, cut into tokens, as a tsvector the database stores.

Built in Python (kit.cutting) and handed over ready, so the database needs no Chinese parser.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from zhanggui.kit import cutting

_LATIN = re.compile(r"[0-9a-z][0-9a-z_.\-]+")
_MOST = 250


@lru_cache(maxsize=20_000)
def tokens(text: str) -> frozenset[str]:
    """The tokens of a text, lower case: words as the dictionary cuts them, Latin runs and numbers whole."""
    text = text.casefold().replace("\0", "")
    found = {piece[:60] for piece in cutting.words_and_parts(text) if piece.isalnum()}
    if not text.isalpha():
        found.update(piece[:60] for piece in _LATIN.findall(text))
    return frozenset(found)


def vector(texts: Iterable[str]) -> str:
    """A tsvector literal of all the texts' tokens."""
    found: set[str] = set()
    for text in texts:
        if text:
            found |= tokens(text)
    kept = sorted(found)[:_MOST] if len(found) > _MOST else found
    return " ".join(map(_quoted, kept))


@lru_cache(maxsize=20_000)
def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def of_order(
    *, memo: str, message: str, nick: str, title: str, lines: Iterable[tuple[str, str, str]] = ()
) -> str:
    """The tsvector literal of an order. `lines`: (title, spec, seller's code) of each; `title` where there are none."""
    texts = [text for line in lines for text in line]
    return vector([memo, message, nick, *(texts or [title])])
