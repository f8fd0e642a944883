"""The states of an order and the ONE table of allowed moves (S1-17 to S1-20)."""

from django.db import models

from zhanggui.kit.states import Moves


class State(models.TextChoices):
    """Where an order stands. Closing before and after payment are different ends (protocols 1.7)."""

    UNPAID = "unpaid", "等待买家付款"
    PAID = "paid", "买家已付款"
    PART_SHIPPED = "part_shipped", "部分发货"
    SHIPPED = "shipped", "卖家已发货"
    FINISHED = "finished", "交易成功"
    CLOSED_UNPAID = "closed_unpaid", "交易关闭（未付款）"
    CLOSED_REFUNDED = "closed_refunded", "交易关闭（已退款）"


MOVES: Moves = {
    State.UNPAID: frozenset({State.PAID, State.CLOSED_UNPAID}),
    State.PAID: frozenset({State.PART_SHIPPED, State.SHIPPED, State.CLOSED_REFUNDED, State.CLOSED_UNPAID}),
    State.PART_SHIPPED: frozenset({State.SHIPPED, State.FINISHED, State.CLOSED_REFUNDED}),
    State.SHIPPED: frozenset({State.FINISHED, State.CLOSED_REFUNDED}),
    State.FINISHED: frozenset({State.CLOSED_REFUNDED}),
    State.CLOSED_UNPAID: frozenset(),
    State.CLOSED_REFUNDED: frozenset(),
}
"""A COD order stands at PAID (等待卖家发货) from the start, with its own gate: see `Call`. Nothing is paid
yet, so it may still be closed as unpaid; an order that was really paid never is (closing.py)."""

RANK: dict[str, int] = {
    State.UNPAID: 0,
    State.CLOSED_UNPAID: 1,
    State.PAID: 2,
    State.PART_SHIPPED: 3,
    State.SHIPPED: 4,
    State.FINISHED: 5,
    State.CLOSED_REFUNDED: 6,
}
"""How far an order has come: a newer file moves it only to a higher rank.

Closed before payment stands below paid: when a source tells of a payment, the order was not closed there,
and what we closed ourselves (by timer or by hand) must come back to life, never be lost (reliability G1.4).
"""

OPEN = (State.UNPAID, State.PAID, State.PART_SHIPPED, State.SHIPPED)
ENDED = (State.FINISHED, State.CLOSED_UNPAID, State.CLOSED_REFUNDED)


class LineState(models.TextChoices):
    """Where one line of an order stands; a line may be closed or shipped alone."""

    UNPAID = "unpaid", "待付款"
    PAID = "paid", "待发货"
    SHIPPED = "shipped", "已发货"
    FINISHED = "finished", "已完成"
    CLOSED = "closed", "已关闭"


LINE_MOVES: Moves = {
    LineState.UNPAID: frozenset({LineState.PAID, LineState.CLOSED}),
    LineState.PAID: frozenset({LineState.SHIPPED, LineState.CLOSED}),
    LineState.SHIPPED: frozenset({LineState.FINISHED, LineState.CLOSED}),
    LineState.FINISHED: frozenset({LineState.CLOSED}),
    LineState.CLOSED: frozenset(),
}


class Call(models.TextChoices):
    """The call-first gate of a cash-on-delivery order (S0-29, C5): nothing is printed or shipped before AGREED."""

    NONE = "", "不适用"
    WAITING = "waiting", "待电话确认"
    AGREED = "agreed", "买家同意"
    REFUSED = "refused", "买家不同意"


class Refund(models.TextChoices):
    """What after-sales (or an import) says of a refund; an open one freezes the line's timer (protocols 1.7)."""

    NONE = "", "无"
    OPEN = "open", "退款中"
    DONE = "done", "已退款"
    PART = "part", "部分退款"


class CloseReason(models.TextChoices):
    """Why an unpaid order is closed: the platform's list (requirements 1.7)."""

    NOT_PAID = "未及时付款", "未及时付款"
    NOT_WANTED = "买家不想买了", "买家不想买了"
    WRONG_DATA = "买家信息填写错误，重新拍", "买家信息填写错误，重新拍"
    MALICIOUS = "恶意买家/同行捣乱", "恶意买家/同行捣乱"
    SOLD_OUT = "缺货", "缺货"
    WRONG_ITEM = "买家拍错了", "买家拍错了"
    IN_PERSON = "同城见面交易", "同城见面交易"


class Flag(models.IntegerChoices):
    """The one flag the platform keeps (requirements 1.7): shown with shape and letter, not colour alone."""

    GREY = 0, "灰旗"
    RED = 1, "红旗"
    YELLOW = 2, "黄旗"
    GREEN = 3, "绿旗"
    BLUE = 4, "蓝旗"
    PURPLE = 5, "紫旗"
