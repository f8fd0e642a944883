from datetime import timedelta

import pytest

from tests import cast
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs, straying
from zhanggui.checkout.actions.fees import note_fees
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.actions.payments import open_payment, take
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import (
    buyer,
    coupon,
    goods,
    offer,
    opened,
    own_shop,
    paid,
    pay,
    placed,
    red_packet,
    told,
)
from zhanggui.freight.models import Zone
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.payment import pay as pay_by_hand
from zhanggui.orders.actions.receipt import settle_refund
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.timers import fire_due
from zhanggui.people.powers import Power
from zhanggui.stock.models import Balance
from zhanggui.stock.queries import unexplained

pytestmark = pytest.mark.django_db


def hear():
    while deliver_due():
        pass


def test_one_payment_pays_orders_of_several_shops():
    one, two = own_shop(), own_shop("OW02")
    tea, cup = goods(in_shops=[one]), goods("CUP", in_shops=[two])
    a, b = placed((tea, 1)), placed((cup, 1), shop=two)
    payment = opened(a, b)
    assert payment.amount_fen == 12000
    assert opened(a, b).pk == payment.pk
    assert take(by=HOUSE, told=[told(payment), told(payment)], at=now()) == ["paid", "repeated"]
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["repeated"]
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}
    assert balances()["escrow"] == 12000
    assert unbalanced() == []


def test_only_a_provider_pays():
    order = placed((goods(), 1))
    with pytest.raises(NotNow):
        pay_by_hand(by=cast.HOUSE, order=order, at=now())
    payment = opened(order)
    strange = [
        told(payment, state="open"),
        type(told(payment))(payment.number, "alipay", "x", "paid", payment.amount_fen, now()),
        type(told(payment))("P0", "sandbox", "x", "paid", 1, now()),
    ]
    assert take(by=HOUSE, told=strange, at=now()) == ["ignored", "ignored", "unknown"]
    order.refresh_from_db()
    assert order.state == "unpaid"


@pytest.mark.parametrize("fen", [1, 5999, 6001])
def test_another_sum_pays_nothing_and_waits_for_a_person(fen):
    order = placed((goods(), 1))
    payment = opened(order)
    assert take(by=HOUSE, told=[told(payment, fen=fen)], at=now()) == ["wrong_amount"]
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state) == ("unpaid", "wrong")
    assert balances() == {"escrow": fen, "stray": -fen}
    clerk = cast.actor(Power.PAYMENT_SEE)
    with pytest.raises(NotAllowed):
        straying.give_back(by=clerk, payment=payment, reason="金额不符", at=now())
    money = cast.actor(Power.PAYMENT_SETTLE, name="财务")
    back = straying.give_back(by=money, payment=payment, reason="金额不符", at=now())
    assert backs.done(by=HOUSE, back=back, at=now())
    assert not backs.done(by=HOUSE, back=back, at=now())
    assert balances() == {}
    assert pay(order) == "paid"


def test_what_is_paid_after_the_close_comes_back_to_life():
    me = buyer()
    packet, bonus = red_packet(me, 500), coupon(100, 100, to=me)
    order = placed((goods(pieces=1), 1))
    payment = opened(order)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    assert fire_due() == 1
    order.refresh_from_db()
    packet.refresh_from_db()
    assert (order.state, packet.left_fen, bonus.coupons.get().state) == ("closed_unpaid", 500, "free")
    assert Balance.objects.get().promised == 0
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["paid"]
    order.refresh_from_db()
    packet.refresh_from_db()
    assert (order.state, packet.used_fen, bonus.coupons.get().state) == ("paid", 500, "used")
    assert Balance.objects.get().promised == 1
    assert unexplained() == unbalanced() == []


def test_what_is_paid_after_the_goods_went_to_another_goes_back():
    tea = goods(pieces=1)
    order = placed((tea, 1))
    payment = opened(order)
    cancel(by=HOUSE, buyer=buyer(), order=order, reason="买家不想买了", at=now())
    paid((tea, 1), by=buyer("别人"))
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["back"]
    order.refresh_from_db()
    assert order.state == "closed_unpaid"
    back = MoneyBack.objects.get()
    assert (back.amount_fen, back.state) == (6000, "asked")
    assert balances(order_id=order.pk) == {"escrow": 6000, "stray": -6000}
    backs.done(by=HOUSE, back=back, at=now())
    assert balances(order_id=order.pk) == {}
    assert Balance.objects.get().promised == 1


def test_paying_the_same_order_twice_gives_the_second_back():
    order = placed((goods(), 1))
    first = opened(order)
    second = open_payment(by=HOUSE, order_ids=[order.pk], provider="alipay", at=now())
    assert take(by=HOUSE, told=[told(first), told(second)], at=now()) == ["paid", "back"]
    assert MoneyBack.objects.get().payment_id == second.pk
    assert balances(order_id=order.pk)["stray"] == -6000


def test_goods_held_at_payment_are_never_promised_to_two():
    tea = goods(pieces=1, hold="payment")
    a, b = placed((tea, 1)), placed((tea, 1), by=buyer("别人"))
    assert Balance.objects.get().promised == 0
    assert pay(a) == "paid"
    assert pay(b) == "back"
    b.refresh_from_db()
    assert (b.state, b.close_reason) == ("closed_unpaid", "缺货")
    assert Balance.objects.get().promised == 1


