"""Receipt: extending the time to confirm, confirming, and refunds that freeze the time (protocols 1.7)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders import rules
from zhanggui.orders.actions.closing import drop_line
from zhanggui.orders.actions.shipping import confirm_due
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersExtended, OrdersFinished, RefundsMoved
from zhanggui.orders.models import Order, OrderLine, Timer
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.states import OPEN, LineState, Refund, State
from zhanggui.people.powers import Power

CONFIRM = Timer.Kind.CONFIRM
FROZEN = "refund opened"
REFUNDED = "已退款"


@action
def extend_many(*, by: Actor, order_ids: Sequence[int], days: int, at: datetime) -> list[Outcome]:
    """Give buyers more time to confirm: by 3, 5, 7 or 10 days only (requirements 1.7), exactly later.

    Refused per order: NotAllowed without ORDER_EXTEND, Invalid for other days, NotNow unless it is shipped and
    a time is running (an open refund freezes it). A dozen statements however many.
    """
    batch = Batch(order_ids)
    outcomes = batch.each((pk, partial(_extend, batch, by, days, at)) for pk in order_ids)
    batch.save(by=by, what="order.extended", at=at, news=OrdersExtended)
    return outcomes


@action
def extend(*, by: Actor, order: Order, days: int, at: datetime) -> None:
    """Extend one order; see `extend_many`."""
    only(extend_many(by=by, order_ids=[order.pk], days=days, at=at))


def _extend(batch: Batch, by: Actor, days: int, at: datetime, order: Order) -> str:
    by.must(Power.ORDER_EXTEND, shop_id=order.shop_id)
    allowed = [int(number) for number in batch.policy(order, "orders.extend_days", at)]
    if days not in allowed:
        raise Invalid(
            _("收货时间只能延长 %(days)s 天。") % {"days": "、".join(map(str, sorted(allowed)))}, "days"
        )
    if order.state != State.SHIPPED:
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，只有已发货的订单才能延长收货。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )
    running = batch.live(order, CONFIRM)
    if not running:
        raise NotNow(_("退款处理期间收货时间已冻结，不需要延长。"))
    lines = {line.pk: line for line in batch.lines[order.pk]}
    for timer in running:
        line = lines[timer.line_id] if timer.line_id is not None else None
        batch.set_timer(order, CONFIRM, timer.due_at + timedelta(days=days), at=at, line=line)
    return ""


@action
def confirm_many(*, by: Actor, order_ids: Sequence[int], at: datetime) -> list[Outcome]:
    """Record that buyers confirmed: the orders are finished and the money is the shop's.

    Pay on delivery is collected with it. Refused per order: NotAllowed without ORDER_SETTLE, NotNow unless it
    is shipped, or while a refund is open. A dozen or two statements however many.
    """
    batch = Batch(order_ids)

    def act(order: Order) -> str:
        by.must(Power.ORDER_SETTLE, shop_id=order.shop_id)
        finish(batch, order, at)
        return ""

    outcomes = batch.each((pk, act) for pk in order_ids)
    batch.save(by=by, what="order.finished", at=at, news=OrdersFinished)
    return outcomes


@action
def confirm(*, by: Actor, order: Order, at: datetime) -> None:
    """Record that the buyer of one order confirmed; see `confirm_many`."""
    only(confirm_many(by=by, order_ids=[order.pk], at=at))


def finish(batch: Batch, order: Order, at: datetime) -> None:
    """Finish a locked, shipped order. Raises NotNow."""
    if order.refund == Refund.OPEN:
        raise NotNow(_("订单 %(number)s 有退款正在处理，不能确认收货。") % {"number": order.number})
    if order.state != State.SHIPPED:
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，只有已发货的订单才能确认收货。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )
    for line in batch.open_lines(order):
        batch.move_line(line, LineState.FINISHED)
    end(batch, order, State.FINISHED, at)


def finish_line(batch: Batch, order: Order, line: OrderLine, at: datetime) -> None:
    """Finish a locked, shipped line whose own time ran out, and the order with its last one. Raises NotNow."""
    if line.refund == Refund.OPEN or line.state != LineState.SHIPPED:
        raise NotNow(_("「%(title)s」不能确认收货。") % {"title": str(line)})
    batch.move_line(line, LineState.FINISHED)
    to = rules.state_of(order.state, [row.state for row in batch.lines[order.pk]])
    if to == State.FINISHED:
        end(batch, order, to, at)


def end(batch: Batch, order: Order, to: str, at: datetime) -> None:
    """An order's way ends: its state, its moment, its timers; what was collected on delivery is paid."""
    if to == State.FINISHED and order.cod and not order.paid_fen:
        order.paid_fen, order.paid_at = order.due_fen, at
    batch.move(order, to)
    order.ended_at = at
    for kind in Timer.Kind.values:
        batch.drop_timers(order, kind, at=at, why=str(to))


