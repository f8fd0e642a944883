"""Deadlines fire once, by the database's clock, with a guard that looks again."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, shop
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import database_now
from zhanggui.ledger.books import balances
from zhanggui.orders import timers
from zhanggui.orders.actions.prices import change_price
from zhanggui.orders.actions.receipt import open_refund
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.states import LineState, Refund, State
from zhanggui.orders.tasks import fire_timers
from zhanggui.orders.tests.cast import arriving, bring, line, ordered
from zhanggui.orders.timers import due, fire_due

pytestmark = pytest.mark.django_db


def make_due(*orders):
    rows = Timer.objects.filter(order__in=orders) if orders else Timer.objects.all()
    rows.update(due_at=database_now() - timedelta(seconds=1))


def test_an_unpaid_order_is_closed_when_its_time_is_over():
    order, other = ordered(), ordered(placed_at=database_now())
    make_due(order)
    assert due() == 1
    assert fire_due() == 1
    assert fire_due() == 0
    order.refresh_from_db()
    assert (order.state, order.close_reason, order.next_due_at) == (State.CLOSED_UNPAID, "未及时付款", None)
    assert order.timers.get().fired_at is not None
    assert order.timers.get().dropped_at is None
    assert Entry.objects.get(what="order.closed", object_id=order.pk).source == "timer"
    other.refresh_from_db()
    assert other.state == State.UNPAID


def test_ten_days_after_shipping_the_receipt_is_confirmed():
    shipped = database_now() - timedelta(days=10, seconds=1)
    order = ordered(state=State.SHIPPED, shipped_at=shipped)
    fresh = ordered(state=State.SHIPPED, shipped_at=shipped + timedelta(minutes=1))
    # an import leaves a day for the next file; these are judged without it
    for one in (order, fresh):
        Timer.objects.filter(order=one).update(due_at=one.shipped_at + timedelta(days=10))
    assert fire_timers() == 1
    order.refresh_from_db()
    fresh.refresh_from_db()
    assert (order.state, fresh.state) == (State.FINISHED, State.SHIPPED)
    assert balances(order_id=order.pk)["shop_income"] == -5990


def test_an_imported_order_gets_a_day_of_grace():
    at = database_now()
    order = bring(arriving(), at=at)[0]
    assert order.timers.get().due_at == at + timedelta(hours=24)


def test_a_price_change_restarts_the_time_and_the_old_deadline_is_dead():
    order = ordered()
    make_due(order)
    change_price(by=HOUSE, order=order, postage_fen=0, at=database_now())
    assert fire_due() == 0
    generations = order.timers.order_by("generation").values_list("generation", "dropped_at")
    assert [(generation, dropped is None) for generation, dropped in generations] == [(1, False), (2, True)]


def test_with_a_refund_on_a_only_b_and_c_are_confirmed():
    order = ordered(line("A"), line("B"), line("C"), state=State.SHIPPED)
    a = order.lines.get(title="A")
    open_refund(by=HOUSE, order=order, line=a, at=NOON)
    make_due(order)
    assert fire_due() == 2
    order.refresh_from_db()
    assert order.state == State.SHIPPED
    assert dict(order.lines.values_list("title", "state")) == {
        "A": LineState.SHIPPED,
        "B": LineState.FINISHED,
        "C": LineState.FINISHED,
    }


def test_the_guard_drops_what_no_longer_applies():
    order = ordered(state=State.SHIPPED)
    Order.objects.filter(pk=order.pk).update(refund=Refund.OPEN)
    make_due(order)
    assert fire_due() == 1
    order.refresh_from_db()
    assert order.state == State.SHIPPED
    timer = order.timers.get()
    assert (timer.fired_at, timer.why) == (None, "guard: not_now")


def test_control_without_the_guard_a_refund_is_confirmed_away(monkeypatch):
    order = ordered(state=State.SHIPPED)
    Order.objects.filter(pk=order.pk).update(refund=Refund.OPEN)
    make_due(order)

    def careless(batch, order, at):
        order.state = State.FINISHED

    monkeypatch.setattr(timers, "finish", careless)
    fire_due()
    order.refresh_from_db()
    assert order.state == State.FINISHED


def test_a_timer_that_cannot_be_handled_does_not_hold_up_the_others(monkeypatch):
    broken, fine = ordered(), ordered()
    make_due()
    close = timers.close_unpaid

    def breaking(batch, order, reason, at):
        if order.pk == broken.pk:
            raise RuntimeError("broken")
        close(batch, order, reason, at)

    monkeypatch.setattr(timers, "close_unpaid", breaking)
    assert fire_due() == 2
    fine.refresh_from_db()
    broken.refresh_from_db()
    assert (fine.state, broken.state) == (State.CLOSED_UNPAID, State.UNPAID)
    assert broken.timers.get().due_at > database_now() + timedelta(minutes=50)


def test_firing_many_costs_no_more_statements_than_firing_one():
    shop()

    def cost(many):
        bring(*(arriving() for _ in range(many)), *(arriving(state=State.SHIPPED) for _ in range(many)))
        make_due()
        with CaptureQueriesContext(connection) as seen:
            assert fire_due() == 2 * many
        return len([q for q in seen if "SAVEPOINT" not in q["sql"]])

    cost(1)
    few, many = cost(1), cost(50)
    assert few == many
    assert many <= 50


def _fire_until_done(found, lock, fire=fire_due):
    try:
        while handled := fire(most=50):
            with lock:
                found.append(handled)
    finally:
        connections.close_all()


def _race(fire=fire_due, many=3):
    found, lock = [], threading.Lock()
    threads = [threading.Thread(target=_fire_until_done, args=(found, lock, fire)) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(found)


@pytest.mark.django_db(transaction=True)
def test_three_schedulers_fire_each_timer_once():
    bring(*(arriving(state=State.SHIPPED) for _ in range(400)))
    make_due()
    _race()
    while fire_due():
        pass
    assert Order.objects.filter(state=State.FINISHED).count() == 400
    assert Entry.objects.filter(what="order.finished").count() == 400
    assert balances() == {"escrow": 400 * 6990, "postage_income": -400 * 1000, "shop_income": -400 * 5990}


@pytest.mark.django_db(transaction=True)
def test_control_without_the_claim_timers_fire_twice(monkeypatch):
    bring(*(arriving(state=State.SHIPPED) for _ in range(20)))
    make_due()
    fired, lock = [], threading.Lock()
    meet = threading.Barrier(2, timeout=20)

    def unclaimed(most):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, order_id, kind FROM orders_timer WHERE fired_at IS NULL LIMIT %s", [most]
            )
            rows = list(cursor.fetchall())
        if rows:
            meet.wait()
            with lock:
                fired.extend(row[0] for row in rows)
        return rows

    monkeypatch.setattr(timers, "_claim", unclaimed)

    def once():
        try:
            fire_due(most=50)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fired) > len(set(fired))
