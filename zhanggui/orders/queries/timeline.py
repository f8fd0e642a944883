"""An order's timeline: the daybook in the words of a clerk, with what stood before and after."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry
from zhanggui.journal.telling import Difference, told
from zhanggui.journal.words import label_of, source_of

PAGE = 30

_FIRST = {"state", "due_fen", "pieces", "refund", "cod_call", "troubles", "close_reason"}
"""What the first line of an order shows; the rest of what arrived stands on the page."""

_OURSELVES = frozenset({"timer", "api"})
"""Sources of acts of the house itself: their actors have names of ours, which the reader's language says."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline."""

    id: int
    at: datetime
    what: str
    code: str
    actor: str
    work_no: str
    source: str
    address: str
    reason: str
    differences: tuple[Difference, ...]


def timeline(
    order_id: int, *, before: int | None = None, after: int | None = None, most: int = PAGE
) -> list[Told]:
    """What happened to an order, newest first. `before`, `after`: ids of lines. One statement, one more for
    each of owners and carriers."""
    rows = Entry.objects.filter(kind="order", object_id=order_id).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return _tell(list(rows[:most]))


def changes_of(order_id: int, column: str, most: int = 50) -> list[Told]:
    """The lines of the timeline that changed a column of the order, newest first. One statement."""
    rows = Entry.objects.filter(kind="order", object_id=order_id, change__has_key=column)
    return _tell(list(rows.order_by("-id")[:most]))


def _tell(entries: list[Entry]) -> list[Told]:
    for entry in entries:
        if entry.what == "order.placed":
            entry.change = {column: pair for column, pair in entry.change.items() if column in _FIRST}
    changed = told(entries)
    return [_told(entry, changed[entry.pk]) for entry in entries]


def _told(entry: Entry, differences: list[Difference]) -> Told:
    return Told(
        id=entry.pk,
        at=entry.at,
        what=label_of(entry.what),
        code=entry.what,
        actor=_(entry.actor) if entry.source in _OURSELVES else entry.actor,
        work_no=entry.work_no,
        source=source_of(entry.source),
        address=entry.address,
        reason=entry.reason,
        differences=tuple(differences),
    )
