"""Offers whose rows nobody can read any more: the prices leave them out, and the shop is told once (docs/laws/offers.md)."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.promotions.models import Offer
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import trouble_of


@action
def tell(*, by: Actor, at: datetime) -> int:
    """Tell of approved offers that cannot be read, each once; and of those that can be read again. Gives how many.

    Telling is a line in the daybook, a bell to each of its shops, and the mark from which the notices and the list read.
    Called by the worker; two workers tell once. One statement when all is well, at most five.
    """
    rows = Offer.objects.filter(state__in=RUNNING, ends_at__gt=at).order_by("pk")
    troubles = {row.pk: trouble_of(row) for row in rows}
    told = _mark([row for row in rows if troubles[row.pk] and row.unreadable_at is None], at)
    mended = _mark([row for row in rows if not troubles[row.pk] and row.unreadable_at is not None], None)
    _write(by, "offer.unreadable", told, troubles)
    _write(by, "offer.readable", mended, troubles)
    return len(told) + len(mended)


def _mark(rows: Sequence[Offer], at: datetime | None) -> list[Offer]:
    """Those of the rows that this worker marked (None: took the mark off)."""
    if not rows:
        return []
    unmarked = Offer.objects.filter(pk__in=[row.pk for row in rows], unreadable_at__isnull=at is not None)
    locked = set(
        unmarked.order_by("pk").select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True)
    )
    Offer.objects.filter(pk__in=sorted(locked)).update(unreadable_at=at)
    return [row for row in rows if row.pk in locked]


def _write(by: Actor, what: str, rows: Sequence[Offer], reasons: dict[int, str]) -> None:
    if not rows:
        return
    lines = [Line("offer", row.pk, row.shop_ids[0], {}, reasons[row.pk][:300]) for row in rows]
    write_many(by=by, what=what, lines=lines)
    for row in rows:
        for shop_id in row.shop_ids:
            ring(f"shop:{shop_id}", f"offer:{row.pk}")
