"""Words that advertising may not use: our own list (data/ad_terms.tsv), what a shop adds and what it allows.

Spaces, signs between characters, full width and case hide nothing; the longest entry wins, so that an allowed
"第一次" is not read as "第一".
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

ALLOW, OWN = "allow", "shop"
KINDS = {
    "absolute": "绝对化用语",
    "authority": "国家机关、特供",
    "medical": "医疗用语",
    "promise": "虚假承诺",
    "superstition": "迷信用语",
    OWN: "本店禁用词",
}
"""Kind → its name, a message id."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A forbidden word that stands in a text: the word of the list, its kind, why."""

    term: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words as one pattern, longest first, and what each of them is."""

    pattern: re.Pattern[str]
    kinds: dict[str, tuple[str, str, str]]

    def hits(self, text: str) -> list[Hit]:
        """The forbidden words in a text, each once, in their order."""
        found: dict[str, Hit] = {}
        for match in self.pattern.finditer(folded(text)):
            term, kind, why = self.kinds[match[0]]
            if kind != ALLOW:
                found.setdefault(term, Hit(term, kind, why))
        return list(found.values())


def folded(text: str) -> str:
    """The text without what is used to hide a word: only letters, digits and %, in one width and case."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "%")


@lru_cache(maxsize=64)
def _built(forbidden: tuple[str, ...], allowed: tuple[str, ...]) -> Lexicon:
    kinds = dict(_list())
    for word in forbidden:
        kinds[folded(word)] = (word, OWN, "")
    for word in allowed:
        kinds[folded(word)] = (word, ALLOW, "")
    kinds.pop("", None)
    words = sorted(kinds, key=lambda word: (-len(word), word))
    return Lexicon(re.compile("|".join(map(re.escape, words))), kinds)


def lexicon(forbidden: Iterable[str] = (), allowed: Iterable[str] = ()) -> Lexicon:
    """The house's list with a shop's own words; a word that the shop allows is allowed though the list has it."""
    return _built(tuple(sorted(set(forbidden))), tuple(sorted(set(allowed))))


def entries() -> Sequence[tuple[str, str, str]]:
    """The house's list: term, kind, why."""
    text = files("zhanggui.catalog").joinpath("data/ad_terms.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:] if line.strip()]
    return [(term, kind, why) for term, kind, why in rows]


@lru_cache(maxsize=1)
def _list() -> dict[str, tuple[str, str, str]]:
    return {folded(term): (term, kind, why) for term, kind, why in entries()}
