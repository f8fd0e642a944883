"""A buyer sends his own unpaid order to another of his addresses."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.orders.actions import receivers
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order
from zhanggui.orders.states import State


@action
def send_to(
    *, by: Actor, buyer: Buyer, order: Order, receiver: ArrivingReceiver, version: int, at: datetime
) -> None:
    """Change where an own, unpaid order goes, inside the region that its postage was priced for.

    Raises NotFound for another's order; NotNow once it is paid, in another region (the postage would be another
    one: then a new order), or changed meanwhile.
    """
    if order.buyer_id != buyer.pk:
        raise NotFound(_("没有这个订单。"))
    if order.state != State.UNPAID:
        raise NotNow(_("已付款的订单请联系客服改地址。"))
    if receiver.region != order.region:
        raise NotNow(_("换到别的区县运费会不一样，请取消后重新下单。"))
    entitled = Actor(name=by.name, source=by.source, almighty=True, address=by.address)
    receivers.edit(by=entitled, order=order, receiver=receiver, at=at, version=version)
