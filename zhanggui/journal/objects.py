"""What the things are called that the daybook tells of: rooms register it, since the daybook keeps plain ids."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from zhanggui.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Name:
    """How people call a thing, and where it is shown ("" where it has no page)."""

    text: str
    url: str = ""


Namer = Callable[[Actor, list[int]], dict[int, Name]]
Finder = Callable[[Actor, str], list[int]]
_namers: dict[str, Namer] = {}
_finders: dict[str, Finder] = {}


def name_with(kind: str, namer: Namer, finder: Finder | None = None) -> None:
    """Register how ids of a kind become names, as an actor may see them, and names become ids.

    One statement each, however many ids.
    """
    _namers[kind] = namer
    if finder:
        _finders[kind] = finder


class Telling(Protocol):
    """What tells of a thing by its kind and id: a daybook line, a look at personal data."""

    kind: Any
    object_id: Any


def names_of(actor: Actor, rows: Iterable[Telling]) -> dict[tuple[str, int], Name]:
    """The names of the things that lines tell of. One statement per kind among them."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.object_id is not None and row.kind in _namers:
            wanted.setdefault(row.kind, set()).add(row.object_id)
    found: dict[tuple[str, int], Name] = {}
    for kind, ids in wanted.items():
        found.update(((kind, pk), name) for pk, name in _namers[kind](actor, sorted(ids)).items())
    return found


def ids_of(actor: Actor, text: str, kind: str = "") -> list[tuple[str, int]]:
    """The things that people call so, of one kind or of all. One statement per kind."""
    kinds = [kind] if kind in _finders else list(_finders) if not kind else []
    return [(name, pk) for name in kinds for pk in _finders[name](actor, text)[:20]]
