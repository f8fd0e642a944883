"""A payment whose order was cancelled is closed at the provider after commit, never in the transaction of the cancelling."""

import logging
from datetime import timedelta

import pytest
from django.db import connection

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.following import cancel
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.checkout.tests.cast import buyer, goods, opened, placed
from zhanggui.connect.payment import asking, listeners, ports
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


class Desk:
    """A provider that keeps one payment: `paid` before it could be closed, or `silent`."""

    name = "sandbox"

    def __init__(self):
        self.state, self.silent, self.closed = ports.OPEN, False, []

    def close(self, payment):
        assert not connection.in_atomic_block, "a network call inside a transaction"
        if self.silent:
            raise ports.Unreachable("no answer")
        if self.state == ports.PAID:
            raise ports.Declined("paid already")
        self.closed.append(payment.number)
        self.state = ports.CLOSED

    def query(self, payment):
        if self.silent:
            raise ports.Unreachable("no answer")
        return ports.Heard(
            "sandbox", payment.merchant_id, payment.number, self.state, payment.amount_fen, "T9", now()
        )


@pytest.fixture
def desk(monkeypatch):
    one = Desk()
    monkeypatch.setitem(ports._providers, "sandbox", one)
    return one


@pytest.fixture
def woken(monkeypatch):
    """What the queue was woken for."""
    found: list[list[int]] = []
    monkeypatch.setattr(listeners.asking, "wake_to_close", lambda ids: found.append(list(ids)))
    return found


def cancelled(*more):
    """An order that its buyer cancelled while its payment was open; and the payment."""
    order = placed((goods(), 1))
    payment = opened(order, *more)
    cancel(by=HOUSE, buyer=buyer(), order=order, reason="买家不想买了", at=now())
    while deliver_due():
        pass
    return order, payment


def test_it_is_closed_at_the_provider_and_then_here(desk, woken):
    _order, payment = cancelled()
    assert desk.closed == [], "the queue does it, after commit"
    assert woken == [[payment.pk]]
    assert asking.close_withdrawn(woken[0]) == 1
    payment.refresh_from_db()
    assert (desk.closed, payment.state) == ([payment.number], "closed")
    assert asking.close_withdrawn(woken[0]) == 0


def test_who_paid_in_the_last_moment_gets_the_money_back(desk, woken):
    order, payment = cancelled()
    desk.state = ports.PAID
    assert asking.close_withdrawn(woken[0]) == 1
    order.refresh_from_db()
    payment.refresh_from_db()
    assert (order.state, payment.state) == ("closed_unpaid", "paid")
    assert MoneyBack.objects.get().amount_fen == payment.amount_fen


def test_a_silent_provider_is_asked_again_by_the_regular_query(desk, woken, caplog):
    caplog.set_level(logging.ERROR)
    _order, payment = cancelled()
    desk.silent = True
    assert asking.close_withdrawn(woken[0]) == 0
    desk.silent = False
    earlier = now() - timedelta(minutes=2)
    Payment.objects.update(made_at=earlier, closes_at=earlier + timedelta(minutes=1))
    assert asking.ask_open() == 1
    payment.refresh_from_db()
    assert (desk.closed, payment.state) == ([payment.number], "closed")


def test_control_a_payment_that_was_not_withdrawn_is_left_alone(desk):
    payment = opened(placed((goods(), 1)))
    assert asking.close_withdrawn([payment.pk]) == 0
    payment.refresh_from_db()
    assert (desk.closed, payment.state) == ([], "open")
