import pytest

from tests import cast
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.powers import Power
from zhanggui.stock.actions.movements import Inbound, StillPromised, adjust, receive_many
from zhanggui.stock.actions.promises import promise_many
from zhanggui.stock.models import Balance, Movement
from zhanggui.stock.queries import free_pieces, unexplained
from zhanggui.stock.tests.shelving import shelve, want, warehouse

pytestmark = pytest.mark.django_db


def test_receiving_adds_up_and_is_written_down():
    tea = shelve(pieces=3)
    receive_many(by=cast.HOUSE, rows=[Inbound(tea, 2, warehouse().pk), Inbound(tea, 5, warehouse().pk)])
    assert free_pieces([tea]) == {tea: 10}
    assert Movement.objects.count() == 3
    assert unexplained() == []


def test_a_count_may_not_go_below_what_is_promised():
    tea = shelve(pieces=3)
    promise_many(by=cast.HOUSE, wanted=[want(1, tea, 2)])
    with pytest.raises(StillPromised, match="2"):
        adjust(
            by=cast.HOUSE, sku_id=tea, warehouse_id=warehouse().pk, pieces=-2, why="counted", reason="盘点"
        )
    assert Balance.objects.get().on_hand == 3
    adjust(by=cast.HOUSE, sku_id=tea, warehouse_id=warehouse().pk, pieces=-1, why="counted", reason="盘点")
    assert Balance.objects.get().on_hand == 2
    assert Entry.objects.get(what="stock.adjusted").change == {"on_hand": [3, 2]}


def test_an_adjustment_needs_a_reason_and_the_power():
    tea = shelve(pieces=3)
    with pytest.raises(Invalid):
        adjust(by=cast.HOUSE, sku_id=tea, warehouse_id=warehouse().pk, pieces=1, why="counted", reason=" ")
    nobody = cast.actor(Power.STOCK_SEE)
    with pytest.raises(NotAllowed):
        adjust(by=nobody, sku_id=tea, warehouse_id=warehouse().pk, pieces=1, why="counted", reason="盘点")
    assert free_pieces([tea]) == {tea: 3}
