"""Writing a receiver: the step that editing one and agreeing to a change share."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotNow
from zhanggui.orders.actions.projecting import put_one
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import ReceiversChanged
from zhanggui.orders.models import Order, Receiver
from zhanggui.orders.sealing import kept_trace, open_receiver, seal_receiver
from zhanggui.orders.stage import Stage


def write_receiver(
    *, by: Actor, batch: Batch, order: Order, receiver: ArrivingReceiver, reason: str, at: datetime
) -> None:
    """Write the checked receiver of a locked order: sealed, traces renewed, region set. No power is asked."""
    old = Receiver.objects.filter(order_id=order.pk).first()
    before = kept_trace(open_receiver(old)) if old else None
    sealed = seal_receiver(receiver)
    columns = {name: getattr(sealed, name) for name in sealed.__slots__}
    Receiver.objects.update_or_create(order_id=order.pk, defaults=columns)
    order.region = receiver.region
    batch.trouble(order, "address", not receiver.region)
    batch.tell(order, {"receiver": [before, kept_trace(receiver)]})
    batch.save(by=by, what="receiver.edited", at=at, news=ReceiversChanged, reason=reason)


def mark_address(*, by: Actor, order: Order, receiver: ArrivingReceiver, at: datetime) -> None:
    """The red mark with the handbook's words (S4-11), told down to the district only."""
    place = "".join(dict.fromkeys((receiver.province, receiver.city, receiver.district)))
    put_one(by=by, order=order.pk, template="address", wish=place or "-", at=at)


def refuse_late(order: Order, stage: Stage) -> None:
    """Raise NotNow where nothing of the order can be changed any more (S4-14: then after-sales)."""
    if stage == Stage.SHIPPED:
        raise NotNow(_("订单 %(number)s 已发货，请转售后处理。") % {"number": order.number})
    if stage == Stage.ENDED:
        raise NotNow(_("订单 %(number)s 已结束，不能再修改。") % {"number": order.number})
