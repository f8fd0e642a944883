"""What the pages of paying ask: a buyer's unpaid orders, and one payment of his with what it pays."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.checkout.models import Payment, PaymentPart
from zhanggui.customers.models import Buyer
from zhanggui.kit.refusals import NotFound
from zhanggui.orders.models import Order
from zhanggui.orders.states import State
from zhanggui.promotions.models import Auction
from zhanggui.storefront.queries.bought import orders_of


def orders(buyer: Buyer, numbers: Sequence[str]) -> list[Order]:
    """The buyer's orders with these numbers. Raises NotFound when one is not his. One statement."""
    wanted = sorted(set(numbers))[:50]
    found = list(orders_of(buyer).filter(number__in=wanted).order_by("pk"))
    if not found or len({order.number for order in found}) != len(wanted):
        raise NotFound(_("没有这个订单。"))
    return found


def payment(buyer: Buyer, number: str) -> Payment:
    """The buyer's payment. Raises NotFound, for another buyer's too. Three statements."""
    row = Payment.objects.filter(buyer=buyer, number=number).prefetch_related("parts__order__shop").first()
    if row is None:
        raise NotFound(_("没有这笔支付。"))
    return row


def over(row: Payment, *, at: datetime) -> bool:
    """Whether nobody shall be sent to pay this any more: its time is over, or an order of it was closed. No statement
    after `payment`.
    """
    closed = any(
        part.order is not None and part.order.state == State.CLOSED_UNPAID for part in row.parts.all()
    )
    return row.closes_at <= at or closed


def auction(parts: Iterable[PaymentPart]) -> Auction | None:
    """The auction whose deposit a payment pays, with its shop. One statement, none for a payment of orders."""
    ids = [part.deposit_id for part in parts if part.deposit_id is not None]
    return Auction.objects.filter(deposits__in=ids).select_related("shop").first() if ids else None
