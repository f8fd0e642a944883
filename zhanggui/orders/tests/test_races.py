"""Two people at once: real connections, real locks, and the control that goes wrong without the guard."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import QuerySet

from tests.cast import HOUSE, NOON, shop
from zhanggui.freight.models import Carrier
from zhanggui.kit.clock import database_now
from zhanggui.kit.prepared import Rows
from zhanggui.kit.refusals import Refused
from zhanggui.ledger.books import balances, unbalanced
from zhanggui.orders import batch
from zhanggui.orders.actions import arrival
from zhanggui.orders.actions.arrival import take_in
from zhanggui.orders.actions.closing import close
from zhanggui.orders.actions.payment import pay
from zhanggui.orders.actions.prices import change_price
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.models import Order, OrderLine, Parcel, ParcelLine, Timer
from zhanggui.orders.states import CloseReason, LineState, State
from zhanggui.orders.tests.cast import arriving, line, ordered, shelve
from zhanggui.orders.timers import fire_due
from zhanggui.stock.models import Balance, Promise
from zhanggui.stock.queries import unexplained

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run the acts in threads that start together; gives what each raised, or "done"."""
    said = ["?"] * len(acts)
    ready = threading.Barrier(len(acts), timeout=20)

    def run(index, act):
        try:
            ready.wait()
            act()
            said[index] = "done"
        except Refused:
            said[index] = "refused"
        except Exception as trouble:
            said[index] = repr(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def unlocked(monkeypatch):
    """Take the guard away: nobody locks orders, and everybody reads before anybody writes."""
    meet = threading.Barrier(2, timeout=5)
    lock = QuerySet.select_for_update

    def no_lock(rows, **options):
        return rows.all() if rows.model is Order else lock(rows, **options)

    monkeypatch.setattr("zhanggui.orders.models.OrderSet.select_for_update", no_lock, raising=False)
    monkeypatch.setattr(batch, "LOCKED", Rows(Order, "WHERE t.id = ANY(%s::bigint[]) ORDER BY t.id"))
    load = batch.Batch.__init__

    def slow(self, ids):
        load(self, ids)
        meet.wait()

    monkeypatch.setattr(batch.Batch, "__init__", slow)


def books_agree(order):
    order.refresh_from_db()
    assert unbalanced() == []
    assert unexplained() == []
    shares = sum(order.lines.values_list("share_fen", flat=True))
    assert shares == order.due_fen - order.postage_fen
    if order.state == State.PAID:
        assert order.paid_fen == order.due_fen
        assert balances(order_id=order.pk)["escrow"] == order.due_fen
        assert order.lines.get().stock == "held"
    else:
        assert order.paid_fen == 0
        assert balances(order_id=order.pk) == {}
        assert not Promise.objects.filter(state=Promise.State.HELD).exists()


@pytest.mark.parametrize("turn", range(6))
def test_pay_close_timer_and_price_change_at_once_have_one_winner(turn):
    shelve(pieces=5)
    order = ordered(line(code="TEE-W-M"))
    Timer.objects.update(due_at=database_now() - timedelta(seconds=1))
    acts = [
        lambda: pay(by=HOUSE, order=order, paid_fen=6990, at=NOON),
        lambda: close(by=HOUSE, order=order, reason=CloseReason.NOT_WANTED, at=NOON),
        lambda: fire_due(),
        lambda: change_price(by=HOUSE, order=order, postage_fen=turn, at=NOON),
    ]
    said = at_once(*acts[turn % 4 :], *acts[: turn % 4])
    assert set(said) <= {"done", "refused"}, said
    fire_due()
    books_agree(order)
    order.refresh_from_db()
    assert order.state in (State.PAID, State.CLOSED_UNPAID, State.UNPAID)


def test_control_without_the_lock_an_order_is_paid_and_closed(monkeypatch):
    shelve(pieces=5)
    order = ordered(line(code="TEE-W-M"))
    with monkeypatch.context() as patch:
        unlocked(patch)
        said = at_once(
            lambda: pay(by=HOUSE, order=order, at=NOON),
            lambda: close(by=HOUSE, order=order, reason=CloseReason.NOT_WANTED, at=NOON),
        )
    assert said == ["done", "done"]


def test_two_clerks_ship_the_same_order_once():
    Carrier.objects.update_or_create(code="ZTO", defaults={"name": "中通", "waybill_pattern": r"\d{12}"})
    shelve(pieces=5)
    order = ordered(line(code="TEE-W-M"), state=State.PAID)
    said = at_once(
        *(
            lambda waybill=waybill: ship(by=HOUSE, order=order, carrier="ZTO", waybill=waybill, at=NOON)
            for waybill in ("718000000001", "718000000002", "718000000003")
        )
    )
    assert sorted(said) == ["done", "refused", "refused"]
    assert Parcel.objects.count() == ParcelLine.objects.count() == 1
    assert Balance.objects.values_list("on_hand", "promised").get() == (4, 0)
    assert unexplained() == []


def test_two_clerks_use_the_same_waybill_once():
    Carrier.objects.update_or_create(code="ZTO", defaults={"name": "中通", "waybill_pattern": r"\d{12}"})
    orders = [ordered(state=State.PAID) for _ in range(3)]
    said = at_once(
        *(
            lambda order=order: ship(by=HOUSE, order=order, carrier="ZTO", waybill="718000000001", at=NOON)
            for order in orders
        )
    )
    assert sorted(said) == ["done", "refused", "refused"]
    assert Parcel.objects.count() == 1
    assert Order.objects.filter(state=State.SHIPPED).count() == 1


def test_control_without_the_lock_one_piece_leaves_twice(monkeypatch):
    Carrier.objects.update_or_create(code="ZTO", defaults={"name": "中通", "waybill_pattern": r"\d{12}"})
    order = ordered(line("A"), line("B"), state=State.PAID)
    only = {order.lines.get(title="A").pk: 1}
    with monkeypatch.context() as patch:
        unlocked(patch)
        at_once(
            *(
                lambda waybill=waybill: ship(
                    by=HOUSE, order=order, carrier="ZTO", waybill=waybill, lines=only, at=NOON
                )
                for waybill in ("718000000001", "718000000002")
            )
        )
    assert ParcelLine.objects.filter(line__title="A").count() == 2


def told(many):
    return [
        arriving(line(code="TEE-W-M"), line("袜子"), state=State.PAID, nick=f"n{i % 7}") for i in range(many)
    ]


def test_the_same_file_imported_twice_at_once_doubles_nothing():
    shelve(pieces=60)
    shop()
    orders = told(40)
    said = at_once(*(lambda: take_in(by=HOUSE, shop=shop(), orders=orders, at=NOON) for _ in range(3)))
    assert said == ["done"] * 3
    assert (Order.objects.count(), OrderLine.objects.count()) == (40, 80)
    assert balances()["escrow"] == sum(order.due_fen for order in orders)
    assert Balance.objects.values_list("on_hand", "promised").get() == (60, 40)
    assert unexplained() == []


def test_control_without_the_lock_of_the_shop_the_second_import_fails(monkeypatch):
    shop()
    orders = told(40)
    meet = threading.Barrier(2, timeout=5)
    known = arrival._known

    def slow(*asked):
        found = known(*asked)
        meet.wait()
        return found

    monkeypatch.setattr(arrival, "lock_shop", lambda shop: None)
    monkeypatch.setattr(arrival, "_known", slow)
    said = at_once(*(lambda: take_in(by=HOUSE, shop=shop(), orders=orders, at=NOON) for _ in range(2)))
    assert sorted(one[:14] for one in said) == ["IntegrityError", "done"]


def test_an_import_and_a_clerk_at_once_agree():
    for _turn in range(4):
        order = ordered()
        paid = replace(arriving(), number=order.number, state=State.PAID, paid_at=NOON, due_fen=6990)
        at_once(
            lambda paid=paid: take_in(by=HOUSE, shop=shop(), orders=[paid], at=NOON),
            lambda order=order: close(by=HOUSE, order=order, reason=CloseReason.NOT_WANTED, at=NOON),
        )
        order.refresh_from_db()
        assert (order.state, order.paid_fen) == (State.PAID, 6990)
        assert order.lines.get().state == LineState.PAID
        assert balances(order_id=order.pk) == {"escrow": 6990, "goods_due": -5990, "postage_due": -1000}
