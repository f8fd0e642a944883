"""Taking an act on marks back gives exactly what stood there before, whatever had come from the platform."""

import pytest

from tests.cast import NOON, actor
from zhanggui.journal.models import Entry
from zhanggui.orders import bulk
from zhanggui.orders.actions import projecting
from zhanggui.orders.actions.marks import flag, mark
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.tests.told import ordered
from zhanggui.orders.timeline import breaks, present, replay, story
from zhanggui.orders.undoing import take_back, undo_address
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db
OUTSIDE = [("发顺丰", 4), ("发顺丰", 0), ("", 2), ("", 0)]


@pytest.fixture
def mei(db):
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")


@pytest.fixture
def outward(monkeypatch):
    """What was announced to be carried outside: (order, flag, memo) of each."""
    told = []

    def keep(*events):
        for event in events:
            told.extend(Order.objects.filter(pk__in=event.order_ids).values_list("pk", "flag", "memo"))

    monkeypatch.setattr(projecting, "announce", keep)
    return told


def shown(order):
    order.refresh_from_db()
    return order.memo, order.flag


def live(order):
    return sorted(Mark.objects.filter(order=order, off_at=None).values_list("template", "text", "flag"))


def newest(order):
    return Entry.objects.filter(kind="order", object_id=order.pk).order_by("-pk").first()


ACTS = {
    "flag": lambda by, order: flag(by=by, order=order, flag=3, at=NOON),
    "mark": lambda by, order: mark(by=by, order=order, template="attribute", wish="白色", at=NOON),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("memo", "colour"), OUTSIDE)
def test_the_first_act_on_an_imported_order_is_undone_and_the_platforms_memo_stays(
    mei, outward, act, memo, colour
):
    order = ordered(memo=memo, flag=colour)
    ACTS[act](mei, order)
    assert shown(order) != (memo, colour)
    put = [one for told in story(order.pk) if told.told for one in told.put]
    assert [one.staff_id for one in put] == [mei.staff_id]
    take_back(by=mei, entry_id=newest(order).pk, at=NOON)
    assert shown(order) == (memo, colour)
    assert "".join(text for _template, text, _flag in live(order)) == memo
    if outward and memo:
        assert outward[-1] == (order.pk, colour, memo)
    assert all(memo in carried for _pk, _flag, carried in outward)
    assert breaks(order.pk) == []
    assert replay(order.pk)["marks"] == present(order.pk)["marks"]


@pytest.mark.parametrize(("memo", "colour"), OUTSIDE)
def test_a_second_act_is_undone_to_what_the_first_left(mei, memo, colour):
    order = ordered(memo=memo, flag=colour)
    mark(by=mei, order=order, wish="轻放", at=NOON)
    before, marks = shown(order), live(order)
    flag(by=mei, order=order, flag=5, at=NOON)
    take_back(by=mei, entry_id=newest(order).pk, at=NOON)
    assert (shown(order), live(order)) == (before, marks)


def test_even_a_line_that_counts_the_platforms_memo_as_put_does_not_take_it_off(mei):
    order = ordered(memo="发顺丰", flag=4)
    flag(by=mei, order=order, flag=3, at=NOON)
    ours = Mark.objects.get(order=order, template="flag")
    memo = Mark.objects.get(order=order, template="outside")
    line = Entry.objects.create(
        at=NOON,
        kind="order",
        object_id=order.pk,
        shop_id=order.shop_id,
        staff_id=mei.staff_id,
        actor=mei.name,
        what="order.flagged",
        change={"marks": [[], [memo.pk, ours.pk]]},
    )
    take_back(by=mei, entry_id=line.pk, at=NOON)
    assert shown(order)[0] == "发顺丰"
    assert live(order) == [("outside", "发顺丰", 0)]


@pytest.mark.parametrize(("memo", "colour"), OUTSIDE)
def test_a_bulk_act_is_undone_the_same_way(mei, memo, colour):
    order = ordered(memo=memo, flag=colour)
    _came, undo = bulk.ACTS["flag"].do(mei, [order.pk], {"flag": 3})
    assert shown(order) == (memo, 3)
    bulk.ACTS["flag"].undo(mei, undo)
    assert shown(order) == (memo, colour)
    assert "".join(text for _template, text, _flag in live(order)) == memo
    assert undo_address(mei, order) == ""
