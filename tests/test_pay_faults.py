"""G2.2, G2.3, G3.3, G3.4: what payment providers do on a bad day, with a provider that is a process of its own.

The house answers over real HTTP (pytest's live server); what its worker does is called here, so that no story waits.
Each guard has its control: without it the same fault does do harm.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from tests.cast import HOUSE, merchant, staff
from zhanggui.checkout import queries
from zhanggui.checkout.acting import HOUSE as TILL
from zhanggui.checkout.actions import backs as ask_backs
from zhanggui.checkout.actions import straying
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import goods, placed
from zhanggui.connect.models import PayAccount, PayBill, PayErrand, PayNotice
from zhanggui.connect.payment import asking, backs, billing, inbox, ports
from zhanggui.connect.payment.accounts import account_of, ways
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.connect.payment.setting_up import close_account, empty_account
from zhanggui.connect.tests.pay_cast import account as account_row
from zhanggui.connect.tests.pay_process import cashier
from zhanggui.connect.tests.test_killed import _environment
from zhanggui.journal.models import Entry
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import NotNow
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.actions.receipt import settle_refund
from zhanggui.orders.states import State
from zhanggui.people.actors import actor_of
from zhanggui.people.powers import Power
from zhanggui.site.tests.house import until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
HEALTHY = {
    "lose": 0,
    "double": 1,
    "delay": 0,
    "shuffle": 0,
    "wrong_amount": 0,
    "wrong_sign": False,
    "other_app": "",
    "stale": 0,
    "refund_refused": 0,
    "refund_dies": 0,
    "down": False,
}


@pytest.fixture(scope="module")
def till(tmp_path_factory):
    with cashier(tmp_path_factory.mktemp("sandbox"), "--factor", "0.0005") as running:
        yield running


@pytest.fixture(autouse=True)
def _house(till, settings, live_server):
    settings.SANDBOX_URL = till.url
    settings.PUBLIC_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    till.faults(**HEALTHY)
    ensure_account(by=HOUSE, merchant_id=merchant().pk, home=till.home, gateway=till.gateway)


def waiting():
    """An order of an own shop and its open payment."""
    order = placed((goods(f"T{time.monotonic_ns()}"), 1))
    return order, open_payment(by=TILL, order_ids=[order.pk], provider="sandbox", at=now())


def start(payment: Payment) -> str:
    return ports.provider("sandbox").start(payment, return_url="http://shop.example/").url


def deliver() -> None:
    while deliver_due():
        pass


def sent(till, payment: Payment) -> list[dict]:
    return [row for row in till.state()["notices"] if payment.number in row["fields"]]


def all_answered(till, payment: Payment):
    """Wait until the provider needs to tell nothing more."""
    until(lambda: (rows := sent(till, payment)) and all(row["answered"] for row in rows), 20)


def later(payment: Payment, seconds: int) -> None:
    """Let the payment be that much older."""
    Payment.objects.filter(pk=payment.pk).update(made_at=now() - timedelta(seconds=seconds))


def is_paid(order, payment) -> bool:
    order.refresh_from_db()
    payment.refresh_from_db()
    return order.state == State.PAID and payment.state == "paid"


def test_a_buyer_pays_and_the_notice_comes(till):
    order, payment = waiting()
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    assert is_paid(order, payment)
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen


def test_fifteen_notices_out_of_order_pay_once(till):
    order, payment = waiting()
    till.faults(double=15, shuffle=0.5)
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    assert is_paid(order, payment)
    assert PayNotice.objects.get(number=payment.number).came == 15
    assert balances(order_id=order.pk)["escrow"] == payment.amount_fen
    assert Entry.objects.filter(what="payment.paid", object_id=payment.pk).count() == 1
    assert unbalanced() == []


def test_notices_are_repeated_while_nobody_answers(till, settings):
    order, payment = waiting()
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    url = start(payment)
    till.pay(url)
    until(lambda: sent(till, payment)[0]["sent"] >= 3, 20)
    assert not is_paid(order, payment)
    assert [row["answered"] for row in sent(till, payment)] in ([""], ["given up"])


def test_a_notice_that_never_comes_is_found_by_asking(till):
    order, payment = waiting()
    till.faults(lose=1)
    till.pay(start(payment))
    assert asking.ask_open() == 0, "too early"
    later(payment, 31)
    assert asking.ask_open() == 1
    assert is_paid(order, payment)
    assert not PayNotice.objects.filter(number=payment.number).exists()


def test_control_without_asking_the_lost_notice_stays_lost(till):
    order, payment = waiting()
    till.faults(lose=1)
    till.pay(start(payment))
    later(payment, 31)
    deliver()
    assert not is_paid(order, payment)


def test_a_wrong_signature_is_never_believed_and_the_query_sets_it_right(till):
    order, payment = waiting()
    till.faults(wrong_sign=True)
    till.pay(start(payment))
    until(lambda: sent(till, payment)[0]["sent"] >= 1, 20)
    deliver()
    assert not is_paid(order, payment)
    assert not PayNotice.objects.filter(number=payment.number).exists()
    assert Entry.objects.filter(what="pay_notice.refused", reason="sandbox: wrong signature").exists()
    later(payment, 31)
    asking.ask_open()
    assert is_paid(order, payment)


def test_control_without_the_signature_check_anybody_could_pay(till, monkeypatch):
    order, payment = waiting()
    monkeypatch.setattr("zhanggui.connect.payment.alipay.verified", lambda client, given: True)
    till.faults(wrong_sign=True)
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    assert is_paid(order, payment)


def test_another_sum_is_held_and_told(till):
    order, payment = waiting()
    till.faults(wrong_amount=-1)
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    payment.refresh_from_db()
    order.refresh_from_db()
    assert (payment.state, order.state) == ("wrong", State.UNPAID)
    assert balances(order_id=order.pk)["stray"] == -(payment.amount_fen - 1)


def test_another_merchants_name_and_old_notices_are_refused(till):
    for fault, reason in (({"other_app": "sandbox999999"}, "other merchant"), ({"stale": 400}, "replay")):
        order, payment = waiting()
        till.faults(**(HEALTHY | fault))
        till.pay(start(payment))
        until(lambda payment=payment: sent(till, payment)[0]["sent"] >= 1, 20)
        deliver()
        assert not is_paid(order, payment)
        assert Entry.objects.filter(what="pay_notice.refused", reason=f"sandbox: {reason}").exists()


def test_a_payment_whose_time_is_over_is_closed_at_the_provider_first(till):
    _order, payment = waiting()
    till.arrive(start(payment))
    Payment.objects.filter(pk=payment.pk).update(closes_at=now() - timedelta(minutes=1))
    later(payment, 600)
    asking.ask_open()
    payment.refresh_from_db()
    assert payment.state == "closed"
    trade = next(row for row in till.state()["trades"] if row["number"] == payment.number)
    assert trade["state"] == "TRADE_CLOSED"


def test_who_paid_in_the_last_moment_has_paid(till):
    order, payment = waiting()
    till.faults(lose=1)
    till.pay(start(payment))
    Payment.objects.filter(pk=payment.pk).update(closes_at=now() - timedelta(minutes=1))
    later(payment, 600)
    asking.ask_open()
    assert is_paid(order, payment)


def test_a_provider_that_is_down_costs_one_question_and_no_payment(till):
    both = [waiting(), waiting()]
    till.faults(lose=1)
    for _order, payment in both:
        till.pay(start(payment))
        later(payment, 31)
    till.faults(down=True)
    assert asking.ask_open() == 0
    assert sum(p.asked_at is not None for p in Payment.objects.filter(state="open")) == 1
    till.faults(down=False)
    Payment.objects.update(asked_at=None)
    assert asking.ask_open() == 2


def paid_one(till):
    order, payment = waiting()
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    payment.refresh_from_db()
    return order, payment


def ask_back(order, payment, fen: int, ref: str) -> MoneyBack:
    made = ask_backs.ask(
        by=HOUSE, payment=payment, order=order, amount_fen=fen, why="test", ref=ref, at=now()
    )
    assert made is not None
    return made


def paid_out(till, ref: str) -> list[int]:
    return [row["fen"] for row in till.state()["refunds"] if row["ref"].startswith(ref)]


def test_a_refund_is_carried_out_after_commit_and_noted_once(till):
    order, payment = paid_one(till)
    back = ask_back(order, payment, 500, "R-ONE")
    deliver()
    assert PayErrand.objects.filter(object_id=back.pk, done_at__isnull=True).exists()
    assert paid_out(till, "R-ONE") == [], "no listener calls a provider"
    assert backs.carry_out() == 1
    for _ in range(20):
        backs.note()
        assert backs.carry_out() == 0
    back.refresh_from_db()
    assert (back.state, paid_out(till, "R-ONE")) == ("done", [500])


def test_an_answer_that_is_lost_is_asked_for_again(till):
    order, payment = paid_one(till)
    back = ask_back(order, payment, 500, "R-LOST")
    till.faults(refund_dies=2)
    backs.note()
    for _ in range(3):
        backs.carry_out()
        PayErrand.objects.update(next_at=now() - timedelta(seconds=1))
    back.refresh_from_db()
    assert (back.state, paid_out(till, "R-LOST")) == ("done", [500])


def test_control_a_fresh_ref_each_time_pays_out_twice(till, monkeypatch):
    order, payment = paid_one(till)
    ask_back(order, payment, 500, "R-FRESH")
    refund = type(ports.provider("sandbox")).refund
    count = iter(range(100))

    def forgetful(self, back):
        back.ref = f"{back.ref}-{next(count)}"
        return refund(self, back)

    monkeypatch.setattr(type(ports.provider("sandbox")), "refund", forgetful)
    till.faults(refund_dies=1)
    backs.note()
    for _ in range(2):
        backs.carry_out()
        PayErrand.objects.update(next_at=now() - timedelta(seconds=1))
    assert paid_out(till, "R-FRESH") == [500, 500]


RUN = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "zhanggui.site.settings"
import django
django.setup()
from zhanggui.connect.payment import backs, below
kept = below.back_done
def slowly(**given):
    print("answered", flush=True)
    time.sleep(float(sys.argv[1]))
    kept(**given)
below.back_done = slowly
print("ready", flush=True)
while True:
    backs.carry_out()
    time.sleep(0.05)
"""
KILLS = int(os.environ.get("ZHANGGUI_PAY_KILLS", "6"))