def test_red_packets_may_pay_it_all():
    me = buyer()
    red_packet(me, 10000)
    tea = goods()
    Zone.objects.update(first_fen=0)
    order = placed((tea, 1))
    payment = opened(order)
    assert (payment.provider, payment.state, payment.amount_fen) == ("red", "paid", 0)
    order.refresh_from_db()
    assert (order.state, order.paid_fen) == ("paid", 5000)
    assert balances(order_id=order.pk) == {"red_packet_cost": 5000, "goods_due": -5000}


def test_a_refund_goes_back_the_way_it_came():
    me = buyer()
    packet = red_packet(me, 1500)
    order = paid((goods(price_fen=5000), 1))
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=2000, at=now(), whole=False)
    hear()
    order.refresh_from_db()
    packet.refresh_from_db()
    assert (order.refunded_fen, order.red_refunded_fen, packet.left_fen) == (2000, 500, 500)
    first = MoneyBack.objects.get()
    assert first.amount_fen == 1500
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=4000, at=now())
    hear()
    hear()
    order.refresh_from_db()
    packet.refresh_from_db()
    assert (order.state, order.red_refunded_fen, packet.left_fen) == ("closed_refunded", 1500, 1500)
    assert sum(MoneyBack.objects.values_list("amount_fen", flat=True)) == 4500
    for back in MoneyBack.objects.all():
        backs.done(by=HOUSE, back=back, at=now())
    assert balances(order_id=order.pk) == {"red_packet_cost": 1500, "red_packet_returned": -1500}
    payment = Payment.objects.get()
    assert payment.refunded_fen == payment.told_fen == 4500
    with pytest.raises(Invalid):
        backs.ask(by=HOUSE, payment=payment, order=order, amount_fen=1, why="-", ref="x", at=now())


def test_an_expired_red_packet_does_not_come_back():
    me = buyer()
    packet = red_packet(me, 1500)
    order = paid((goods(price_fen=5000), 1))
    packet.__class__.objects.update(good_until=now() - timedelta(seconds=1))
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=6000, at=now())
    assert balances(order_id=order.pk)["red_packet_expired"] == -1500
    assert unbalanced() == []


def test_a_refund_that_failed_can_be_asked_again():
    order = paid((goods(), 1))
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=6000, at=now())
    hear()
    back = MoneyBack.objects.get()
    assert backs.failed(by=HOUSE, back=back, trouble="余额不足", at=now())
    again = backs.again(by=cast.actor(Power.PAYMENT_SETTLE, name="财务"), back=back, at=now())
    assert (again.amount_fen, again.state) == (6000, "asked")
    hear()
    assert MoneyBack.objects.filter(state="asked").count() == 1


def presale(sku, **also):
    terms = {
        "prices": {str(sku.pk): 10000},
        "deposit_fen": 1000,
        "worth_fen": 2000,
        "balance_from": (now() + timedelta(days=1)).isoformat(),
        "balance_until": (now() + timedelta(days=2)).isoformat(),
    }
    return offer("presale", terms | also)


def test_a_presale_is_paid_in_two_steps():
    tea = goods(price_fen=12000)
    presale(tea)
    order = placed((tea, 1))
    deposit = opened(order)
    assert deposit.amount_fen == 1000
    assert Timer.objects.get(dropped_at=None).kind == "deposit"
    assert take(by=HOUSE, told=[told(deposit)], at=now()) == ["paid"]
    order.refresh_from_db()
    assert order.state == "unpaid"
    assert Timer.objects.get(dropped_at=None).kind == "balance"
    assert balances(order_id=order.pk) == {"escrow": 1000, "deposit_held": -1000}
    with pytest.raises(NotNow, match="尾款"):
        opened(order)
    later = now() + timedelta(days=1, hours=1)
    balance = open_payment(by=HOUSE, order_ids=[order.pk], provider="sandbox", at=later)
    assert deposit.amount_fen + balance.amount_fen == order.due_fen
    assert take(by=HOUSE, told=[told(balance)], at=later) == ["paid"]
    order.refresh_from_db()
    assert order.state == "paid"
    assert balances(order_id=order.pk)["escrow"] == order.due_fen
    assert "deposit_held" not in balances(order_id=order.pk)


def test_a_balance_that_never_comes_leaves_the_deposit_to_the_shop():
    tea = goods(price_fen=12000)
    presale(tea)
    order = placed((tea, 1))
    pay(order)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    assert fire_due() == 1
    hear()
    assert balances(order_id=order.pk) == {"escrow": 1000, "shop_income": -1000}
    assert Balance.objects.get().promised == 0


def test_a_fee_is_booked_once_and_corrected_by_the_difference():
    order = paid((goods(), 1))
    number = Payment.objects.get().number
    assert note_fees(by=HOUSE, fees={number: 36, "P0": 1}, at=now()) == 1
    assert note_fees(by=HOUSE, fees={number: 36}, at=now()) == 0
    assert balances(order_id=order.pk)["payment_fee"] == 36
    assert note_fees(by=HOUSE, fees={number: 30}, at=now()) == 1
    stands = balances(order_id=order.pk)
    assert (stands["payment_fee"], stands["escrow"]) == (30, 5970)
    assert unbalanced() == []
