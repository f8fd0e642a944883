"""Presale and pay on delivery from the first to the last step, with the books after each."""

from datetime import timedelta

import pytest

from tests import cast
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs
from zhanggui.checkout.actions.following import cancel, confirm
from zhanggui.checkout.actions.payments import open_payment, take
from zhanggui.checkout.models import MoneyBack
from zhanggui.checkout.tests.cast import buyer, goods, offer, opened, own_shop, pay, placed, red_packet, told
from zhanggui.freight.models import Carrier
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.calls import confirm as record_call
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.timers import fire_due
from zhanggui.people.powers import Power
from zhanggui.promotions.actions.red_packets import revoke_many
from zhanggui.promotions.models import RedPacket
from zhanggui.promotions.states import ForbiddenAct
from zhanggui.shops.models import Setting
from zhanggui.stock.models import Balance

pytestmark = pytest.mark.django_db


def hear():
    while deliver_due():
        pass


def fresh(order):
    return Order.objects.select_related("shop").get(pk=order.pk)


def setting(name, value):
    Setting.objects.create(shop=own_shop(), name=name, value=value, since=day_of(now()), set_at=now())


def sent(order):
    Carrier.objects.get_or_create(code="YTO", defaults={"name": "圆通"})
    ship(by=cast.HOUSE, order=fresh(order), carrier="YTO", waybill="YT1234567890123", at=now())


def on_delivery():
    setting("orders.cod", True)
    return placed((goods(), 1), cod=True)


def pre_sold():
    tea = goods(price_fen=12000)
    offer(
        "presale",
        {
            "prices": {str(tea.pk): 10000},
            "deposit_fen": 1000,
            "worth_fen": 2000,
            "balance_from": (now() + timedelta(days=1)).isoformat(),
            "balance_until": (now() + timedelta(days=2)).isoformat(),
        },
    )
    order = placed((tea, 1))
    assert (balances(order_id=order.pk), pay(order)) == ({}, "paid")
    assert balances(order_id=order.pk) == {"escrow": 1000, "deposit_held": -1000}
    return order


def test_a_presale_from_deposit_to_receipt():
    order = pre_sold()
    later = now() + timedelta(days=1, hours=1)
    balance = open_payment(by=HOUSE, order_ids=[order.pk], provider="sandbox", at=later)
    assert take(by=HOUSE, told=[told(balance)], at=later) == ["paid"]
    order = fresh(order)
    stands = balances(order_id=order.pk)
    assert (
        stands["escrow"]
        == order.due_fen
        == -(stands["goods_due"] + stands["postage_due"]) - stands.get("discount_given", 0)
    )
    sent(order)
    confirm(by=HOUSE, buyer=buyer(), order=fresh(order), at=now())
    assert fresh(order).state == "finished"
    assert "goods_due" not in balances(order_id=order.pk)
    assert unbalanced() == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_balance_that_never_comes(kept):
    order = pre_sold()
    setting("checkout.presale_deposit_kept", kept)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    assert fire_due() == 1
    hear()
    assert fresh(order).state == "closed_unpaid"
    assert Balance.objects.get().promised == 0
    if kept:
        assert balances(order_id=order.pk) == {"escrow": 1000, "shop_income": -1000}
        return
    assert backs.done(by=HOUSE, back=MoneyBack.objects.get(), at=now())
    assert balances(order_id=order.pk) == {}


def test_pay_on_delivery_from_the_call_to_the_money():
    order = on_delivery()
    assert (order.state, order.cod_call, balances(order_id=order.pk)) == ("paid", "waiting", {})
    with pytest.raises(NotNow):
        opened(order)
    with pytest.raises(NotNow):
        sent(order)
    record_call(by=cast.HOUSE, order=fresh(order), agreed=True, at=now())
    sent(order)
    assert balances(order_id=order.pk) == {"cod_receivable": 6000, "goods_due": -5000, "postage_due": -1000}
    confirm(by=HOUSE, buyer=buyer(), order=fresh(order), at=now())
    order = fresh(order)
    assert (order.state, order.paid_fen) == ("finished", 6000)
    assert balances(order_id=order.pk) == {"escrow": 6000, "shop_income": -5000, "postage_income": -1000}
    assert unbalanced() == []


def test_pay_on_delivery_can_be_given_up_before_it_is_sent():
    order = on_delivery()
    cancel(by=HOUSE, buyer=buyer(), order=order, reason="买家不想买了", at=now())
    assert (fresh(order).state, balances(order_id=order.pk)) == ("closed_unpaid", {})
    assert Balance.objects.get().promised == 0


def test_red_packets_that_are_taken_back_close_what_waits_for_payment():
    me = buyer()
    packet = red_packet(me, 1500)
    order = placed((goods(), 1))
    assert order.red_fen == 1500
    payment = opened(order)
    revoke_many(
        by=cast.actor(Power.RED_PACKET_GRANT, at=None, name="风控"),
        packet_ids=[packet.pk],
        reason=ForbiddenAct.CHEATING,
        at=now(),
    )
    hear()
    hear()
    order, packet = fresh(order), RedPacket.objects.get(pk=packet.pk)
    assert (order.state, order.close_reason) == ("closed_unpaid", "红包已被收回")
    assert (packet.left_fen, packet.held_fen, packet.revoked_fen) == (0, 0, 1500)
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["back"]
    assert own_shop().pk == order.shop_id
    assert MoneyBack.objects.get().amount_fen == payment.amount_fen
