"""The system views of S6: what a shop team looks at all day, and how many wait in each.

A view is a condition and an order of rows. Its condition is written so that an index of `Order` carries it
(performance.md: the first page at a million orders within 20 ms).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from zhanggui.kit.clock import day_begins, day_of
from zhanggui.orders.models import Change, Concession, Mark, OrderSet, Overwrite
from zhanggui.orders.states import Call, Refund, State

MOST_COUNTED = 1000
"""A count stops here and is shown as 999+: nobody works a queue by its exact thousands."""

SHIP_WITHIN = timedelta(hours=48)
"""The platforms' promise: shipped within 48 hours of payment."""

QUEUE = Coalesce(F("paid_at"), F("placed_at"))
"""Place in the ship queue: by payment time (S1-15); a COD order queues from when it was placed."""

GATE = Q(cod_call__in=[Call.NONE, Call.AGREED])
"""What may be printed and shipped: a COD order only after its call (S0-29, C5)."""

OPEN_TROUBLE = Q(state__in=[State.UNPAID, State.PAID, State.PART_SHIPPED]) & ~Q(troubles=[])
TO_SHIP = Q(state__in=[State.PAID, State.PART_SHIPPED])


@dataclass(frozen=True, slots=True)
class View:
    """One system view. `label`, `nothing` (the empty state) are message ids; `sort` names an order of rows."""

    code: str
    label: str
    nothing: str
    narrow: Callable[[OrderSet, datetime], OrderSet]
    sort: str = "placed"
    counted: bool = True
    urgent: bool = False
    group: str = ""


def _state(*states: State) -> Callable[[OrderSet, datetime], OrderSet]:
    wanted = list(states)

    def narrow(rows: OrderSet, at: datetime) -> OrderSet:
        return rows.filter(state=wanted[0]) if len(wanted) == 1 else rows.filter(state__in=wanted)

    return narrow


def _where(condition: Q) -> Callable[[OrderSet, datetime], OrderSet]:
    def narrow(rows: OrderSet, at: datetime) -> OrderSet:
        return rows.filter(condition)

    return narrow


def _today(rows: OrderSet, at: datetime) -> OrderSet:
    tonight = day_begins(day_of(at) + timedelta(days=1))
    return rows.filter(TO_SHIP & GATE).alias(queue_at=QUEUE).filter(queue_at__lt=tonight - SHIP_WITHIN)


def _due_within(state: State, span: timedelta) -> Callable[[OrderSet, datetime], OrderSet]:
    def narrow(rows: OrderSet, at: datetime) -> OrderSet:
        return rows.filter(state=state, next_due_at__lte=at + span)

    return narrow


def _with_open_change(rows: OrderSet, at: datetime) -> OrderSet:
    return rows.filter(pk__in=Change.objects.filter(state=Change.State.ASKED).values("order_id"))


def _with_open_concession(rows: OrderSet, at: datetime) -> OrderSet:
    return rows.filter(pk__in=Concession.objects.filter(state=Concession.State.ASKED).values("order_id"))


def _overwritten(rows: OrderSet, at: datetime) -> OrderSet:
    return rows.filter(pk__in=Overwrite.objects.filter(settled_at__isnull=True).values("order_id"))


def _all(rows: OrderSet, at: datetime) -> OrderSet:
    return rows


VIEWS: tuple[View, ...] = (
    View("all", "全部", "还没有订单。导入平台的订单文件，或等待新订单。", _all, counted=False),
    View("unpaid", "待付款", "没有等待付款的订单。", _state(State.UNPAID)),
    View(
        "closing",
        "1 小时内自动关闭",
        "一小时内没有订单会自动关闭。",
        _due_within(State.UNPAID, timedelta(hours=1)),
        sort="due",
        urgent=True,
    ),
    View("trouble", "异常", "没有异常订单，干得好。", _where(OPEN_TROUBLE), urgent=True),
    View(
        "cod",
        "货到付款待确认",
        "没有等待电话确认的货到付款订单。",
        _where(TO_SHIP & Q(cod_call=Call.WAITING)),
        urgent=True,
    ),
    View("to_ship", "待发货", "没有等待发货的订单。", _where(TO_SHIP & GATE), sort="queue"),
    View(
        "today",
        "今日须发",
        "没有须今日发的订单，干得好。",
        _today,
        sort="queue",
        urgent=True,
    ),
    View("changes", "修改申请", "没有等待处理的修改申请。", _with_open_change),
    View("concessions", "待批让价", "没有等待批准的让价。", _with_open_concession),
    View("overwritten", "备注被改", "没有在平台上被改动过的备注。", _overwritten),
    View("refunding", "退款中", "没有退款中的订单。", _where(Q(refund=Refund.OPEN))),
    View("shipped", "已发货", "没有在途的订单。", _state(State.SHIPPED), counted=False),
    View(
        "confirming",
        "48 小时内自动确认",
        "48 小时内没有订单会自动确认收货。",
        _due_within(State.SHIPPED, timedelta(hours=48)),
        sort="due",
    ),
    View("finished", "交易成功", "还没有成功的交易。", _state(State.FINISHED), counted=False),
    View(
        "closed",
        "交易关闭",
        "没有关闭的交易。",
        _state(State.CLOSED_UNPAID, State.CLOSED_REFUNDED),
        counted=False,
    ),
)
_BY_CODE = {view.code: view for view in VIEWS}


def view_named(code: str) -> View | None:
    """The system view with that code."""
    return _BY_CODE.get(code)


def counts(rows: OrderSet, *, at: datetime) -> dict[str, int]:
    """How many orders of `rows` stand in each counted view, at most MOST_COUNTED each. One statement."""
    parts: list[str] = []
    parameters: list[Any] = []
    counted = [view for view in VIEWS if view.counted]
    for view in counted:
        query = view.narrow(rows, at).order_by().values("pk")[:MOST_COUNTED].query
        statement, values = query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({statement}) counted)")  # noqa: S608 - the compiler's own SQL
        parameters.extend(values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), parameters)
        found = cursor.fetchone()
    return {view.code: number for view, number in zip(counted, found, strict=True)}


def shown(number: int) -> str:
    """A count as the page shows it."""
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else str(number)


def has_live_mark(kind: str) -> Exists:
    """Orders with a live mark of that kind."""
    live = Mark.objects.filter(order_id=OuterRef("pk"), off_at__isnull=True)
    return Exists(live.filter(kind=kind) if kind else live)
