import pytest

from zhanggui.checkout.tests.cast import (
    goods,
    pay,
    placed,
)
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.models import Timer
from zhanggui.stock.models import Balance
from zhanggui.stock.queries import unexplained

pytestmark = pytest.mark.django_db


def test_an_order_is_placed_with_all_that_belongs_to_it():
    tea = goods(price_fen=5000, pieces=10)
    order = placed((tea, 2), message="请轻放")
    assert (order.state, order.due_fen, order.postage_fen, order.source) == ("unpaid", 11000, 1000, "shop")
    assert order.receiver.masked_name == "王**"
    assert order.priced.digest
    line = order.lines.get()
    assert (line.stock, line.share_fen, line.hold) == ("held", 10000, "order")
    assert Balance.objects.get().promised == 2
    assert Timer.objects.get().kind == "close_unpaid"
    assert balances(order_id=order.pk) == {}
    assert pay(order) == "paid"
    order.refresh_from_db()
    assert (order.state, order.paid_fen) == ("paid", 11000)
    assert balances(order_id=order.pk) == {"escrow": 11000, "goods_due": -10000, "postage_due": -1000}
    assert unexplained() == []
    assert unbalanced() == []
