"""How many were sold is recounted from the orders: what is paid counts, what is not or went back does not."""

import pytest

from zhanggui.catalog.models import Listing
from zhanggui.checkout.tests import cast as till
from zhanggui.orders.models import Order
from zhanggui.orders.selling import count_sold
from zhanggui.orders.states import State

pytestmark = pytest.mark.django_db


def test_paid_pieces_count_and_what_went_back_does_not():
    tea, cup = till.goods("TEA"), till.goods("CUP")
    bought = till.paid((tea, 3), (cup, 1))
    till.placed((tea, 2))
    Listing.objects.filter(product=cup.product).update(sold=3185)
    assert count_sold() == 2
    sold = dict(Listing.objects.values_list("product__code", "sold"))
    assert sold == {"TEA": 3, "CUP": 1}
    assert count_sold() == 0
    Order.objects.filter(pk=bought.pk).update(state=State.CLOSED_REFUNDED)
    assert count_sold() == 2
    assert set(Listing.objects.values_list("sold", flat=True)) == {0}


def test_it_costs_the_same_for_many(django_assert_num_queries):
    for number in range(5):
        till.paid((till.goods(f"T{number}"), 1))
    with django_assert_num_queries(3):  # two readings and one writing
        assert count_sold() == 5
