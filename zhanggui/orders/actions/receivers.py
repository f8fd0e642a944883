"""Looking at a receiver in the clear, and changing where an order goes."""

from dataclasses import asdict
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.orders.actions.addressing import mark_address, refuse_late, write_receiver
from zhanggui.orders.actions.changes import ask
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.batch import Batch
from zhanggui.orders.models import Change, Order, Receiver
from zhanggui.orders.receiving import check
from zhanggui.orders.sealing import open_receiver
from zhanggui.orders.stage import DIRECT, Stage, stage_of
from zhanggui.orders.states import State
from zhanggui.people.actions import reveals
from zhanggui.people.powers import Power


@action
def reveal(*, by: Actor, order: Order, reason: str, at: datetime) -> ArrivingReceiver:
    """Show one receiver in the clear, with a reason, counted and capped (G8.6).

    Raises NotFound, NotAllowed without RECEIVER_REVEAL, NotNow for a closed order, Invalid without a
    reason, and what `reveals.reveal` says over the day's cap. A dozen statements.
    """
    _must_see(by, order)
    by.must(Power.RECEIVER_REVEAL, shop_id=order.shop_id)
    state = Order.objects.values_list("state", flat=True).get(pk=order.pk)
    if state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED):
        raise NotNow(_("订单已关闭，不能再查看收件人明文。"))
    row = Receiver.objects.filter(order_id=order.pk).first()
    if row is None:
        raise NotFound(_("这个订单没有收件人。"))
    reveals.reveal(by=by, kind="order", object_id=order.pk, shop_id=order.shop_id, reason=reason, at=at)
    return open_receiver(row)


@action
def edit(
    *,
    by: Actor,
    order: Order,
    receiver: ArrivingReceiver,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Change | None:
    """Change the receiver: at once (gives None), or as a request where stage or power demand it (gives it).

    C2, S1-18, S4-11, S4-14. Unpaid: ORDER_RECEIVER_EDIT. Paid and not printed: ORDER_RECEIVER_EDIT_PAID does it at once and puts
    the red mark with the handbook's words; others ask. Printed or packed: everybody asks. Shipped or ended:
    NotNow. `version`: what the form was made from; a stale one is NotNow. Raises Invalid with the broken
    limit named. About forty statements.
    """
    _must_see(by, order)
    clean = check(receiver)
    batch = Batch([order.pk])
    row = batch.order(order.pk)
    if version is not None and version != row.version:
        raise NotNow(_("订单 %(number)s 刚刚被别人改动了，请刷新后再试。") % {"number": row.number})
    stage = stage_of(row)
    refuse_late(row, stage)
    if stage == Stage.UNPAID:
        by.must(Power.ORDER_RECEIVER_EDIT, shop_id=row.shop_id)
    elif stage not in DIRECT or not by.can(Power.ORDER_RECEIVER_EDIT_PAID, row.shop_id):
        return ask(by=by, order=row, kind="receiver", wanted=asdict(clean), reason=reason, at=at)
    write_receiver(by=by, batch=batch, order=row, receiver=clean, reason=reason, at=at)
    if stage != Stage.UNPAID:
        mark_address(by=by, order=row, receiver=clean, at=at)
    order.refresh_from_db(fields=["version", "region", "flag", "memo"])
    return None


def _must_see(by: Actor, order: Order) -> None:
    if not by.can(Power.ORDER_SEE, order.shop_id):
        raise NotFound(_("没有这个订单。"))
