"""What a person may take back of the acts on single listings: read from the daybook, where each act tells what was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from zhanggui.catalog.models import Listing
from zhanggui.journal.models import Entry
from zhanggui.kit.actor import Actor

FIELDS = ("state", "on_at", "off_at", "shown")
UNDO_FOR = timedelta(minutes=10)
_ACTS = ("listing.on", "listing.off", "listing.shown")


def undoable(by: Actor, listings: Sequence[Listing], *, at: datetime) -> dict[int, Entry]:
    """The last act on each listing, by its id, where it is the person's own, younger than UNDO_FOR, and the listing
    still is what it made of it. One statement, none without listings.
    """
    if not listings or by.staff_id is None:
        return {}
    lines = (
        Entry.objects.filter(kind="listing", object_id__in=[row.pk for row in listings], at__gt=at - UNDO_FOR)
        .order_by("object_id", "-pk")
        .distinct("object_id")
    )
    last = {line.object_id: line for line in lines}
    return {
        row.pk: line
        for row in listings
        if (line := last.get(row.pk))
        and line.staff_id == by.staff_id
        and line.what in _ACTS
        and any(name in FIELDS for name in line.change)
        and all(_same(getattr(row, name), pair[1]) for name, pair in line.change.items() if name in FIELDS)
    }


def _same(now: Any, told: Any) -> bool:
    if isinstance(now, datetime):
        return isinstance(told, str) and abs(datetime.fromisoformat(told) - now) < timedelta(milliseconds=1)
    return bool(now == told)
