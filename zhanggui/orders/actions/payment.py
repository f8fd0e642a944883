"""Payments received."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import NotNow
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersPaid
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import LineState, State
from zhanggui.people.powers import Power


class WrongAmount(NotNow):
    """What was paid is not what is due: nothing is booked, a person must look (reliability G2.2)."""

    code = "wrong_amount"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that arrived for an order. `paid_fen` None: what is due. `paid_at` None: the moment of the act."""

    order_id: int
    paid_fen: int | None = None
    paid_at: datetime | None = None


@action
def pay_many(*, by: Actor, payments: Sequence[Payment], at: datetime) -> list[Outcome]:
    """Record payments: the orders wait to be shipped from now on, their stock is held, the money is booked.

    Refused per order: NotAllowed without ORDER_SETTLE, NotNow unless the order waits for payment,
    WrongAmount when the sum differs from what is due. A dozen or two statements however many.
    """
    batch = Batch(payment.order_id for payment in payments)
    outcomes = batch.each((p.order_id, partial(_pay, batch, by, p, at)) for p in payments)
    batch.save(by=by, what="order.paid", at=at, news=OrdersPaid)
    return outcomes


@action
def pay(
    *, by: Actor, order: Order, at: datetime, paid_fen: int | None = None, paid_at: datetime | None = None
) -> None:
    """Record the payment of one order; see `pay_many`."""
    only(pay_many(by=by, payments=[Payment(order.pk, paid_fen, paid_at)], at=at))


def _pay(batch: Batch, by: Actor, payment: Payment, at: datetime, order: Order) -> str:
    by.must(Power.ORDER_SETTLE, shop_id=order.shop_id)
    if order.source == OWN:
        raise NotNow(_("自营订单的付款只由支付渠道的通知入账，不能手工登记。"))
    batch.move(order, State.PAID)
    paid = order.due_fen if payment.paid_fen is None else payment.paid_fen
    if paid != order.due_fen:
        raise WrongAmount(
            _("订单 %(number)s 应付 %(due)s 元，收到 %(paid)s 元，金额不符，未入账。")
            % {"number": order.number, "due": yuan(order.due_fen), "paid": yuan(paid)}
        )
    order.paid_fen = paid
    order.paid_at = payment.paid_at or at
    for line in batch.open_lines(order):
        batch.move_line(line, LineState.PAID)
        batch.want(line)
    batch.drop_timers(order, Timer.Kind.CLOSE_UNPAID, at=at, why="paid")
    return ""
