"""G1.1, G1.3, G1.4, G2.4, G3.1: many buy at the same instant; each proof has a control that fails without its guard."""

import itertools
import os
import random
import time
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from django.db import connection, transaction

from tests import cast
from tests.racing import race, refusals
from zhanggui.checkout import gathering
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions import payments
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.actions.payments import take
from zhanggui.checkout.actions.placing import Placed, place_many
from zhanggui.checkout.models import MoneyBack, Submit
from zhanggui.checkout.tests.cast import (
    buyer,
    coupon,
    goods,
    offer,
    opened,
    own_shop,
    placed,
    placing,
    red_packet,
    told,
)
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders import rules
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.timers import fire_due
from zhanggui.promotions.models import Coupon, Offer, RedPacket
from zhanggui.stock.actions import promises
from zhanggui.stock.models import Balance, Promise, Quota
from zhanggui.stock.queries import sellable, unexplained

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS = 16
ROUNDS = int(os.environ.get("BUYING_ROUNDS", "2"))


def sound() -> None:
    """Nothing is sold twice, and every order's books follow its money to the fen."""
    assert unexplained() == []
    assert unbalanced() == []
    for quota in Quota.objects.all():
        held = Promise.objects.filter(quota=quota).exclude(state="released")
        assert quota.taken == sum(held.values_list("quota_pieces", flat=True))
    for order in Order.objects.filter(source=rules.OWN):
        stands = balances(order_id=order.pk)
        for account, fen in rules.position(order).items():
            if account in ("goods_due", "postage_due", "red_packet_cost", "discount_given", "coupon_cost"):
                assert stands.get(account, 0) == fen, (order, account)


def buy(form):
    return place_many(by=HOUSE, placings=[form], at=now())[0]


