"""Closing an order, or one of its lines, before payment (S1-17, S0-28)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import database_now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersClosed
from zhanggui.orders.models import Order, OrderLine, Timer
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import CloseReason, LineState, State
from zhanggui.people.powers import Power


class TooYoung(NotNow):
    """The platform refuses to close an order in its first seconds (requirements 1.7)."""

    code = "too_young"


@action
def close_many(*, by: Actor, order_ids: Sequence[int], reason: str, at: datetime) -> list[Outcome]:
    """Close orders that were not paid, for one of the platform's reasons.

    Also a cash-on-delivery order that was not shipped: nothing was paid there. Its stock is given back.
    The money columns stay as the record of what was asked. Raises Invalid for another reason; refused per
    order: NotAllowed without ORDER_CLOSE, NotNow once paid or ended, TooYoung. A dozen or two statements.
    """
    _must_be_known(reason)
    batch, now = Batch(order_ids), database_now()
    outcomes = batch.each((pk, partial(_close, batch, by, reason, now, at)) for pk in order_ids)
    batch.save(by=by, what="order.closed", at=at, news=OrdersClosed, reason=reason)
    return outcomes


@action
def close(*, by: Actor, order: Order, reason: str, at: datetime) -> None:
    """Close one order; see `close_many`."""
    only(close_many(by=by, order_ids=[order.pk], reason=reason, at=at))


@action
def close_line(*, by: Actor, line: OrderLine, reason: str, at: datetime) -> None:
    """Close one line of an unpaid order: what is due falls by the line's share, the rest stays as it was.

    The last open line closes the whole order, whose money then stays as the record. Refuses as `close_many`.
    """
    _must_be_known(reason)
    batch, now = Batch([line.order_id]), database_now()

    def act(order: Order) -> str:
        mine = next(row for row in batch.lines[order.pk] if row.pk == line.pk)
        if order.source == OWN:
            raise NotNow(_("自营订单的优惠按整单计算，不能只关一件，请关闭整个订单让买家重新拍。"))
        if mine.state == LineState.CLOSED:
            raise NotNow(_("这件商品已经关闭了。"))
        if len(batch.open_lines(order)) == 1:
            return _close(batch, by, reason, now, at, order)
        _may_close(batch, by, order, now, at)
        drop_line(batch, order, mine, reason)
        return ""

    only(batch.each([(line.order_id, act)]))
    batch.save(by=by, what="order.line_closed", at=at, news=OrdersClosed, reason=reason)


def drop_line(batch: Batch, order: Order, line: OrderLine, reason: str) -> None:
    """Close a line that nobody paid for: its price, changes and discounts leave the order's sums."""
    batch.move_line(line, LineState.CLOSED)
    batch.release(line)
    order.goods_fen -= line.price_fen * line.pieces
    order.adjust_fen -= line.adjust_fen
    order.discount_fen -= line.discount_fen
    order.due_fen -= line.share_fen
    order.pieces = max(order.pieces - line.pieces, 0)
    line.share_fen = 0
    line.close_reason = reason


def close_unpaid(batch: Batch, order: Order, reason: str, at: datetime) -> None:
    """Close a locked order of which nothing was paid: lines, stock, timers. Raises NotNow."""
    if order.paid_fen:
        raise NotNow(_("订单 %(number)s 已经付款，只能走退款。") % {"number": order.number})
    batch.move(order, State.CLOSED_UNPAID)
    order.ended_at = at
    order.close_reason = reason
    for line in batch.open_lines(order):
        batch.move_line(line, LineState.CLOSED)
        batch.release(line)
        line.close_reason = reason
    for kind in (Timer.Kind.CLOSE_UNPAID, Timer.Kind.DEPOSIT, Timer.Kind.BALANCE):
        batch.drop_timers(order, kind, at=at, why="closed")
    batch.give_offers_back(order)


def _close(batch: Batch, by: Actor, reason: str, now: datetime, at: datetime, order: Order) -> str:
    _may_close(batch, by, order, now, at)
    close_unpaid(batch, order, reason, at)
    return ""


def _may_close(batch: Batch, by: Actor, order: Order, now: datetime, at: datetime) -> None:
    by.must(Power.ORDER_CLOSE, shop_id=order.shop_id)
    if order.state != State.UNPAID and not (order.cod and order.state == State.PAID and not order.paid_fen):
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，只有没有付款的订单才能关闭。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )
    wait = batch.policy(order, "orders.close_wait_seconds", at)
    if now - order.placed_at < timedelta(seconds=wait):
        raise TooYoung(_("下单不到 %(wait)s 秒，平台不允许关闭，请稍后再试。") % {"wait": wait})


def _must_be_known(reason: str) -> None:
    if reason not in CloseReason.values:
        raise Invalid(_("请从平台的关闭原因里选一个。"), "reason")
