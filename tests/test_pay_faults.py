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

from tests.cast import HOUSE, merchant
from zhanggui.checkout.acting import HOUSE as TILL
from zhanggui.checkout.actions import backs as ask_backs
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import goods, placed
from zhanggui.connect.models import PayBill, PayErrand, PayNotice
from zhanggui.connect.payment import asking, backs, billing, inbox, ports
from zhanggui.connect.payment.accounts import account_of
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.connect.tests.pay_process import cashier
from zhanggui.connect.tests.test_killed import _environment
from zhanggui.journal.models import Entry
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import day_of, now
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders.states import State
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
