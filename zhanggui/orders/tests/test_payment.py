"""Payments received."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, mall, shop
from zhanggui.journal.models import Announcement
from zhanggui.kit.refusals import NotAllowed, NotNow
from zhanggui.ledger.books import balances
from zhanggui.orders.actions.closing import close_many
from zhanggui.orders.actions.payment import Payment, WrongAmount, pay, pay_many
from zhanggui.orders.actions.receipt import confirm_many, extend_many
from zhanggui.orders.actions.shipping import Shipment, ship_many
from zhanggui.orders.models import Order
from zhanggui.orders.states import CloseReason, LineState, State
from zhanggui.orders.tests.cast import arriving, bring, line, ordered, shelve
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def test_a_payment_is_booked_and_the_stock_is_held():
    shelve(pieces=1)
    order = ordered(line(code="TEE-W-M"))
    pay(by=HOUSE, order=order, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.paid_fen, order.paid_at, order.next_due_at) == (State.PAID, 6990, NOON, None)
    assert (order.lines.get().state, order.lines.get().stock) == (LineState.PAID, "held")
    assert balances(order_id=order.pk) == {"escrow": 6990, "goods_due": -5990, "postage_due": -1000}


def test_a_wrong_amount_is_not_booked():
    order = ordered()
    with pytest.raises(WrongAmount, match="69.90.*69.89"):
        pay(by=HOUSE, order=order, paid_fen=6989, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.paid_fen, balances(order_id=order.pk)) == (State.UNPAID, 0, {})


def test_the_same_payment_fifteen_times_is_booked_once():
    order = ordered()
    outcomes = pay_many(by=HOUSE, payments=[Payment(order.pk, 6990)] * 15, at=NOON)
    assert [one.result for one in outcomes] == ["done"] + ["refused"] * 14
    with pytest.raises(NotNow):
        pay(by=HOUSE, order=order, at=NOON)
    assert balances(order_id=order.pk)["escrow"] == 6990


@pytest.mark.parametrize("state", [state for state in State if state != State.UNPAID])
def test_only_what_waits_for_payment_is_paid(state):
    order = ordered(state=state)
    with pytest.raises(NotNow):
        pay(by=HOUSE, order=order, at=NOON)


def test_one_announcement_per_shop():
    orders = [ordered(), ordered(), ordered(into=mall())]
    Announcement.objects.all().delete()
    pay_many(by=HOUSE, payments=[Payment(order.pk) for order in orders], at=NOON)
    news = Announcement.objects.filter(name="OrdersPaid").order_by("pk").values_list("news", flat=True)
    assert sorted(len(one["order_ids"]) for one in news) == [1, 2]


def test_without_the_power_nothing_is_paid():
    order = ordered()
    with pytest.raises(NotAllowed):
        pay(by=actor(Power.ORDER_PRICE), order=order, at=NOON)
    assert Order.objects.get().state == State.UNPAID


def test_every_list_verb_costs_the_same_for_one_and_for_a_hundred():
    from zhanggui.freight.models import Carrier

    Carrier.objects.update_or_create(code="ZTO", defaults={"name": "中通", "waybill_pattern": r"\d{12}"})
    shelve(pieces=1000)
    shop()
    number = iter(range(10**6))

    def cost(many):
        counts = []

        def counted(verb, **arguments):
            with CaptureQueriesContext(connection) as seen:
                outcomes = verb(by=HOUSE, at=NOON, **arguments)
            assert all(one.result == "done" for one in outcomes)
            counts.append(len([q for q in seen if "SAVEPOINT" not in q["sql"]]))

        def fresh():
            return [
                order.pk
                for order in bring(*(arriving(line(code="TEE-W-M"), line("袜子")) for _ in range(many)))
            ]

        ids = fresh()
        counted(pay_many, payments=[Payment(pk) for pk in ids])
        counted(ship_many, shipments=[Shipment(pk, "ZTO", f"7181{next(number):08}") for pk in ids])
        counted(extend_many, order_ids=ids, days=3)
        counted(confirm_many, order_ids=ids)
        counted(close_many, order_ids=fresh(), reason=CloseReason.NOT_WANTED)
        return counts

    cost(1)
    assert cost(100) == cost(1)
    assert max(cost(2)) <= 40