def test_killed_between_the_answer_and_the_note_it_pays_out_once(till):
    """G3.3: the provider has paid, and the process dies before it can write that down; again and again."""
    order, payment = paid_one(till)
    made = [ask_back(order, payment, 10 + n, f"R-KILL{n}") for n in range(3)]
    backs.note()
    env = _environment(django_settings.HOME) | {"ZHANGGUI_SANDBOX_URL": till.url}
    for n in range(KILLS):
        running = subprocess.Popen(
            [sys.executable, "-c", RUN, "30" if n else "30"], env=env, stdout=subprocess.PIPE, text=True
        )
        assert running.stdout is not None
        assert [running.stdout.readline().strip() for _ in range(2)] == ["ready", "answered"]
        running.send_signal(signal.SIGKILL)
        running.wait(20)
        running.stdout.close()
    assert MoneyBack.objects.filter(state="asked").count() == 3, "nothing was noted, whatever was paid out"
    PayErrand.objects.update(next_at=now() - timedelta(seconds=1))
    assert backs.carry_out() == 3
    for n, back in enumerate(made):
        back.refresh_from_db()
        assert back.state == "done"
        assert paid_out(till, back.ref) == [10 + n]
    assert unbalanced() == []


def test_every_difference_of_a_day_is_found_and_no_other(till):
    """G3.4 over the real files: a zip with a GBK table, with one fault of each kind put into it."""
    kept = [paid_one(till) for _ in range(5)]
    order, payment = kept[0]
    ask_back(order, payment, 700, "R-DAY")
    backs.note()
    backs.carry_out()
    account, day = account_of(merchant().pk, "sandbox"), day_of(now())

    def compare():
        rows = [r for r in ports.provider("sandbox").bill(account, day) if r.number in numbers]
        return billing.keep(by=HOUSE, account=account, day=day, rows=rows, at=now())

    numbers = {p.number for _o, p in kept} | {"P-EXTRA"}
    assert not compare().differences.exists(), "an honest day has none"
    assert PayBill.objects.get().fee_fen == sum(p.fee_fen for p in Payment.objects.filter(number__in=numbers))
    till.bill("DELETE FROM bill WHERE number = ?", kept[1][1].number)
    till.bill("UPDATE bill SET fen = fen + 1 WHERE number = ? AND kind = '在线支付'", kept[2][1].number)
    till.bill("UPDATE bill SET fen = fen - 1 WHERE number = ? AND kind = '收费'", kept[3][1].number)
    till.bill("UPDATE bill SET fen = fen - 1 WHERE number = ? AND kind = '交易退款'", payment.number)
    till.bill(
        "INSERT INTO bill SELECT app, day, kind, 'P-EXTRA', trade_no, fen, at, note FROM bill WHERE number = ? "
        "AND kind = '在线支付'",
        kept[4][1].number,
    )
    found = {(d.kind, d.what, d.number) for d in compare().differences.all()}
    assert found == {
        ("missing", "paid", kept[1][1].number),
        ("amount", "paid", kept[2][1].number),
        ("fee", "paid", kept[3][1].number),
        ("amount", "back", payment.number),
        ("extra", "paid", "P-EXTRA"),
    }