@action
def open_refund(*, by: Actor, order: Order, at: datetime, line: OrderLine | None = None) -> None:
    """A refund is asked for a line, or for an order as a whole: its time is frozen, the others' goes on.

    With A frozen the order has no timer of its own any more; B and C get theirs with the same deadline
    (protocols 1.7). Raises NotAllowed without ORDER_SETTLE, NotNow unless paid and not closed, or when open.
    """
    batch = Batch([order.pk])

    def act(locked: Order) -> str | None:
        by.must(Power.ORDER_SETTLE, shop_id=locked.shop_id)
        return freeze(batch, locked, _lines(batch, locked, line), at)

    only(batch.each([(order.pk, act)]))
    batch.save(by=by, what="refund.opened", at=at, news=RefundsMoved)


@action
def close_refund(*, by: Actor, order: Order, at: datetime, line: OrderLine | None = None) -> None:
    """A refund was withdrawn or refused: the line's time goes on with what was left of it.

    When no refund is open any more and nothing is confirmed yet, the order's one timer stands again, at the
    latest of its lines' deadlines. Raises NotAllowed without ORDER_SETTLE, NotNow when none is open.
    """
    batch = Batch([order.pk])

    def act(locked: Order) -> str | None:
        by.must(Power.ORDER_SETTLE, shop_id=locked.shop_id)
        return thaw(batch, locked, _lines(batch, locked, line), Refund.NONE, at)

    only(batch.each([(order.pk, act)]))
    batch.save(by=by, what="refund.closed", at=at, news=RefundsMoved)


@action
def settle_refund(
    *,
    by: Actor,
    order: Order,
    refunded_fen: int,
    at: datetime,
    line: OrderLine | None = None,
    whole: bool = True,
) -> None:
    """Money went back to the buyer. `whole`: the line (or, without one, the order) is closed with it.

    In part (`whole` False) the line goes on and so does its time. Goods that were not shipped go back on the
    shelf. Of an order that was not paid yet (cash on delivery) nothing can go back: the line is dropped from
    what is due. Raises NotAllowed without ORDER_SETTLE, Invalid for more than is left of what was paid,
    NotNow unless paid and not closed.
    """
    batch = Batch([order.pk])

    def act(locked: Order) -> str:
        by.must(Power.ORDER_SETTLE, shop_id=locked.shop_id)
        settle(batch, locked, _lines(batch, locked, line), refunded_fen, whole, at)
        return ""

    only(batch.each([(order.pk, act)]))
    batch.save(by=by, what="refund.settled", at=at, news=RefundsMoved)


def _lines(batch: Batch, order: Order, line: OrderLine | None) -> list[OrderLine]:
    _must_be_paid(order)
    if line is None:
        return batch.open_lines(order)
    mine = [row for row in batch.lines[order.pk] if row.pk == line.pk]
    if not mine:
        raise Invalid(_("这个订单里没有这件商品。"), "line")
    if mine[0].state == LineState.CLOSED:
        raise NotNow(_("这件商品已经关闭了。"))
    return mine


def _must_be_paid(order: Order) -> None:
    if order.state not in (*OPEN, State.FINISHED) or order.state == State.UNPAID:
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，没有可以退的款。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )


def freeze(batch: Batch, order: Order, lines: Sequence[OrderLine], at: datetime) -> str | None:
    """Open refunds on lines of a locked order (all of an order without lines); None when all were open."""
    if not batch.lines[order.pk]:
        if order.refund == Refund.OPEN:
            return None
        order.refund = Refund.OPEN
        batch.drop_timers(order, CONFIRM, at=at, why=FROZEN)
        return ""
    fresh = [line for line in lines if line.refund != Refund.OPEN]
    if not fresh:
        return None
    own = [timer for timer in batch.live(order, CONFIRM) if timer.line_id is None]
    for line in fresh:
        line.refund = Refund.OPEN
    if own:
        due_at = own[0].due_at
        batch.drop_timers(order, CONFIRM, at=at, why=FROZEN, line_id=None)
        for line in batch.lines[order.pk]:
            if line.state == LineState.SHIPPED and line.refund != Refund.OPEN:
                batch.set_timer(order, CONFIRM, due_at, at=at, line=line)
    for line in fresh:
        batch.drop_timers(order, CONFIRM, at=at, why=FROZEN, line_id=line.pk)
    batch.follow_refunds(order)
    return ""


