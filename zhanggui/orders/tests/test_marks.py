"""Many marks inside, one flag and one memo outside (C1)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, shop
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound
from zhanggui.orders.actions.marks import flag, flag_many, mark, mark_many, take_off, undo_many
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.states import Flag, State
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def ordered(number="1", at=None, **also):
    values = {
        "shop": at or shop(),
        "number": number,
        "state": State.PAID,
        "placed_at": NOON,
        "goods_fen": 100,
        "due_fen": 100,
    } | also
    return Order.objects.create(**values)


@pytest.fixture
def mei():
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")


def test_a_red_change_wins_the_flag_and_the_commission_stays(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    order.refresh_from_db()
    assert order.flag == Flag.YELLOW
    mark(by=mei, order=order, template="attribute", wish="白色", at=NOON)
    order.refresh_from_db()
    assert order.flag == Flag.RED
    assert Mark.objects.filter(order=order, kind="commission", off_at__isnull=True).exists()
    assert order.memo == "客户拍下,要求修改成白色,已修改妥当---2026.11.01 小美；工号小美"


def test_what_came_from_outside_is_never_lost(mei):
    order = ordered(memo="发顺丰", flag=4)
    mark(by=mei, order=order, wish="轻放", at=NOON)
    order.refresh_from_db()
    assert set(order.memo.split("；")) == {"发顺丰", "轻放"}
    assert order.flag == Flag.BLUE
    assert order.outside.memo == "发顺丰"


def test_a_hand_set_flag_replaces_the_flag_from_outside_and_can_be_undone(mei):
    order = ordered(memo="发顺丰", flag=4)
    marked = flag_many(by=mei, order_ids=[order.pk], flag=3, at=NOON)
    order.refresh_from_db()
    assert (order.flag, order.memo) == (3, "发顺丰")
    undo_many(by=mei, undo=marked.undo, at=NOON)
    order.refresh_from_db()
    assert (order.flag, order.memo) == (4, "发顺丰")
    flag(by=mei, order=order, flag=0, at=NOON)
    order.refresh_from_db()
    assert (order.flag, order.memo) == (0, "发顺丰")


def test_ten_thousand_flags_cost_what_ten_cost(mei):
    few = [ordered(str(n)).pk for n in range(3)]
    many = [ordered(f"m{n}").pk for n in range(60)]
    with CaptureQueriesContext(
        connection,
    ) as small:
        flag_many(by=mei, order_ids=few, flag=1, at=NOON)
    with CaptureQueriesContext(connection) as large:
        flag_many(by=mei, order_ids=many, flag=1, at=NOON)
    assert len(large) == len(small) <= 16
    assert Order.objects.filter(flag=1).count() == 63
