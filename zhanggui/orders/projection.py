"""From many marks inside to the one flag and the one memo that a platform keeps (C1). Pure functions.

The platform overwrites: the second writer erases the first. So nothing is ever kept only outside; what
goes out is computed from all live marks, most important first, and can be computed again at any time.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from zhanggui.orders.marks import Kind

MEMO_BYTES = 1000
"""Of GBK: the platforms' limit (requirements 1.7)."""
MISSING = "□"
JOIN = "；"


class Standing(Protocol):
    """What projection needs to know of a mark."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def flag(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """A shop's rules of projection: which kind goes first, and which colour a new mark wears."""

    order: Sequence[str] = tuple(str(kind) for kind in Kind)
    colours: Mapping[str, int] = field(default_factory=dict)
    departments: Mapping[str, int] = field(default_factory=dict)

    def rank(self, kind: str) -> int:
        """0 is the most important; a kind that the policy forgets comes last."""
        return self.order.index(kind) if kind in self.order else len(self.order)

    def colour(self, kind: str, department: str) -> int:
        """The flag of a new mark: the department's own colour (S1-21), else the kind's."""
        return self.departments.get(department) or self.colours.get(kind, 0)


@dataclass(frozen=True, slots=True)
class Outward:
    """What the platform shall show."""

    flag: int
    memo: str


def project(marks: Iterable[Standing], rules: Rules) -> Outward:
    """One flag and one memo out of all live marks.

    The flag is that of the most important mark that wears one; among equals the newest. The memo holds
    every text in the same order; the same text twice is said once.
    """
    ordered = sorted(marks, key=lambda mark: (rules.rank(mark.kind), -mark.at.timestamp(), -mark.id))
    flag = next((mark.flag for mark in ordered if mark.flag), 0)
    texts = list(dict.fromkeys(text for mark in ordered if (text := outward_text(mark.text))))
    return Outward(flag, fit(texts))


def outward_text(text: str) -> str:
    """The text in characters that GBK has: compatible forms where there are some, else a white square."""
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        text = "".join(map(_outward_character, unicodedata.normalize("NFC", text)))
    return text


def _outward_character(character: str) -> str:
    if _encodes(character):
        return character
    if unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc"):
        return ""  # joiners, variation selectors, skin tones' companions: nothing to see without the other
    plain = unicodedata.normalize("NFKC", character)
    return plain if _encodes(plain) else MISSING


def _encodes(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def size(text: str) -> int:
    """Bytes of GBK, as the platforms count; a character that GBK lacks counts as its white square."""
    return len(outward_text(text).encode("gbk"))


def fit(texts: Sequence[str], limit: int = MEMO_BYTES) -> str:
    """The texts as one memo of at most `limit` bytes; cut between characters, with a pointer to the rest."""
    memo = JOIN.join(texts)
    if size(memo) <= limit:
        return memo
    pointer = f"…（共{len(texts)}条，全文见掌柜）"  # data: it goes to the platform
    room = limit - size(pointer)
    # whole characters only: a byte cut off inside a character is dropped, never shown as a wrong one
    return memo.encode("gbk")[:room].decode("gbk", errors="ignore") + pointer
