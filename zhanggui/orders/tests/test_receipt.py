"""Receipt: extended, confirmed, frozen by refunds; what the books say of it; section 6's rows."""

from datetime import timedelta

import pytest

from tests.cast import HOUSE, NOON, actor
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.ledger.books import balances
from zhanggui.orders.actions.receipt import close_refund, confirm, extend, open_refund, settle_refund
from zhanggui.orders.models import Order, Timer
from zhanggui.orders.states import LineState, Refund, State
from zhanggui.orders.tests.cast import line, ordered, shelve
from zhanggui.people.powers import Power
from zhanggui.stock.queries import free_pieces

pytestmark = pytest.mark.django_db
TEN = NOON + timedelta(days=10)


def shipped(*names, **also):
    return ordered(*(line(name, 1000) for name in names or ("A",)), state=State.SHIPPED, **also)


def live(order):
    rows = order.timers.filter(fired_at=None, dropped_at=None, kind=Timer.Kind.CONFIRM)
    return {(timer.line.title if timer.line else None): timer.due_at for timer in rows.select_related("line")}


@pytest.mark.parametrize("days", [3, 5, 7, 10])
def test_extending_moves_the_deadline_exactly(days):
    order = shipped()
    assert live(order) == {None: TEN}
    extend(by=HOUSE, order=order, days=days, at=NOON)
    assert live(order) == {None: TEN + timedelta(days=days)}
    order.refresh_from_db()
    assert order.next_due_at == TEN + timedelta(days=days)


def test_other_days_are_refused():
    order = shipped()
    with pytest.raises(Invalid, match="3、5、7、10"):
        extend(by=HOUSE, order=order, days=4, at=NOON)
    assert live(order) == {None: TEN}


@pytest.mark.parametrize("state", [state for state in State if state != State.SHIPPED])
def test_only_a_shipped_order_is_extended_or_confirmed(state):
    order = ordered(state=state)
    with pytest.raises(NotNow):
        extend(by=HOUSE, order=order, days=3, at=NOON)
    with pytest.raises(NotNow):
        confirm(by=HOUSE, order=order, at=NOON)


def test_confirming_makes_the_money_the_shops():
    order = shipped()
    confirm(by=HOUSE, order=order, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.ended_at, order.next_due_at) == (State.FINISHED, NOON, None)
    assert balances(order_id=order.pk) == {"escrow": 2000, "postage_income": -1000, "shop_income": -1000}


def test_pay_on_delivery_is_collected_with_the_receipt():
    order = shipped(cod=True, paid_at=None)
    assert balances(order_id=order.pk)["cod_receivable"] == 2000
    confirm(by=HOUSE, order=order, at=NOON)
    order.refresh_from_db()
    assert (order.paid_fen, order.paid_at) == (2000, NOON)
    assert balances(order_id=order.pk) == {"escrow": 2000, "postage_income": -1000, "shop_income": -1000}


def test_three_lines_refund_on_a_then_b_and_c_keep_their_time():
    order = shipped("A", "B", "C")
    a = order.lines.get(title="A")
    open_refund(by=HOUSE, order=order, line=a, at=NOON + timedelta(days=4))
    assert live(order) == {"B": TEN, "C": TEN}
    order.refresh_from_db()
    assert order.refund == Refund.OPEN
    with pytest.raises(NotNow, match="退款"):
        confirm(by=HOUSE, order=order, at=NOON)
    extend(by=HOUSE, order=order, days=3, at=NOON)
    assert live(order) == {"B": TEN + timedelta(days=3), "C": TEN + timedelta(days=3)}


def test_a_withdrawn_refund_gives_back_what_was_left_of_the_time():
    order = shipped("A", "B")
    a = order.lines.get(title="A")
    open_refund(by=HOUSE, order=order, line=a, at=NOON + timedelta(days=4))
    close_refund(by=HOUSE, order=order, line=a, at=NOON + timedelta(days=6))
    assert live(order) == {None: NOON + timedelta(days=12)}
    order.refresh_from_db()
    assert order.refund == Refund.NONE
    with pytest.raises(NotNow):
        close_refund(by=HOUSE, order=order, line=a, at=NOON)


