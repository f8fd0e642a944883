"""Where the goods of an order stand, as far as the house can know: it decides what may still be changed (S4-13, S4-14).

Today the house knows four stages; the warehouse room, when it comes, registers a finer teller.
"""

from collections.abc import Callable, Mapping, Sequence

from django.db import models

from zhanggui.orders.models import Order
from zhanggui.orders.states import ENDED, State


class Stage(models.TextChoices):
    """From the buyer's order to its end."""

    UNPAID = "unpaid", "未付款"
    UNPRINTED = "unprinted", "未打单"
    PRINTED = "printed", "已打单"
    PACKED = "packed", "已打包贴单"
    SHIPPED = "shipped", "已发货"
    ENDED = "ended", "已结束"


DIRECT = (Stage.UNPAID, Stage.UNPRINTED)
"""Where a change is done at once; later it is asked for."""

Teller = Callable[[Sequence[int]], Mapping[int, Stage]]
_tellers: list[Teller] = []


def teller(tell: Teller) -> Teller:
    """Register who knows more of paid, unshipped orders: order ids in, the stage of those it knows out."""
    _tellers.append(tell)
    return tell


def stages_of(orders: Sequence[Order]) -> dict[int, Stage]:
    """The stage of each order by id. No statement of its own; one per registered teller."""
    found = {order.pk: _plain(order) for order in orders}
    inside = [pk for pk, stage in found.items() if stage is Stage.UNPRINTED]
    for tell in _tellers:
        if inside:
            found.update(tell(inside))
    return found


def stage_of(order: Order) -> Stage:
    """The stage of one order."""
    return stages_of([order])[order.pk]


def _plain(order: Order) -> Stage:
    if order.state in ENDED:
        return Stage.ENDED
    if order.state == State.UNPAID:
        return Stage.UNPAID
    if order.state == State.PAID:
        return Stage.UNPRINTED
    return Stage.SHIPPED
