"""The timer engine: deadlines are rows, claimed with SKIP LOCKED, judged by the database's clock (B2.6).

Claim, effect and mark are one transaction. The claim locks the order before its timer and never waits, so it
keeps the room's order of locks; an order that somebody holds is simply taken in the next round.
docs/laws/time.md is the written law.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from zhanggui.kit.actor import Actor, system
from zhanggui.kit.clock import database_now
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions.closing import close_unpaid
from zhanggui.orders.actions.receipt import finish, finish_line
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OfOrders, OrdersClosed, OrdersFinished
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.states import CloseReason

log = logging.getLogger(__name__)
TIMER: Actor = system("定时器", "timer")
_KINDS: dict[str, tuple[str, type[OfOrders], str]] = {
    Timer.Kind.CLOSE_UNPAID: ("order.closed", OrdersClosed, CloseReason.NOT_PAID),
    Timer.Kind.DEPOSIT: ("order.closed", OrdersClosed, CloseReason.NOT_PAID),
    Timer.Kind.BALANCE: ("order.closed", OrdersClosed, CloseReason.NOT_PAID),
    Timer.Kind.CONFIRM: ("order.finished", OrdersFinished, "到期自动确认收货"),
}
_POSTPONE = timedelta(hours=1)


def fire_due(*, most: int = 2000) -> int:
    """Fire what is due, at most so many at once; gives how many timers were handled. Called by the worker.

    Call it again while it gives something. About thirty statements however many. When a list fails on an
    order that cannot be handled, the timers are tried one by one, and the broken one is put off for an hour.
    """
    try:
        return _fire(most)
    except Exception:
        log.exception("a list of timers failed; they are tried one by one")
    handled = 0
    for _again in range(most):
        try:
            one = _fire(1)
        except Exception:
            log.exception("a timer failed and is put off")
            one = _put_off()
        if not one:
            break
        handled += one
    return handled


def due(*, limit: int = 1000) -> int:
    """How many deadlines have passed and wait to be fired, counted up to a limit. One statement."""
    waiting = Timer.objects.filter(fired_at=None, dropped_at=None, due_at__lte=Now())
    return waiting.order_by()[:limit].count()


def _fire(most: int) -> int:
    with transaction.atomic():
        claimed = _claim(most)
        if not claimed:
            return 0
        at = database_now()
        by_kind: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for timer_id, order_id, kind in claimed:
            by_kind[kind].append((timer_id, order_id))
        for kind, found in by_kind.items():
            _fire_kind(kind, found, at)
        return len(claimed)


def _claim(most: int) -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.order_id, t.kind FROM orders_timer t JOIN orders_order o ON o.id = t.order_id "
            "WHERE t.fired_at IS NULL AND t.dropped_at IS NULL AND t.due_at <= clock_timestamp() "
            "ORDER BY t.due_at, t.id LIMIT %s FOR UPDATE OF o, t SKIP LOCKED",
            [most],
        )
        return list(cursor.fetchall())


def _fire_kind(kind: str, found: list[tuple[int, int]], at: datetime) -> None:
    what, news, reason = _KINDS[kind]
    ids = {timer_id for timer_id, _order in found}
    batch = Batch(order_id for _timer, order_id in found)
    for order in batch.orders.values():
        for timer in batch.live(order, kind):
            if timer.pk in ids:
                _effect(batch, order, timer, at)
    batch.save(by=TIMER, what=what, at=at, news=news, reason=reason)


def _effect(batch: Batch, order: Order, timer: Timer, at: datetime) -> None:
    """The guard looks again: what no longer applies is dropped, not done (reliability G5.4)."""
    memory = batch.remember(order.pk)
    try:
        if timer.kind in (Timer.Kind.CLOSE_UNPAID, Timer.Kind.DEPOSIT, Timer.Kind.BALANCE):
            close_unpaid(batch, order, CloseReason.NOT_PAID, at)
        elif timer.line_id is None:
            finish(batch, order, at)
        else:
            line = next(row for row in batch.lines[order.pk] if row.pk == timer.line_id)
            finish_line(batch, order, line, at)
    except Refused as refusal:
        batch.restore(order.pk, memory)
        timer.dropped_at, timer.why = at, f"guard: {refusal.code}"
    else:
        timer.fired_at, timer.dropped_at, timer.why = at, None, ""


def _put_off() -> int:
    with transaction.atomic():
        claimed = _claim(1)
        Timer.objects.filter(pk__in=[pk for pk, *_rest in claimed]).update(due_at=Now() + _POSTPONE)
        return len(claimed)