@pytest.mark.parametrize("stock", [1, 10])
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_no_oversell_and_no_false_sold_out_with_offers_safety_and_quotas(stock, round_):
    dice = random.Random(1000 * round_ + stock)
    one, two = own_shop(), own_shop("OW02")
    skus = [goods(code, pieces=stock + 1, in_shops=[one, two]) for code in ("TEA", "RICE")]
    Balance.objects.update(safety=1)
    Quota.objects.create(shop=two, sku=skus[0], pieces=stock // 2)
    offer("reduction", {"tiers": [{"at": 5000, "off_fen": 300}]}, times=BUYERS // 2)
    forms = []
    for number in range(BUYERS):
        lines = [(sku, dice.randint(1, 3)) for sku in (skus if number % 2 else reversed(skus))]
        shop = two if number % 4 == 3 else one
        forms.append(placing(*lines, by=buyer(f"买家{number}"), shop=shop))
    results = race(*[partial(buy, form) for form in forms])
    assert refusals(results) == []
    sound()
    for sku in skus:
        shelf = Balance.objects.get(sku=sku)
        assert shelf.promised <= shelf.on_hand - shelf.safety
    for form, result in zip(forms, results, strict=True):
        assert result.result in ("placed", "sold_out", "offer_gone", "price_changed"), result
        if result.result == "sold_out":
            left = sellable(form.shop.pk, [sku for sku, _n in form.lines], at=now())
            assert any(n > left[sku] for sku, n in form.lines), "told sold out while enough was left"
    for made in Offer.objects.exclude(times=None):
        assert made.used_times <= made.times


def test_enough_for_all_is_sold_to_all():
    tea = goods(pieces=BUYERS * 2)
    forms = [placing((tea, 2), by=buyer(f"买家{n}")) for n in range(BUYERS)]
    results = race(*[partial(buy, form) for form in forms])
    assert [r.result for r in results] == ["placed"] * BUYERS
    assert Balance.objects.get().promised == BUYERS * 2


def test_control_without_the_lock_and_the_check_the_same_goods_go_to_many(monkeypatch):
    tea = goods(pieces=1)
    forms = [placing((tea, 1), by=buyer(f"买家{n}")) for n in range(8)]

    def look_without_locking(*, skus, warehouses=None):
        seen = list(Balance.objects.select_related("warehouse").filter(sku_id__in=list(skus)))
        time.sleep(0.1)
        return seen

    monkeypatch.setattr(promises, "lock_balances", look_without_locking)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stock_balance DROP CONSTRAINT never_promise_more_than_on_hand")
    try:
        results = race(*[partial(buy, form) for form in forms])
        assert sum(r.ok for r in results) > 1
    finally:
        Balance.objects.all().update(promised=0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE stock_balance ADD CONSTRAINT never_promise_more_than_on_hand "
                "CHECK (promised >= 0 AND promised <= on_hand)"
            )


def test_the_same_key_fifty_times_at_once_is_one_order():
    tea = goods(pieces=100)
    form = placing((tea, 1), key="the same")
    results = race(*[partial(buy, form)] * 50)
    assert refusals(results) == []
    assert len({r.order_id for r in results}) == 1
    assert sum(not r.repeated for r in results) == 1
    assert Order.objects.count() == 1
    assert Balance.objects.get().promised == 1
    assert buy(placing((tea, 2), key="the same")).code == "key_taken"


def test_control_without_the_key_fifty_forms_are_many_orders():
    tea = goods(pieces=100)
    form = placing((tea, 1), key="the same")
    with mock.patch("zhanggui.checkout.actions.submits.once_many", return_value={}):
        race(*[partial(buy, form)] * 8)
    assert Order.objects.count() == 8


def test_the_last_coupon_and_the_last_red_packet_go_once():
    me, tea = buyer(), goods(pieces=100)
    coupon(500, 500, to=me)
    red_packet(me, 700)
    results = race(*[partial(buy, placing((tea, 1))) for _ in range(8)])
    assert refusals(results) == []
    assert {r.result for r in results} <= {"placed", "offer_gone"}
    held = Order.objects.filter(red_fen__gt=0)
    assert held.count() == 1
    assert Coupon.objects.get().state == "held"
    assert RedPacket.objects.get().held_fen == 700
    assert Balance.objects.get().promised == sum(r.ok for r in results)


def _acts(order, payment, me):
    def pay():
        return take(by=HOUSE, told=[told(payment)], at=now())[0]

    def close():
        return fire_due()

    def give_up():
        try:
            cancel(by=HOUSE, buyer=me, order=order, reason="买家不想买了", at=now())
        except NotNow:
            return "late"
        return "cancelled"

    return {"pay": pay, "close": close, "cancel": give_up}


@pytest.mark.parametrize("acts", list(itertools.permutations(["pay", "close", "cancel"])))
def test_pay_close_and_cancel_at_the_same_instant_have_one_winner(acts):
    me, tea = buyer(), goods(pieces=1)
    red_packet(me, 500)
    order = placed((tea, 1))
    payment = opened(order)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    runners = _acts(order, payment, me)
    results = race(*[runners[name] for name in acts])
    assert refusals(results) == []
    order.refresh_from_db()
    payment.refresh_from_db()
    assert payment.state == "paid"
    back = sum(MoneyBack.objects.values_list("amount_fen", flat=True))
    if order.state == "paid":
        assert (back, order.paid_fen - order.red_fen) == (0, payment.amount_fen)
        assert Balance.objects.get().promised == 1
    else:
        assert (order.state, back) == ("closed_unpaid", payment.amount_fen), "a payment was lost"
        assert Balance.objects.get().promised == 0
    sound()


@pytest.mark.parametrize("acts", list(itertools.permutations(["pay", "close", "cancel"])))
def test_in_every_order_of_events_no_payment_is_lost(acts):
    """The same acts one after the other: what comes late revives the order, since its goods are still there; only what
    its buyer cancelled stays cancelled, and its money goes back."""
    me, tea = buyer(), goods(pieces=1)
    order = placed((tea, 1))
    payment = opened(order)
    Timer.objects.update(due_at=now() - timedelta(seconds=1))
    runners = _acts(order, payment, me)
    for name in acts:
        runners[name]()
        sound()
    order.refresh_from_db()
    if acts[0] == "cancel":
        assert (order.state, order.close_reason) == ("closed_unpaid", "买家不想买了")
        assert [back.amount_fen for back in MoneyBack.objects.all()] == [payment.amount_fen]
        return
    assert order.state == "paid"
    assert MoneyBack.objects.count() == 0


def test_a_notice_fifteen_times_at_once_pays_once():
    order = placed((goods(), 1))
    payment = opened(order)
    results = race(*[lambda: take(by=HOUSE, told=[told(payment)], at=now())[0]] * 15)
    assert sorted(results) == ["paid"] + ["repeated"] * 14
    assert balances()["escrow"] == payment.amount_fen
    sound()


def test_control_without_the_payments_own_state_a_repeated_notice_sends_the_money_back(monkeypatch):
    order = placed((goods(), 1))
    payment = opened(order)

    def believe(one, row, at):
        row.state, row.told_fen, row.paid_at = "paid", 2 * one.amount_fen, one.paid_at
        return "paid"

    monkeypatch.setattr(payments, "_hear", believe)
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["paid"]
    assert take(by=HOUSE, told=[told(payment)], at=now()) == ["back"]
    assert MoneyBack.objects.count() == 1


def test_the_requests_of_a_process_share_one_transaction_and_each_has_its_outcome():
    tea = goods(pieces=8)
    lists = []

    def place(placings, at) -> list[Placed]:
        lists.append(len(placings))
        time.sleep(0.05)
        return place_many(by=HOUSE, placings=placings, at=at)

    line = gathering.Gathering(place)
    forms = [placing((tea, 1), by=buyer(f"买家{n}")) for n in range(BUYERS)]
    results = race(*[lambda f=form: line.submit([f])[0] for form in forms])
    assert refusals(results) == []
    assert [r.key for r in results] == [form.key for form in forms]
    assert sum(r.ok for r in results) == 8
    assert len(lists) < BUYERS
    assert sum(lists) == BUYERS
    sound()


def test_a_broken_placing_hurts_no_other_and_nobody_waits_for_ever():
    tea = goods(pieces=50)

    def place(placings, at):
        if any(p.message == "broken" for p in placings):
            raise ZeroDivisionError
        time.sleep(0.02)
        return place_many(by=HOUSE, placings=placings, at=at)

    line = gathering.Gathering(place, most=4)
    forms = [
        placing((tea, 1), by=buyer(f"买家{n}"), message="broken" if n == 5 else "") for n in range(BUYERS)
    ]
    results = race(*[lambda f=form: line.submit([f])[0] for form in forms])
    assert isinstance(results[5], ZeroDivisionError)
    assert all(r.ok for n, r in enumerate(results) if n != 5)
    assert Order.objects.count() == BUYERS - 1
    assert Submit.objects.count() == BUYERS - 1
    assert cast.merchant()