def thaw(batch: Batch, order: Order, lines: Sequence[OrderLine], mark: Refund, at: datetime) -> str | None:
    """End open refunds without closing the lines; their time goes on. Raises NotNow when none was open."""
    if not batch.lines[order.pk]:
        if order.refund != Refund.OPEN:
            raise NotNow(_("没有正在处理的退款。"))
        order.refund = mark
        if order.state == State.SHIPPED:
            batch.set_timer(order, CONFIRM, _resumed(batch, order, None, at), at=at)
        return ""
    frozen = [line for line in lines if line.refund == Refund.OPEN]
    if not frozen:
        raise NotNow(_("没有正在处理的退款。"))
    for line in frozen:
        line.refund = mark
        if line.state == LineState.SHIPPED and order.state == State.SHIPPED:
            batch.set_timer(order, CONFIRM, _resumed(batch, order, line, at), at=at, line=line)
    batch.follow_refunds(order)
    gather(batch, order, at)
    return ""


def gather(batch: Batch, order: Order, at: datetime) -> None:
    """Line timers become the order's one timer again, once no refund is open and no line is confirmed."""
    lines = batch.open_lines(order)
    running = batch.live(order, CONFIRM)
    if (
        order.state == State.SHIPPED
        and running
        and all(line.refund != Refund.OPEN and line.state == LineState.SHIPPED for line in lines)
        and any(timer.line_id is not None for timer in running)
    ):
        due_at = max(timer.due_at for timer in running)
        batch.drop_timers(order, CONFIRM, at=at, why="gathered")
        batch.set_timer(order, CONFIRM, due_at, at=at)


def _resumed(batch: Batch, order: Order, line: OrderLine | None, at: datetime) -> datetime:
    """The deadline with what was left of it when it was frozen; a full one when it never ran."""
    line_id = line.pk if line else None
    frozen = [
        timer
        for timer in batch.timers[order.pk]
        if timer.kind == CONFIRM and timer.why == FROZEN and timer.line_id in (None, line_id)
    ]
    if not frozen:
        return confirm_due(batch, order, at)
    last = max(frozen, key=lambda timer: timer.dropped_at or at)
    return at + rules.remaining(last.due_at, last.dropped_at or at)


def settle(
    batch: Batch, order: Order, lines: Sequence[OrderLine], refunded_fen: int, whole: bool, at: datetime
) -> None:
    """Book money back on a locked, paid order, and close the lines if `whole`."""
    left = order.paid_fen - order.refunded_fen
    if not 0 <= refunded_fen <= left:
        raise Invalid(
            _("最多还能退 %(left)s 元，不能退 %(fen)s 元。")
            % {"left": yuan(left), "fen": yuan(refunded_fen)},
            "refunded",
        )
    order.refunded_fen += refunded_fen
    batch.refund_red(order)
    if not whole:
        if any(line.refund == Refund.OPEN for line in lines) or (not lines and order.refund == Refund.OPEN):
            thaw(batch, order, lines, Refund.PART, at)
        for line in lines:
            line.refund = Refund.PART
        batch.follow_refunds(order)
        return
    open_before = len(batch.open_lines(order))
    for line in lines:
        if not order.paid_fen and len(lines) < open_before:
            drop_line(batch, order, line, REFUNDED)
        else:
            batch.move_line(line, LineState.CLOSED)
            batch.release(line)
            line.close_reason = REFUNDED
        line.refund = Refund.DONE
        batch.drop_timers(order, CONFIRM, at=at, why=REFUNDED, line_id=line.pk)
    if not batch.lines[order.pk]:
        order.refund = Refund.DONE
        to: str = State.CLOSED_REFUNDED
    else:
        to = rules.state_of(order.state, [line.state for line in batch.lines[order.pk]])
        batch.follow_refunds(order)
    if to == State.CLOSED_REFUNDED or (to == State.FINISHED and order.state != to):
        order.close_reason = REFUNDED if to == State.CLOSED_REFUNDED else ""
        end(batch, order, to, at)
    elif order.state != State.FINISHED:
        if to == State.SHIPPED and order.state == State.PART_SHIPPED:
            order.shipped_at = order.shipped_at or at
            batch.set_timer(order, CONFIRM, confirm_due(batch, order, at), at=at)
        if to != order.state:
            batch.move(order, to)
        gather(batch, order, at)