def test_control_a_replayed_notice_is_only_stopped_by_its_event(till, monkeypatch):
    """Without the unique event the inbox would hold as many rows as notices came."""
    _order, payment = waiting()
    monkeypatch.setattr(inbox, "_event", lambda one: f"{one.event[:20]}{time.monotonic_ns()}")
    till.faults(double=4)
    till.pay(start(payment))
    all_answered(till, payment)
    deliver()
    assert PayNotice.objects.filter(number=payment.number).count() == 4


def all_told(till, number: str) -> None:
    """Wait until every notice about this number was answered."""
    told = lambda: [row for row in till.state()["notices"] if number in row["fields"]]  # noqa: E731
    until(lambda: (rows := told()) and all(row["answered"] for row in rows), 20)


def cash(till) -> int:
    """What the provider holds of the payments it took: came, less what went back."""
    trades = [row for row in till.state()["trades"] if row["paid"] and row["number"] in OURS]
    return sum(row["fen"] - row["refunded"] for row in trades)


OURS: set[str] = set()


@pytest.fixture
def paid_here(till):
    """A paid order and its payment; the provider's money is counted from here on."""
    OURS.clear()
    order, payment = paid_one(till)
    order.refresh_from_db()
    OURS.add(payment.number)
    return order, payment


def adds_up(till) -> bool:
    """Escrow is what the provider holds, and the stray money is what its rows say: to the fen."""
    escrow = balances().get("escrow", 0) + sum(Payment.objects.values_list("fee_fen", flat=True))
    return unbalanced() == [] and queries.stray().off_fen == 0 and escrow == cash(till)


