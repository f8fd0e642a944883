"""A coupon comes back when its whole order was refunded, where the shop's policy says so."""

import pytest

from tests import cast
from zhanggui.kit.clock import database_now
from zhanggui.orders.events import RefundsMoved
from zhanggui.orders.listeners import return_coupons
from zhanggui.orders.models import Order
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import ordered
from zhanggui.promotions.models import Coupon
from zhanggui.promotions.tests.offering import DAY, buyer, coupon, offer
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


def _refunded(state=State.CLOSED_REFUNDED):
    order = ordered()
    Order.objects.filter(pk=order.pk).update(state=state, source=OWN)
    now = database_now()
    ticket = coupon(offer("coupon", times=5), buyer(), good_from=now - DAY, good_until=now + DAY)
    Coupon.objects.filter(pk=ticket.pk).update(state=Coupon.State.USED, order_id=order.pk)
    return order, ticket


def _after_the_news(order, ticket):
    for _heard in range(2):
        return_coupons(RefundsMoved(order.shop_id, (order.pk,)))
    ticket.refresh_from_db()
    return ticket.state


def test_it_comes_back_after_a_refund_of_the_whole_order():
    assert _after_the_news(*_refunded()) == Coupon.State.FREE


def test_it_stays_used_after_a_refund_of_a_part():
    assert _after_the_news(*_refunded(State.PAID)) == Coupon.State.USED


def test_it_stays_used_where_the_shop_says_so():
    order, ticket = _refunded()
    Setting.objects.create(
        shop_id=order.shop_id,
        name="promotions.coupon_back_after_refund",
        value="never",
        since=cast.NOON.date(),
        set_by="店长",
    )
    Setting.objects.update(since="2020-01-01")
    assert _after_the_news(order, ticket) == Coupon.State.USED
