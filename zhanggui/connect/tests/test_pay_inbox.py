"""Notices of payments: believed or not, stored once, answered, then acted on (B2.3, G2.2)."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.cast import HOUSE
from zhanggui.checkout.acting import HOUSE as TILL
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import goods, placed
from zhanggui.connect.models import PayAccount, PayNotice
from zhanggui.connect.payment import asking, inbox
from zhanggui.connect.payment.accounts import NoAccount, ways
from zhanggui.connect.tests.pay_cast import account, notice
from zhanggui.journal.models import Entry
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.closing import close_many
from zhanggui.orders.models import Order
from zhanggui.orders.states import CloseReason, State
from zhanggui.shops.models import Merchant

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.fixture
def order():
    account()
    return placed((goods(), 1))


@pytest.fixture
def payment(order):
    return open_payment(by=TILL, order_ids=[order.pk], provider="alipay", at=now())


def send(body: str, provider: str = "alipay"):
    return Client(enforce_csrf_checks=True).post(f"/notify/{provider}/", body, content_type=FORM)


def deliver() -> None:
    while deliver_due():
        pass


def nothing_happened(payment: Payment) -> bool:
    deliver()
    payment.refresh_from_db()
    return payment.state == "open" and not PayNotice.objects.exists()


def refusals() -> list[str]:
    return list(Entry.objects.filter(what="pay_notice.refused").values_list("reason", flat=True))


def test_a_notice_pays_the_order_and_is_answered_before(payment, order):
    answer = send(notice(payment))
    assert (answer.status_code, answer.content) == (200, b"success")
    order.refresh_from_db()
    assert order.state == State.UNPAID, "acted on after the answer, not before"
    deliver()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state) == (State.PAID, "paid")
    assert payment.provider_ref == "2026110122001400000000000001"
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen
    assert unbalanced() == []


def test_fifteen_repetitions_pay_once(payment, order):
    for _ in range(15):
        assert send(notice(payment)).content == b"success"
        deliver()
    row = PayNotice.objects.get()
    assert (row.came, row.state) == (15, "done")
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen
    assert Entry.objects.filter(what="payment.paid").count() == 1


def test_acting_twice_changes_nothing(payment, order):
    send(notice(payment))
    row = PayNotice.objects.get()
    assert inbox.act(by=HOUSE, notice_id=row.pk, at=now()) == "paid"
    PayNotice.objects.update(state="new")
    assert inbox.act(by=HOUSE, notice_id=row.pk, at=now()) == "repeated"
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (lambda p: notice(p, by="thief"), "wrong signature"),
        (lambda p: notice(p).replace("TRADE_SUCCESS", "TRADE_FINISHED"), "wrong signature"),
        (lambda p: notice(p) + "&trade_status=TRADE_SUCCESS", "doubled field"),
        (lambda p: notice(p, app_id="2021000000000009"), "other merchant"),
        (lambda p: notice(p, trade_status="NEW_WORD"), "unreadable"),
        (lambda p: notice(p, total_amount="1e3"), "unreadable"),
        (lambda p: notice(p, total_amount="NaN"), "unreadable"),
        (lambda p: notice(p, total_amount="-60.00"), "unreadable"),
        (lambda p: notice(p, total_amount="６０.00"), "unreadable"),
        (lambda p: notice(p, total_amount="+60.00"), "unreadable"),
        (lambda p: notice(p, total_amount=" 60.00"), "unreadable"),
        (lambda p: notice(p, total_amount="60.000"), "unreadable"),
        (lambda p: notice(p, total_amount="0"), "unreadable"),
        (lambda p: notice(p, notify_id=""), "unreadable"),
        (lambda p: "%ff%fe=1", "unreadable"),
        (lambda p: "", "other merchant"),
    ],
)
def test_what_is_not_believed_is_refused_noted_and_not_stored(payment, body, reason):
    answer = send(body(payment))
    assert answer.status_code == 400
    assert b"success" not in answer.content
    assert nothing_happened(payment)
    assert refusals() == [f"alipay: {reason}"]


def test_a_thousand_bad_notices_do_not_fill_the_daybook(payment, monkeypatch):
    monkeypatch.setattr(inbox, "_MOST_LINES", 5)
    for _ in range(12):
        send(notice(payment, by="thief"))
    assert len(refusals()) == 5


def test_another_merchants_own_notice_cannot_pay_ours(payment):
    thief = Merchant.objects.create(name="别家")
    account(app="2021000000000666", merchant_id=thief.pk)
    answer = send(notice(payment, app_id="2021000000000666"))
    assert answer.status_code == 400
    assert nothing_happened(payment)
    assert refusals() == ["alipay: other merchant"]


def test_control_without_the_merchant_check_it_would_pay(payment, monkeypatch):
    thief = Merchant.objects.create(name="别家")
    account(app="2021000000000666", merchant_id=thief.pk)
    monkeypatch.setattr(inbox, "_owners", lambda numbers: {})
    send(notice(payment, app_id="2021000000000666"))
    assert not nothing_happened(payment), "the check is what stops it"


def test_another_sum_is_held_for_a_person(payment, order):
    send(notice(payment, total_amount="0.01"))
    deliver()
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, payment.told_fen, order.state) == ("wrong", 1, State.UNPAID)
    assert PayNotice.objects.get().trouble == "wrong_amount"
    assert balances(order_id=order.pk)["stray"] == -1


@pytest.mark.parametrize(
    "more", [{"total_amount": "0.02"}, {"total_amount": "0.01", "trade_no": "2026110122001499"}]
)
def test_more_money_after_a_wrong_sum_is_parked(payment, order, more):
    send(notice(payment, total_amount="0.01"))
    send(notice(payment, notify_id="m" * 32, **more))
    deliver()
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, payment.told_fen, order.state) == ("wrong", 1, State.UNPAID)
    second = PayNotice.objects.get(event="m" * 32)
    assert (second.state, second.trouble) == ("parked", "another amount or trade")
    assert Entry.objects.filter(what="pay_notice.parked").count() == 1


def test_a_second_trade_for_a_paid_payment_is_parked_and_a_repetition_is_not(payment, order):
    send(notice(payment))
    send(notice(payment, notify_id="r" * 32))
    send(notice(payment, notify_id="m" * 32, trade_no="2026110122001499"))
    deliver()
    payment.refresh_from_db()
    assert (payment.state, payment.provider_ref) == ("paid", "2026110122001400000000000001")
    assert dict(PayNotice.objects.values_list("event", "state")) == {
        "n" * 32: "done", "r" * 32: "done", "m" * 32: "parked"
    }  # fmt: skip
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen
    assert unbalanced() == []


def test_a_payment_whose_account_was_closed_is_closed_after_its_time(payment):
    PayAccount.objects.update(active=False)
    with pytest.raises(NoAccount):
        asking.ask(payment, at=payment.closes_at)
    assert asking.ask(payment, at=payment.closes_at + timedelta(minutes=1)) == 1
    payment.refresh_from_db()
    assert payment.state == "closed"


def test_a_payment_that_nobody_knows_is_parked(payment):
    stranger = Payment(number="P0000", amount_fen=100)
    assert send(notice(stranger)).content == b"success"
    deliver()
    row = PayNotice.objects.get()
    assert (row.state, row.trouble) == ("parked", "unknown payment")
    assert Entry.objects.filter(what="pay_notice.parked").count() == 1


def test_money_for_a_closed_order_comes_back_to_life_or_goes_back(payment, order):
    made = now() - timedelta(minutes=1)  # an order cannot be closed in its first seconds
    Order.objects.filter(pk=order.pk).update(placed_at=made)
    close_many(by=HOUSE, order_ids=[order.pk], reason=CloseReason.values[0], at=now())
    order.refresh_from_db()
    assert order.state == State.CLOSED_UNPAID
    send(notice(payment))
    deliver()
    order.refresh_from_db()
    back = MoneyBack.objects.filter(payment=payment).first()
    assert (order.state == State.PAID) != (back is not None), "one of the two, never lost, never both"
    assert unbalanced() == []


def test_out_of_order_a_late_closed_does_not_unpay(payment, order):
    send(notice(payment))
    send(notice(payment, notify_id="m" * 32, trade_status="WAIT_BUYER_PAY"))
    send(notice(payment, notify_id="l" * 32, trade_status="TRADE_CLOSED"))
    deliver()
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state) == (State.PAID, "paid")


def test_the_sandbox_refuses_a_replay_of_six_minutes_ago(order, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:1"
    account("sandbox", app="2021000000000002", gateway="http://127.0.0.1:1/gateway.do")
    one = open_payment(by=TILL, order_ids=[order.pk], provider="sandbox", at=now())
    old = now() - timedelta(minutes=6)
    assert send(notice(one, app_id="2021000000000002", at=old), "sandbox").status_code == 400
    assert nothing_happened(one)
    assert refusals() == ["sandbox: replay"]
    assert send(notice(one, app_id="2021000000000002"), "sandbox").content == b"success"


def test_nothing_of_a_sandbox_is_believed_where_none_runs(order, settings):
    settings.SANDBOX_URL = ""
    account("sandbox", app="2021000000000002")
    one = open_payment(by=TILL, order_ids=[order.pk], provider="sandbox", at=now())
    assert send(notice(one, app_id="2021000000000002"), "sandbox").status_code == 400
    assert nothing_happened(one)
    assert ways(one.merchant_id) == ["alipay"]


def test_too_much_is_not_read(payment):
    assert send("a=" + "x" * 70_000).status_code == 413
    assert nothing_happened(payment)


def test_an_unknown_provider_is_nowhere_and_reading_is_no_notice(payment):
    assert send(notice(payment), "nobody").status_code == 404
    assert Client().get("/notify/alipay/").status_code == 405


def test_a_repetition_costs_little(payment, django_assert_max_num_queries):
    send(notice(payment))
    with django_assert_max_num_queries(9):
        send(notice(payment))