def honest_day(till) -> PayBill:
    account, day = account_of(merchant().pk, "sandbox"), day_of(now())
    rows = [row for row in ports.provider("sandbox").bill(account, day) if row.number in OURS]
    return billing.keep(by=HOUSE, account=account, day=day, rows=rows, at=now())


@pytest.mark.parametrize("whose", ["the same payment", "nobody's"])
def test_more_money_stands_in_the_books_and_goes_back_by_its_own_trade(till, paid_here, whose):
    """A second trade for one payment, or money for a payment that nobody knows: fifteen notices, one row, one way back."""
    order, payment = paid_here
    number = payment.number if whose == "the same payment" else "P-NOBODY"
    OURS.add(number)
    till.faults(double=15, shuffle=0.3)
    trade = till.pay_beside(payment.number, number=number, fen=4321)
    all_told(till, number)
    deliver()
    stray = Payment.objects.get(state="stray")
    assert (stray.provider_ref, stray.told_fen, stray.told_number) == (trade, 4321, number)
    assert balances()["stray"] == -4321
    assert adds_up(till)
    assert is_paid(order, payment), "nothing of the order changed"
    assert not honest_day(till).differences.exists(), "the bill has it, and so have we"
    assert straying.give_back(by=HOUSE, payment=stray, reason="来款不明", at=now())
    deliver()
    backs.carry_out()
    backs.note()
    assert backs.carry_out() == 0
    state = till.state()
    assert [row["refunded"] for row in state["trades"] if row["trade_no"] == trade] == [4321]
    assert [row["refunded"] for row in state["trades"] if row["trade_no"] == payment.provider_ref] == [0]
    assert "stray" not in balances()
    assert not PayNotice.objects.filter(state="parked").exists()
    assert adds_up(till)
    assert not honest_day(till).differences.exists()


