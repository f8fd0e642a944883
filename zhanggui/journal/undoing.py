"""Which acts of the daybook can be taken back, and where: rooms register it, the list of one's last acts shows it."""

from collections.abc import Callable

from zhanggui.journal.models import Entry

Way = Callable[[Entry], str]
_ways: dict[str, Way] = {}


def offers_undo(what: str) -> Callable[[Way], Way]:
    """Register for a kind of line ("order.marked") the function that gives the address to POST to, or ""."""

    def register(way: Way) -> Way:
        _ways[what] = way
        return way

    return register


def undo_of(entry: Entry) -> str:
    """Where this act can be undone; "" when it cannot."""
    way = _ways.get(entry.what)
    return way(entry) if way else ""
