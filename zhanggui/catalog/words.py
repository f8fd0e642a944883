"""The words a product is found by: as written, as they sound, as one begins to type them.

Built in Python and handed to the database ready, so that it needs no Chinese parser (stack.md, "Search").
What a listing is found by:
- words as the dictionary cuts them, Latin runs and numbers whole;
- every two neighbouring Chinese characters, so that a word the dictionary cuts otherwise is still found;
- each word in pinyin and in initials.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from zhanggui.kit import cutting
from zhanggui.kit.pinyin import sounds

MOST_TOKENS = 400
MOST_ASKED = 10
LONGEST = 40
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[0-9a-z][0-9a-z_.\-]*")


def clean(text: str) -> str:
    """The text as it is compared: full-width forms folded, lower case, no NUL."""
    return unicodedata.normalize("NFKC", text).replace("\0", "").casefold().strip()


@lru_cache(maxsize=20_000)
def cut(text: str) -> tuple[str, ...]:
    """The words of a cleaned text, each once: as the dictionary cuts them, Latin runs and numbers whole."""
    found = dict.fromkeys(piece[:LONGEST] for piece in cutting.words_and_parts(text) if piece.isalnum())
    found.update(dict.fromkeys(piece[:LONGEST] for piece in _LATIN.findall(text)))
    return tuple(found)


def pairs(text: str) -> list[str]:
    """Every two neighbouring Chinese characters of a cleaned text, and each run's last one alone."""
    found = []
    for run in _CHINESE.findall(text):
        found += [run[place : place + 2] for place in range(len(run) - 1)]
        found.append(run[-1])
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """What is written about a product, by weight."""

    title: str
    codes: Sequence[str] = ()
    copy: str = ""
    rest: Sequence[str] = ()


def vector(said: Said) -> str:
    """The tsvector literal of a product: title A, codes and names B, copy and attributes C, sounds D."""
    found: dict[str, str] = {}

    def put(tokens: Iterable[str], weight: str) -> None:
        for token in tokens:
            if token and token not in found and len(found) < MOST_TOKENS:
                found[token] = weight

    title = clean(said.title)
    put(cut(title), "A")
    for code in said.codes:
        put([clean(code)[:LONGEST], *cut(clean(code))], "B")
    put(pairs(title), "A")
    for text in (said.copy, *said.rest):
        put([*cut(clean(text)), *pairs(clean(text))], "C")
    for word in cut(title):
        if _CHINESE.search(word):
            put(sounds(word), "D")
    return " ".join(f"{_quoted(token)}:1{weight}" for token, weight in found.items())


def spelt(title: str) -> str:
    """The title in pinyin and in initials, for what is typed without blanks ("danhuajia", "dhjcdq")."""
    whole, initials = sounds(clean(title))
    return f"{whole[:280]} {initials[:110]}"


def terms(titles: Iterable[str]) -> list[tuple[str, str, str]]:
    """The words to remember for suggestions and for what is typed wrongly: word, sound, initials."""
    found: dict[str, tuple[str, str, str]] = {}
    for title in titles:
        for word in cut(clean(title)):
            if len(word) >= 2 and not word.isdigit() and word not in found:
                whole, initials = sounds(word)
                found[word] = (word, whole[:120], initials[:40])
    return [found[word] for word in sorted(found)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of what was typed. `chinese`: else it is Latin, a number, a code, or pinyin."""

    word: str
    chinese: bool

    @property
    def literal(self) -> str:
        """As a tsquery: the word, or all of its neighbouring pairs; a Latin word may be the beginning of one."""
        if not self.chinese:
            return f"{_quoted(self.word)}:*"
        if len(self.word) == 1:
            return f"{_quoted(self.word)}:*"
        if len(self.word) == 2:
            return _quoted(self.word)
        inside = " & ".join(_quoted(pair) for pair in pairs(self.word)[:-1])
        return f"({_quoted(self.word)} | ({inside}))"


def asked(text: str) -> list[Asked]:
    """The words of what was typed, in their order, each once, at most MOST_ASKED."""
    found: dict[str, Asked] = {}
    for part in re.split(r"\s+", clean(text)[:80]):
        for run in re.findall(r"[\u3400-\u9fff]+|[0-9a-z][0-9a-z_.\-]*", part):
            if _CHINESE.fullmatch(run):
                for word in cutting.words(run):
                    found.setdefault(word, Asked(word[:LONGEST], True))
            else:
                found.setdefault(run, Asked(run[:LONGEST], False))
    return list(found.values())[:MOST_ASKED]


def query(words: Sequence[Asked], *, any_of: bool = False) -> str:
    """A tsquery literal of the words; "" for none."""
    return (" | " if any_of else " & ").join(word.literal for word in words)


def distance(one: str, other: str, most: int) -> int:
    """How many letters to change, add, leave out or swap with their neighbour; `most` + 1 when more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


def texts_of(value: object) -> list[str]:
    """All texts in a product's attributes, whatever their shape."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts_of(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in texts_of(part)]
    return [] if value is None else [json.dumps(value)]


@lru_cache(maxsize=20_000)
def _quoted(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
