"""Money that fits nothing: it stands in the books, is listed, and a person settles it once."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.checkout import queries
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import backs, straying
from zhanggui.checkout.actions.payments import found, take
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import buyer, goods, opened, own_shop, paid, placed, told
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.receipt import settle_refund
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


def money():
    known = Staff.objects.filter(name="财务").first()
    return actor_of(known or cast.staff("财务", Power.PAYMENT_SETTLE))


def people():
    """Two who may settle, with accounts of their own: two pairs of eyes are two accounts."""
    return [
        actor_of(cast.staff(name, Power.PAYMENT_SETTLE, Power.PAYMENT_SEE, Power.LEDGER_SEE))
        for name in ("财务甲", "财务乙")
    ]


def paid_twice(**also):
    """A paid order, and a second trade for its payment. Gives the order, its payment, and the stray row."""
    order = paid((goods(**also), 1))
    payment = Payment.objects.get(parts__order=order)
    assert take(by=HOUSE, told=[told(payment, ref="T-SECOND")], at=now()) == ["differs"]
    return order, payment, Payment.objects.get(state="stray")


def adds_up() -> bool:
    return unbalanced() == [] and queries.stray().off_fen == 0


def test_a_second_trade_is_booked_once_beside_its_order():
    order, payment, stray = paid_twice()
    assert (stray.told_fen, stray.provider_ref, stray.told_number) == (6000, "T-SECOND", payment.number)
    assert (stray.buyer_id, stray.stray_shop_id) == (order.buyer_id, order.shop_id)
    assert take(by=HOUSE, told=[told(payment, ref="T-SECOND")] * 3, at=now()) == ["repeated"] * 3
    assert Payment.objects.filter(state="stray").count() == 1
    assert balances()["stray"] == -6000
    assert balances()["escrow"] == 12000
    assert Entry.objects.filter(what="payment.stray").count() == 1
    assert adds_up()


def test_another_sum_for_the_same_trade_is_no_more_money():
    order = paid((goods(), 1))
    payment = Payment.objects.get(parts__order=order)
    assert take(by=HOUSE, told=[told(payment, fen=7000)], at=now()) == ["differs"]
    assert "stray" not in balances()
    assert not Payment.objects.filter(state="stray").exists()


def test_money_for_an_unknown_payment_is_booked_in_nobodys_books():
    shop = own_shop()
    came = told(Payment(number="P-UNKNOWN", provider="sandbox", amount_fen=500), ref="T9")
    stray = found(by=HOUSE, told=came, merchant_id=shop.merchant_id, made_at=now(), at=now())
    assert found(by=HOUSE, told=came, merchant_id=shop.merchant_id, made_at=now(), at=now()) is None
    assert (stray.buyer_id, stray.stray_shop_id) == (None, 0)
    assert balances() == {"escrow": 500, "stray": -500}
    of_one_shop = cast.sign_in(Client(), cast.staff("小周", Power.PAYMENT_SEE, Power.PAYMENT_SETTLE, at=shop))
    assert of_one_shop.get(reverse("checkout:payment", args=[stray.number])).status_code == 404
    with pytest.raises(NotAllowed):
        straying.give_back(by=cast.actor(Power.PAYMENT_SEE), payment=stray, reason="-", at=now())
    with pytest.raises(Invalid, match="不知道"):
        straying.assign(by=money(), payment=stray, order=placed((goods(), 1)), reason="-", at=now())
    assert adds_up()


def test_it_goes_back_by_its_own_trade_once():
    _order, _payment, stray = paid_twice()
    with pytest.raises(Invalid):
        straying.give_back(by=money(), payment=stray, reason=" ", at=now())
    back = straying.give_back(by=money(), payment=stray, reason="买家付了两次", at=now())
    assert back.payment.by_trade
    for _click in range(20):
        with pytest.raises(NotNow):
            straying.give_back(by=money(), payment=stray, reason="-", at=now())
    assert queries.stray().leaving_fen == 6000
    assert adds_up()
    assert backs.done(by=HOUSE, back=back, at=now())
    assert "stray" not in balances()
    assert balances()["escrow"] == 6000
    assert adds_up()


def test_it_pays_an_order_of_the_same_buyer_that_owes_exactly_that():
    _order, _payment, stray = paid_twice()
    other = placed((goods("CUP"), 1))
    assert queries.owed_by(stray, now()) == [other]
    assert straying.assign(by=money(), payment=stray, order=other, reason="买家说付的是这单", at=now())
    other.refresh_from_db()
    stray.refresh_from_db()
    assert (other.state, other.paid_fen, stray.state) == ("paid", 6000, "paid")
    assert stray.parts.get().booked == "paid"
    assert "stray" not in balances()
    assert balances()["escrow"] == 12000
    assert balances(order_id=other.pk)["escrow"] == 6000
    assert adds_up()
    with pytest.raises(NotNow):
        straying.assign(by=money(), payment=stray, order=other, reason="-", at=now())
    settle_refund(by=cast.HOUSE, order=other, refunded_fen=6000, at=now())
    backs.follow_refunds(by=HOUSE, order_ids=[other.pk], at=now())
    back = MoneyBack.objects.get()
    assert back.payment.by_trade, "a refund of it goes by the trade that paid it"


@pytest.mark.parametrize("case", ["another sum", "another buyer", "paid", "no reason", "no power"])
def test_what_does_not_fit_is_refused_and_nothing_happens(case):
    order, _payment, stray = paid_twice()
    other = placed(
        (goods("CUP", price_fen=4000 if case == "another sum" else 5000), 1),
        by=buyer("别人") if case == "another buyer" else None,
    )
    target = order if case == "paid" else other
    by = cast.actor(Power.PAYMENT_SEE) if case == "no power" else money()
    with pytest.raises((Invalid, NotNow, NotAllowed)):
        straying.assign(
            by=by, payment=stray, order=target, reason="" if case == "no reason" else "-", at=now()
        )
    stray.refresh_from_db()
    other.refresh_from_db()
    assert (stray.state, other.state, balances()["stray"]) == ("stray", "unpaid", -6000)
    assert not stray.parts.exists()
    assert not Entry.objects.filter(what="payment.assigned").exists()


def test_a_wrong_sum_may_pay_the_order_once_it_owes_that():
    order = placed((goods(price_fen=5000), 1))
    payment = opened(order)
    assert take(by=HOUSE, told=[told(payment, fen=5500)], at=now()) == ["wrong_amount"]
    cup = placed((goods("CUP", price_fen=4500), 1))
    assert straying.assign(by=money(), payment=payment, order=cup, reason="买家付错了单", at=now())
    order.refresh_from_db()
    cup.refresh_from_db()
    assert (order.state, cup.state) == ("unpaid", "paid")
    assert balances() == balances(order_id=cup.pk)
    assert [part.order_id for part in Payment.objects.get(pk=payment.pk).parts.all()] == [cup.pk]
    assert adds_up()


def test_a_large_sum_needs_two_people_and_the_same_act():
    _order, _payment, stray = paid_twice(price_fen=60000)
    other = placed((goods("CUP", price_fen=60000), 1))
    one, two = people()
    assert straying.give_back(by=one, payment=stray, reason="付了两次", at=now()) is None
    with pytest.raises(NotAllowed):
        straying.give_back(by=one, payment=stray, reason="付了两次", at=now())
    assert not MoneyBack.objects.exists()
    assert not straying.assign(by=two, payment=stray, order=other, reason="付的是这单", at=now()), (
        "another act: from the start"
    )
    other.refresh_from_db()
    assert other.state == "unpaid"
    with pytest.raises(NotAllowed):
        straying.assign(by=two, payment=stray, order=other, reason="付的是这单", at=now())
    assert straying.assign(by=one, payment=stray, order=other, reason="对", at=now())
    other.refresh_from_db()
    assert other.state == "paid"
    assert adds_up()


def test_the_limit_is_the_shops_own():
    order, _payment, stray = paid_twice()
    Setting.objects.create(
        shop=order.shop, name="checkout.stray_two_from", value=100, since=now().date().replace(year=2020)
    )
    assert straying.give_back(by=people()[0], payment=stray, reason="-", at=now()) is None


def refused_back():
    order = paid((goods(), 1))
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=6000, at=now())
    backs.follow_refunds(by=HOUSE, order_ids=[order.pk], at=now())
    back = MoneyBack.objects.get()
    backs.failed(by=HOUSE, back=back, trouble="账户已注销", at=now())
    return order, back


def test_repaid_by_bank_takes_two_people_and_the_same_number_once():
    _order, back = refused_back()
    one, two = people()
    with pytest.raises(NotAllowed):
        backs.by_hand(by=cast.actor(Power.PAYMENT_SEE), back=back, bank_ref="B1", at=now())
    with pytest.raises(Invalid):
        backs.by_hand(by=one, back=back, bank_ref=" ", at=now())
    assert not backs.by_hand(by=one, back=back, bank_ref="B0", at=now())
    assert not backs.by_hand(by=one, back=back, bank_ref="B1", at=now()), "the first one corrects the number"
    with pytest.raises(NotNow):
        backs.again(by=two, back=back, at=now())
    with pytest.raises(Invalid):
        backs.by_hand(by=two, back=back, bank_ref="B0", at=now())
    assert "bank" not in balances()
    assert backs.by_hand(by=two, back=back, bank_ref="B1", at=now())
    for act in (backs.by_hand,) * 20:
        with pytest.raises(NotNow):
            act(by=two, back=back, bank_ref="B1", at=now())
    with pytest.raises(NotNow):
        backs.again(by=two, back=back, at=now())
    assert balances()["bank"] == -6000
    assert "refund_out" not in balances()
    assert balances()["escrow"] == 6000, "the provider still has it"
    back.refresh_from_db()
    assert (back.state, back.payment.refunded_fen) == ("hand", 6000)
    assert adds_up()


def test_a_bank_number_counts_for_one_refund_only():
    _order, back = refused_back()
    one, two = people()
    backs.by_hand(by=one, back=back, bank_ref="B1", at=now())
    backs.by_hand(by=two, back=back, bank_ref="B1", at=now())
    order = paid((goods("CUP"), 1))
    payment = Payment.objects.get(parts__order=order)
    other = backs.ask(by=HOUSE, payment=payment, order=order, amount_fen=1, why="-", ref="X1", at=now())
    backs.failed(by=HOUSE, back=other, trouble="-", at=now())
    with pytest.raises(Invalid):
        backs.by_hand(by=one, back=other, bank_ref="B1", at=now())


@pytest.mark.parametrize("how", ["by hand", "noted by one", "again"])
def test_a_late_success_after_it_was_repaid_is_a_doubt(how):
    _order, back = refused_back()
    one, two = people()
    if how == "again":
        second = backs.again(by=one, back=back, at=now())
        backs.done(by=HOUSE, back=second, at=now())
    else:
        backs.by_hand(by=one, back=back, bank_ref="B1", at=now())
        if how == "by hand":
            backs.by_hand(by=two, back=back, bank_ref="B1", at=now())
    assert backs.heard(by=HOUSE, ref=back.ref, at=now()) == "double"
    assert [backs.heard(by=HOUSE, ref=back.ref, at=now()) for _ in range(10)] == ["repeated"] * 10
    assert balances()["double_back"] == 6000
    assert Entry.objects.filter(what="money_back.doubt").count() == 1
    if how == "noted by one":
        assert backs.by_hand(by=two, back=back, bank_ref="B1", at=now())
    told_fen = sum(Payment.objects.values_list("told_fen", flat=True))
    left = told_fen - 6000 - (6000 if how == "again" else 0)
    assert balances().get("escrow", 0) == left
    assert adds_up()
    with pytest.raises(Invalid):
        backs.recovered(by=one, back=back, reason="", at=now())
    backs.recovered(by=one, back=back, reason="买家转回，流水号 C1", at=now())
    with pytest.raises(NotNow):
        backs.recovered(by=one, back=back, reason="又一次", at=now())
    assert "double_back" not in balances()
    assert adds_up()


def test_a_late_success_of_what_nobody_repaid_is_just_done():
    _order, back = refused_back()
    assert backs.heard(by=HOUSE, ref=back.ref, at=now()) == "back"
    back.refresh_from_db()
    assert (back.state, back.payment.refunded_fen) == ("done", 6000)
    assert balances() == {}
    with pytest.raises(NotNow):
        backs.again(by=people()[0], back=back, at=now())
    assert backs.heard(by=HOUSE, ref="nobody's", at=now()) == "unknown"


def test_what_failed_is_not_asked_for_again_by_the_next_refund_and_the_next_one_is():
    order = paid((goods(price_fen=5000), 1))
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=2000, at=now(), whole=False)
    backs.follow_refunds(by=HOUSE, order_ids=[order.pk], at=now())
    backs.failed(by=HOUSE, back=MoneyBack.objects.get(), trouble="-", at=now())
    settle_refund(by=cast.HOUSE, order=order, refunded_fen=3000, at=now(), whole=False)
    backs.follow_refunds(by=HOUSE, order_ids=[order.pk], at=now())
    assert sorted(MoneyBack.objects.values_list("amount_fen", "state")) == [
        (2000, "failed"),
        (3000, "asked"),
    ]


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_give_back_once_or_assign_once():
    _order, _payment, stray = paid_twice()
    other = placed((goods("CUP"), 1))
    by, won, start = money(), [], threading.Barrier(12)

    def press(n):
        start.wait(10)
        try:
            if n % 2:
                straying.give_back(by=by, payment=stray, reason="-", at=now())
            else:
                straying.assign(by=by, payment=stray, order=other, reason="-", at=now())
            won.append(n)
        except NotNow:
            pass
        finally:
            connection.close()

    crowd = [threading.Thread(target=press, args=(n,)) for n in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert len(won) == 1
    other.refresh_from_db()
    assert (other.state == "paid") != MoneyBack.objects.exists()
    assert adds_up()