def test_control_a_refund_by_our_own_number_hits_the_wrong_trade(till, paid_here, monkeypatch):
    _order, payment = paid_here
    till.pay_beside(payment.number, fen=4321)
    all_told(till, payment.number)
    deliver()
    monkeypatch.setattr(Payment, "by_trade", False)
    stray = Payment.objects.get(state="stray")
    Payment.objects.filter(pk=payment.pk).update(number="P-HIDDEN")
    Payment.objects.filter(pk=stray.pk).update(number=payment.number)
    stray.refresh_from_db()
    assert straying.give_back(by=HOUSE, payment=stray, reason="来款不明", at=now())
    backs.note()
    backs.carry_out()
    trades = {row["trade_no"]: row["refunded"] for row in till.state()["trades"]}
    assert (trades[payment.provider_ref], trades[stray.provider_ref]) == (4321, 0)


def test_control_without_a_row_for_it_the_money_is_missing_from_the_books(till, paid_here, monkeypatch):
    _order, payment = paid_here
    monkeypatch.setattr("zhanggui.checkout.actions.stray.record", lambda **given: [])
    till.pay_beside(payment.number, fen=4321)
    all_told(till, payment.number)
    deliver()
    assert not adds_up(till)
    assert honest_day(till).differences.filter(kind="extra").exists()


def test_money_that_no_notice_told_of_is_booked_from_the_bill(till, paid_here):
    _order, payment = paid_here
    till.faults(lose=1)
    trade = till.pay_beside(payment.number, fen=4321)
    assert not adds_up(till)
    extra = honest_day(till).differences.get()
    assert (extra.kind, extra.ref, extra.theirs_fen) == ("extra", trade, 4321)
    billing.book_extra(by=HOUSE, difference_id=extra.pk, note="账单里有", at=now())
    assert adds_up(till)
    assert not honest_day(till).differences.filter(settled_at__isnull=True).exists()


def test_more_money_pays_another_order_of_the_same_buyer(till, paid_here):
    _order, payment = paid_here
    other = placed((goods(f"T{time.monotonic_ns()}", price_fen=3321), 1))
    till.pay_beside(payment.number, fen=4321)
    all_told(till, payment.number)
    deliver()
    stray = Payment.objects.get(state="stray")
    assert straying.assign(by=HOUSE, payment=stray, order=other, reason="买家付错了单", at=now())
    other.refresh_from_db()
    assert (other.state, other.paid_fen) == (State.PAID, 4321)
    assert adds_up(till)
    assert not honest_day(till).differences.exists()


@pytest.fixture
def refused(till, paid_here):
    """A refund that the provider refuses for good."""
    order, payment = paid_here
    settle_refund(by=HOUSE, order=order, refunded_fen=order.paid_fen, at=now())
    deliver()
    till.faults(refund_refused=1)
    backs.note()
    backs.carry_out()
    back = MoneyBack.objects.get(payment=payment)
    assert back.state == "failed"
    return payment, back


def by_bank(back: MoneyBack) -> None:
    one, two = (actor_of(staff(name, Power.PAYMENT_SETTLE)) for name in ("money1", "money2"))
    assert not ask_backs.by_hand(by=one, back=back, bank_ref="BANK-1", at=now())
    assert ask_backs.by_hand(by=two, back=back, bank_ref="BANK-1", at=now())


