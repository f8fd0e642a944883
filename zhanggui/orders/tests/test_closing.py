"""Closing before payment: with one of the platform's reasons, not in the first ten seconds, line by line."""

from datetime import timedelta

import pytest

from tests.cast import HOUSE, NOON, actor
from zhanggui.kit.clock import database_now
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.orders.actions.closing import TooYoung, close, close_line, close_many
from zhanggui.orders.states import CloseReason, LineState, State
from zhanggui.orders.tests.cast import line, ordered, shelve
from zhanggui.people.powers import Power
from zhanggui.stock.queries import free_pieces

pytestmark = pytest.mark.django_db
WHY = CloseReason.NOT_WANTED


def test_an_unpaid_order_is_closed_with_a_reason():
    order = ordered()
    close(by=HOUSE, order=order, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert (order.state, order.close_reason, order.ended_at) == (State.CLOSED_UNPAID, WHY, NOON)
    assert order.lines.get().state == LineState.CLOSED
    assert (order.due_fen, order.next_due_at) == (6990, None)


def test_only_the_platforms_reasons_count():
    order = ordered()
    with pytest.raises(Invalid):
        close(by=HOUSE, order=order, reason="心情不好", at=NOON)
    order.refresh_from_db()
    assert order.state == State.UNPAID


def test_not_within_ten_seconds_by_the_databases_clock():
    order = ordered(placed_at=database_now() - timedelta(seconds=9))
    with pytest.raises(TooYoung):
        close(by=HOUSE, order=order, reason=WHY, at=NOON)
    with pytest.raises(TooYoung):
        close_line(by=HOUSE, line=order.lines.get(), reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.state == State.UNPAID
    older = ordered(placed_at=database_now() - timedelta(seconds=11))
    close(by=HOUSE, order=older, reason=WHY, at=NOON)


@pytest.mark.parametrize("state", [state for state in State if state != State.UNPAID])
def test_it_is_refused_once_it_is_too_late(state):
    order = ordered(state=state)
    with pytest.raises(NotNow):
        close(by=HOUSE, order=order, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.state == state


def test_closing_one_line_takes_its_share_off_what_is_due():
    order = ordered(
        line(price_fen=1000), line("袜子", 1000), line("帽子", 1000), discount_fen=100, adjust_fen=50
    )
    sock = order.lines.get(title="袜子")
    share = sock.share_fen
    due = order.due_fen
    close_line(by=HOUSE, line=sock, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.due_fen == due - share
    assert order.goods_fen == 2000
    assert sum(order.lines.values_list("share_fen", flat=True)) == order.due_fen - order.postage_fen
    assert order.state == State.UNPAID
    with pytest.raises(NotNow):
        close_line(by=HOUSE, line=sock, reason=WHY, at=NOON)


def test_closing_the_last_line_closes_the_order():
    order = ordered(line(), line("袜子"))
    for one in order.lines.all():
        close_line(by=HOUSE, line=one, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.state == State.CLOSED_UNPAID
    assert not order.timers.filter(fired_at=None, dropped_at=None).exists()


def test_pay_on_delivery_may_be_closed_before_it_ships_and_gives_its_stock_back():
    sku = shelve(pieces=1)
    order = ordered(line(code="TEE-W-M"), state=State.PAID, cod=True, paid_at=None)
    assert free_pieces([sku.pk])[sku.pk] == 0
    close(by=HOUSE, order=order, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.state == State.CLOSED_UNPAID
    assert free_pieces([sku.pk])[sku.pk] == 1


def test_in_a_list_each_has_its_own_outcome():
    orders = [ordered(), ordered(state=State.PAID), ordered()]
    outcomes = close_many(by=HOUSE, order_ids=[*[o.pk for o in orders], 0], reason=WHY, at=NOON)
    assert [one.result for one in outcomes] == ["done", "refused", "done", "refused"]
    assert outcomes[3].refusal.status == 404


def test_without_the_power_nothing_happens():
    order = ordered()
    with pytest.raises(NotAllowed):
        close(by=actor(Power.ORDER_SEE), order=order, reason=WHY, at=NOON)
    order.refresh_from_db()
    assert order.state == State.UNPAID
