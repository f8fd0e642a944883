"""What buyers do with their own orders after placing: cancel, wait longer, confirm. Another's order does not exist."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotFound
from zhanggui.orders.actions import receipt
from zhanggui.orders.actions.own import cancel_own
from zhanggui.orders.models import Order
from zhanggui.orders.outcomes import only
from zhanggui.orders.states import CloseReason

REASONS = (CloseReason.NOT_WANTED, CloseReason.WRONG_DATA, CloseReason.WRONG_ITEM, CloseReason.IN_PERSON)
"""What a buyer may say when he cancels."""


@action
def cancel(*, by: Actor, buyer: Buyer, order: Order, reason: str, at: datetime) -> None:
    """Cancel an order that was not paid. Raises NotFound for another's, Invalid, NotNow once paid."""
    _mine(buyer, order)
    if reason not in REASONS:
        raise Invalid(_("请选择取消的原因。"), "reason")
    only(cancel_own(by=by, order_ids=[order.pk], reason=str(reason), at=at))


@action
def extend(*, by: Actor, buyer: Buyer, order: Order, days: int, at: datetime) -> None:
    """More time to confirm, by the days the shop allows. Raises NotFound, Invalid, NotNow; see `receipt.extend_many`."""
    _mine(buyer, order)
    receipt.extend(by=_entitled(by), order=order, days=days, at=at)


@action
def confirm(*, by: Actor, buyer: Buyer, order: Order, at: datetime) -> None:
    """The goods came: the order is finished and the money is the shop's. Raises NotFound, NotNow."""
    _mine(buyer, order)
    receipt.confirm(by=_entitled(by), order=order, at=at)


def _mine(buyer: Buyer, order: Order) -> None:
    if order.buyer_id != buyer.pk:
        raise NotFound(_("没有这个订单。"))


def _entitled(by: Actor) -> Actor:
    """The same buyer, entitled to the one thing that was just checked to be his."""
    return Actor(name=by.name, source=by.source, almighty=True, address=by.address)
