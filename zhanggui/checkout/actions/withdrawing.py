"""Payments that nobody shall pay any more because one of their orders was closed: told here, closed at the provider after commit."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.checkout.events import PaymentsWithdrawn
from zhanggui.checkout.models import Payment
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.orders.states import State


@action
def withdraw(*, by: Actor, order_ids: Sequence[int], at: datetime) -> list[int]:
    """End the time of open payments that pay something of these orders, where one is closed; gives their ids.

    From now on nobody is sent to pay them, another payment is opened for the orders that are left, and `connect` closes
    them at the provider (a payment is never closed here before it is closed there). Hearing twice changes nothing. Locks
    payments only. Five statements, one where there is nothing to end.
    """
    mine = Payment.objects.filter(
        parts__order__in=list(order_ids), parts__order__state=State.CLOSED_UNPAID, state=Payment.State.OPEN
    )
    rows = list(
        Payment.objects.select_for_update()
        .filter(pk__in=mine.values("pk"), state=Payment.State.OPEN, closes_at__gt=at)
        .exclude(provider=Payment.Provider.RED)
        .order_by("pk")
    )
    if not rows:
        return []
    ids = [row.pk for row in rows]
    # Never asked: the regular query looks at it soon, should the errand of this news not come through.
    Payment.objects.filter(pk__in=ids).update(closes_at=at, asked_at=None)
    write_many(
        by=by,
        what="payment.withdrawn",
        lines=[Line("payment", row.pk, None, {"closes_at": [row.closes_at, at]}) for row in rows],
    )
    announce(PaymentsWithdrawn(tuple(ids)))
    for row in rows:
        ring(f"buyer:{row.buyer_id}", f"payment:{row.number}")
    return ids