def test_a_line_paid_back_is_closed_and_the_rest_goes_on():
    order = shipped("A", "B")
    a, b = order.lines.order_by("position")
    open_refund(by=HOUSE, order=order, line=a, at=NOON)
    settle_refund(by=HOUSE, order=order, line=a, refunded_fen=1000, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.refund, order.refunded_fen) == (State.SHIPPED, Refund.PART, 1000)
    assert live(order) == {None: TEN}
    assert balances(order_id=order.pk) == {
        "escrow": 3000,
        "goods_due": -1000,
        "postage_due": -1000,
        "refund_out": -1000,
    }
    confirm(by=HOUSE, order=order, at=NOON)
    assert balances(order_id=order.pk)["shop_income"] == -1000
    settle_refund(by=HOUSE, order=order, line=b, refunded_fen=2000, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.refund) == (State.CLOSED_REFUNDED, Refund.DONE)
    assert balances(order_id=order.pk) == {"escrow": 3000, "refund_out": -3000}


def test_a_refund_in_part_leaves_the_line_alone():
    order = shipped("A", "B")
    a = order.lines.get(title="A")
    open_refund(by=HOUSE, order=order, line=a, at=NOON)
    settle_refund(by=HOUSE, order=order, line=a, refunded_fen=300, whole=False, at=NOON)
    order.refresh_from_db()
    assert (order.refund, order.refunded_fen, order.state) == (Refund.PART, 300, State.SHIPPED)
    assert live(order) == {None: TEN}


def test_goods_not_shipped_go_back_on_the_shelf():
    sku = shelve(pieces=1)
    order = ordered(line(code="TEE-W-M"), line("袜子", 1000), state=State.PAID)
    tee, sock = order.lines.order_by("position")
    settle_refund(by=HOUSE, order=order, line=tee, refunded_fen=5990, at=NOON)
    assert free_pieces([sku.pk])[sku.pk] == 1
    order.refresh_from_db()
    assert order.state == State.PAID
    settle_refund(by=HOUSE, order=order, refunded_fen=2000, at=NOON)
    order.refresh_from_db()
    assert order.state == State.CLOSED_REFUNDED


def test_no_more_goes_back_than_was_paid():
    order = shipped("A")
    with pytest.raises(Invalid):
        settle_refund(by=HOUSE, order=order, refunded_fen=2001, at=NOON)
    assert Order.objects.get().refunded_fen == 0


def test_a_line_refused_at_the_door_leaves_the_claim():
    order = shipped("A", "B", cod=True, paid_at=None)
    a, b = order.lines.order_by("position")
    settle_refund(by=HOUSE, order=order, line=a, refunded_fen=0, at=NOON)
    order.refresh_from_db()
    assert order.due_fen == 2000
    assert balances(order_id=order.pk) == {"cod_receivable": 2000, "goods_due": -1000, "postage_due": -1000}
    settle_refund(by=HOUSE, order=order, line=b, refunded_fen=0, at=NOON)
    assert balances(order_id=order.pk) == {}
    order.refresh_from_db()
    assert (order.state, order.lines.get(title="B").state) == (State.CLOSED_REFUNDED, LineState.CLOSED)


def test_without_the_power_nothing_happens():
    order = shipped()
    who = actor(Power.ORDER_SEE)
    for act in (
        lambda: extend(by=who, order=order, days=3, at=NOON),
        lambda: confirm(by=who, order=order, at=NOON),
        lambda: open_refund(by=who, order=order, at=NOON),
        lambda: settle_refund(by=who, order=order, refunded_fen=1, at=NOON),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Order.objects.get().state == State.SHIPPED
    assert live(order) == {None: TEN}