@pytest.mark.parametrize("told_by", ["notice", "bill"])
def test_a_late_success_after_a_repayment_by_bank_is_a_doubt(till, refused, told_by):
    payment, back = refused
    by_bank(back)
    assert balances()["bank"] == -back.amount_fen
    assert adds_up(till)
    till.faults(double=10, lose=0 if told_by == "notice" else 1)
    till.refund_anyway(payment.number, back.ref, back.amount_fen)
    if told_by == "notice":
        until(
            lambda: any("out_biz_no" in row["fields"] and row["answered"] for row in sent(till, payment)), 20
        )
        all_answered(till, payment)
        deliver()
    else:
        assert not adds_up(till), "until the bill is read"
        assert not honest_day(till).differences.filter(what="back").exists()
    back.refresh_from_db()
    assert back.doubt_at is not None
    assert balances()["double_back"] == back.amount_fen
    assert Entry.objects.filter(what="money_back.doubt").count() == 1
    assert adds_up(till)
    ask_backs.recovered(by=HOUSE, back=back, reason="买家转回", at=now())
    assert "double_back" not in balances()
    assert "bank" not in balances()


def test_control_who_hears_nothing_of_refunds_has_books_that_are_wrong(till, refused, monkeypatch):
    payment, back = refused
    by_bank(back)
    monkeypatch.setattr("zhanggui.connect.payment.alipay._money_back", lambda heard, given: [])
    till.refund_anyway(payment.number, back.ref, back.amount_fen)
    all_answered(till, payment)
    deliver()
    assert not adds_up(till)


def test_a_late_success_that_nobody_repaid_is_done_after_all(till, refused):
    payment, back = refused
    till.refund_anyway(payment.number, back.ref, back.amount_fen)
    all_answered(till, payment)
    deliver()
    back.refresh_from_db()
    assert (back.state, back.doubt_at) == ("done", None)
    assert balances() == {}
    assert adds_up(till)


@pytest.mark.parametrize("told_by", ["notice", "query"])
def test_a_payment_under_a_closed_account_still_comes_in_and_goes_back(till, told_by):
    order, payment = waiting()
    OURS.clear()
    OURS.add(payment.number)
    url = start(payment)
    row = PayAccount.objects.get(active=True)
    close_account(by=HOUSE, row=row, at=now())
    assert ways(payment.merchant_id) == [], "nothing new"
    with pytest.raises(NotNow):
        empty_account(by=HOUSE, row=row, at=now())
    till.faults(lose=0 if told_by == "notice" else 1)
    till.pay(url)
    if told_by == "notice":
        all_answered(till, payment)
        deliver()
    else:
        later(payment, 31)
        assert asking.ask_open() == 1
    assert is_paid(order, payment)
    back = ask_back(order, payment, 500, f"R-CLOSED-{told_by}")
    backs.note()
    assert backs.carry_out() == 1
    back.refresh_from_db()
    assert (back.state, paid_out(till, back.ref)) == ("done", [500])
    assert adds_up(till)


def test_a_new_account_does_not_answer_for_the_payments_of_the_old_one(till):
    """The closed account's provider is asked for its own payments, the new one's for its own."""
    order, payment = waiting()
    url = start(payment)
    old = PayAccount.objects.get(active=True)
    close_account(by=HOUSE, row=old, at=now())
    keys_of_new = account_row("sandbox", app="2021000000000077", gateway=till.gateway)
    till.faults(lose=1)
    till.pay(url)
    later(payment, 31)
    assert asking.ask_open() == 1
    assert is_paid(order, payment)
    assert keys_of_new.active


def test_control_without_its_keys_the_money_is_never_heard_of(till):
    order, payment = waiting()
    url = start(payment)
    row = PayAccount.objects.get(active=True)
    close_account(by=HOUSE, row=row, at=now())
    PayAccount.objects.filter(pk=row.pk).update(emptied_at=now())
    till.pay(url)
    until(lambda: sent(till, payment)[0]["sent"] >= 1, 20)
    deliver()
    later(payment, 31)
    asking.ask_open()
    assert not is_paid(order, payment)
