"""What the frame offers: every room hangs its entries here when it starts; the frame shows those one may use."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One place to go. `label` is a Chinese message id, translated where it is shown.

    `route`: name of a URL without arguments. `power`: the power that opens it somewhere ("" for everybody).
    `keys`: the key sequence of the page contract ("g o"). `section`: heading in the menu; "" only in the
    command palette. `icon`: name of an icon in kit/icons.html. `count`: optional, gives the badge number
    for an actor.
    """

    label: str
    route: str
    power: str = ""
    section: str = ""
    order: int = 100
    keys: str = ""
    icon: str = ""
    words: str = ""
    count: Callable[[object], int] | None = None


_entries: list[Entry] = []


def offer(*entries: Entry) -> None:
    """Hang entries into the menu and the command palette (from an AppConfig.ready)."""
    for entry in entries:
        if entry not in _entries:
            _entries.append(entry)


def entries() -> list[Entry]:
    """All entries in their order."""
    return sorted(_entries, key=lambda entry: (entry.order, entry.route))
