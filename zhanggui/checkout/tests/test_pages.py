"""The clerks' pages of this room: refunds and payments that need a person."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs, refunds
from zhanggui.checkout.actions.payments import take
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.refunding import propose
from zhanggui.checkout.tests.cast import goods, offer, opened, own_shop, paid, placed, told
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.people.models import Grant, Role
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db
CLERK = (Power.ORDER_SEE, Power.ORDER_SETTLE, Power.PAYMENT_SEE, Power.PAYMENT_SETTLE)


def clerk(name="小周", at=None):
    return cast.sign_in(Client(), cast.staff(name, *CLERK, at=at or own_shop()))


def wanting_back(*codes):
    order = paid((goods("POT"), 1), (goods("CUP"), 1))
    lines = list(order.lines.filter(code__in=codes).values_list("pk", flat=True))
    refunds.ask_back(
        by=HOUSE, buyer=order.buyer, order=order, line_ids=lines, reason="买家不想买了", at=now()
    )
    return Order.objects.select_related("shop").get(pk=order.pk)


def page(order):
    return reverse("checkout:refund", args=[order.shop.code, order.number])


def test_a_clerk_sees_what_goes_back_line_by_line_and_settles_it_once():
    order, me = wanting_back("CUP"), clerk()
    assert (
        page(order) in me.get(reverse("orders:order", args=[order.shop.code, order.number])).content.decode()
    )
    shown = me.get(page(order)).content.decode()
    assert "退 ¥50.00" in shown
    assert "50.00" in shown
    sent = {"version": order.version, "do": "settle"}
    assert me.post(page(order), sent).status_code == 302
    assert me.post(page(order), sent).status_code == 409
    order.refresh_from_db()
    assert (order.refunded_fen, order.refund, order.state) == (5000, "part", "paid")
    assert order.lines.get(code="CUP").state == "closed"


def giving_back_the_cup():
    """Of an order of 210.00 the cup, 60.00 of it, is to go back."""
    order = paid((goods("POT", price_fen=15000), 1), (goods("CUP", price_fen=6000), 1))
    assert order.due_fen == 21000 - 5000 + 1000
    cup = order.lines.get(code="CUP")
    refunds.ask_back(by=HOUSE, buyer=order.buyer, order=order, line_ids=[cup.pk], reason="-", at=now())
    order = Order.objects.select_related("shop").get(pk=order.pk)
    found = propose(order, list(order.lines.order_by("position")), at=now())
    assert [row.now_fen for row in found.rows] == [15000 - 1000, 0]
    return order, found


def test_the_sum_is_explained_by_the_offer_lost_and_the_one_that_counts_instead():
    offer("reduction", {"tiers": [{"at": 20000, "off_fen": 5000}]}, name="满200减50", group="满减")
    offer("reduction", {"tiers": [{"at": 10000, "off_fen": 1000}]}, name="满100减10", group="满减")
    order, found = giving_back_the_cup()
    assert [(name, fen) for name, _why, fen in found.lost] == [("满200减50", 5000)]
    assert [name for name, _said in found.gained] == ["满100减10"]
    assert found.stay == ()
    shown = clerk().get(page(order)).content.decode()
    assert "「满200减50」不再满足" in shown
    assert "原来省 ¥50.00" in shown
    assert "留下的商品改享「满100减10」：满 ¥100 减 ¥10" in shown
    assert "省 ¥10<" in shown


def test_the_sum_is_explained_by_a_lower_step_of_the_same_offer():
    tiers = [{"at": 10000, "off_fen": 1000}, {"at": 20000, "off_fen": 5000}]
    offer("reduction", {"tiers": tiers}, name="双11")
    order, found = giving_back_the_cup()
    assert (found.lost, found.gained) == ((), ())
    assert [(name, fen) for name, _said, fen in found.stay] == [("双11", 5000)]
    shown = clerk().get(page(order)).content.decode()
    assert "留下的商品仍享「双11」：满 ¥100 减 ¥10" in shown
    assert "原来省 ¥50.00" in shown


def test_a_refusal_needs_words_and_another_shop_sees_nothing():
    order, me = wanting_back("CUP", "POT"), clerk()
    other = clerk("别店", own_shop("OW02"))
    assert other.get(page(order)).status_code == 404
    assert other.post(page(order), {"version": order.version, "do": "settle"}).status_code == 404
    assert me.post(page(order), {"version": order.version, "do": "refuse"}).status_code == 422
    assert (
        me.post(page(order), {"version": order.version, "do": "refuse", "reason": "已打包"}).status_code
        == 302
    )
    order.refresh_from_db()
    assert (order.refunded_fen, order.refund) == (0, "")
    assert "没有正在处理的退款" in me.get(page(order)).content.decode()


def test_a_large_sum_shows_that_two_must_look():
    order = paid((goods(price_fen=100000), 1))
    refunds.ask_back(
        by=HOUSE, buyer=order.buyer, order=order, line_ids=[order.lines.get().pk], reason="-", at=now()
    )
    first, second = clerk(), clerk("老李")
    order = Order.objects.select_related("shop").get(pk=order.pk)
    assert "两位同事" in first.get(page(order)).content.decode()
    first.post(page(order), {"version": order.version, "do": "settle"})
    order.refresh_from_db()
    assert order.refunded_fen == 0
    assert "disabled" in first.get(page(order)).content.decode()
    assert second.post(page(order), {"version": order.version, "do": "settle"}).status_code == 302
    order.refresh_from_db()
    assert order.refunded_fen == 101000


def test_every_payment_that_needs_a_person_has_one_button():
    me = clerk()
    payment = opened(placed((goods(), 1)))
    address = reverse("checkout:payment", args=[payment.number])
    assert "不用人处理" in me.get(address).content.decode()
    take(by=HOUSE, told=[told(payment, fen=1)], at=now())
    assert payment.number in me.get(reverse("checkout:payments") + "?state=trouble").content.decode()
    assert "原路退回全部来款" in me.get(address).content.decode()
    button = reverse("checkout:payment-back", args=[payment.number])
    assert [me.post(button).status_code for _click in range(3)] == [302, 409, 409]
    back = MoneyBack.objects.get()
    backs.failed(by=HOUSE, back=back, trouble="账户余额不足", at=now())
    shown = me.get(address).content.decode()
    assert "账户余额不足" in shown
    assert "再退一次" in shown
    assert "原路退回全部来款" not in shown
    again = reverse("checkout:back-again", args=[payment.number, back.pk])
    assert [me.post(again).status_code for _click in range(3)] == [302, 409, 409]
    assert "再退一次" not in me.get(address).content.decode()
    assert MoneyBack.objects.filter(state="asked").count() == 1
    assert Payment.objects.get().refunded_fen == 1


def test_a_merged_payment_does_not_open_the_other_shop():
    one, two = own_shop(), own_shop("OW02")
    tea, cup = goods(in_shops=[one]), goods("CUP", in_shops=[two])
    a, b = placed((tea, 1)), placed((cup, 1), shop=two)
    payment = opened(a, b)
    take(by=HOUSE, told=[told(payment, fen=payment.amount_fen + 1)], at=now())
    me, back = clerk(at=one), reverse("checkout:payment-back", args=[payment.number])
    for address in (reverse("checkout:payment", args=[payment.number]), reverse("checkout:payments")):
        shown = me.get(address).content.decode()
        assert a.number in shown
        assert b.number not in shown
    assert "其他店铺的 1 笔" in me.get(reverse("checkout:payment", args=[payment.number])).content.decode()
    assert me.post(back).status_code == 403
    assert not MoneyBack.objects.exists()
    both = cast.staff("两店", *CLERK, at=one)
    Grant.objects.create(staff=both, role=Role.objects.get(name="role of 两店"), shop_id=two.pk)
    assert cast.sign_in(Client(), both).post(back).status_code == 302
    assert MoneyBack.objects.get().amount_fen == payment.amount_fen + 1
