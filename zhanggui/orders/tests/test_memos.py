"""Memo or flag overwritten outside: both versions are kept, shown, settled (C1)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.actions.marks import mark
from zhanggui.orders.actions.memos import notice_outside, settle
from zhanggui.orders.models import Mark, Order, Overwrite
from zhanggui.orders.tests.told import ordered
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(db):
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")


def look(order):
    return Order.objects.values_list("flag", "memo").get(pk=order.pk)


def troubles(order):
    return Order.objects.values_list("troubles", flat=True).get(pk=order.pk)


def test_an_unmarked_order_takes_the_new_memo_and_keeps_the_old_one_to_be_seen():
    order = ordered(memo="发顺丰", flag=1)
    assert notice_outside(by=HOUSE, seen=[(order.pk, "发圆通", 2)], at=NOON) == [order.pk]
    assert look(order) == (2, "发圆通")
    kept = Overwrite.objects.get()
    assert (kept.our_memo, kept.our_flag, kept.their_memo, kept.their_flag) == ("发顺丰", 1, "发圆通", 2)
    assert kept.kept == "theirs"
    assert troubles(order) == []


def test_the_same_file_again_changes_nothing():
    order = ordered(memo="发顺丰", flag=1)
    assert notice_outside(by=HOUSE, seen=[(order.pk, "发顺丰 ", 1)], at=NOON) == []
    assert notice_outside(by=HOUSE, seen=[(order.pk, None, None)], at=NOON) == []
    assert not Entry.objects.exists()


def test_marks_of_ours_that_were_never_pushed_are_no_overwrite(mei):
    order = ordered()
    mark(by=mei, order=order, template="wish", wish="发票", at=NOON)
    assert notice_outside(by=HOUSE, seen=[(order.pk, "", 0)], at=NOON) == []
    assert not Overwrite.objects.exists()


def test_an_overwrite_keeps_both_and_asks_a_person(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "买家要改地址", 3)], at=NOON)
    assert look(order) == (2, "工号小美")
    assert troubles(order) == ["memo"]
    both = Overwrite.objects.get(settled_at=None)
    assert (both.our_memo, both.our_flag) == ("工号小美", 2)
    assert (both.their_memo, both.their_flag) == ("买家要改地址", 3)
    # the next file says the same: no second question
    assert notice_outside(by=HOUSE, seen=[(order.pk, "买家要改地址", 3)], at=NOON) == []


def test_our_own_projection_carried_outside_by_hand_is_no_conflict(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "工号小美", 2)], at=NOON)
    assert not Overwrite.objects.exists()
    assert troubles(order) == []


@pytest.mark.parametrize(
    ("keep", "shown"),
    [
        ("ours", (1, "客户要求发票---2026.11.01 小美；工号小美")),
        ("theirs", (3, "工号小美；买家要改地址")),
        ("both", (1, "客户要求发票---2026.11.01 小美；工号小美；买家要改地址")),
    ],
)
def test_settling(mei, keep, shown):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    mark(by=mei, order=order, template="wish", wish="发票", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "买家要改地址", 3)], at=NOON)
    settle(by=mei, overwrite=Overwrite.objects.get(), keep=keep, at=NOON)
    assert look(order) == shown
    assert troubles(order) == []
    assert Overwrite.objects.get().kept == keep
    # whatever was kept, the commission stands (S4-19)
    assert Mark.objects.filter(kind="commission", off_at=None).exists()
    with pytest.raises(NotNow):
        settle(by=mei, overwrite=Overwrite.objects.get(), keep="ours", at=NOON)


def test_words_of_ours_inside_their_memo_are_not_said_twice(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "工号小美；加急", 2)], at=NOON)
    settle(by=mei, overwrite=Overwrite.objects.get(), keep="both", at=NOON)
    assert look(order)[1] == "工号小美；加急"


def test_the_trouble_stays_while_another_question_is_open(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "甲", 3)], at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "乙", 3)], at=NOON)
    first, second = Overwrite.objects.order_by("pk")
    settle(by=mei, overwrite=first, keep="ours", at=NOON)
    assert troubles(order) == ["memo"]
    settle(by=mei, overwrite=second, keep="both", at=NOON)
    assert troubles(order) == []


def test_settling_is_refused_to_those_who_may_not(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "甲", 3)], at=NOON)
    both = Overwrite.objects.get()
    with pytest.raises(NotAllowed):
        settle(by=actor(Power.ORDER_SEE, name="看"), overwrite=both, keep="theirs", at=NOON)
    with pytest.raises(NotFound):
        settle(by=actor(name="外"), overwrite=both, keep="theirs", at=NOON)
    with pytest.raises(Invalid):
        settle(by=mei, overwrite=both, keep="nothing", at=NOON)
    assert look(order) == (2, "工号小美")
    assert Overwrite.objects.get().settled_at is None


def test_a_file_of_many_costs_as_many_statements_as_one_of_few(mei):
    costs = []
    for name, many in (("a", 2), ("b", 40)):
        plain = [ordered(f"{name}p{n}", memo="旧") for n in range(many)]
        marked = [ordered(f"{name}m{n}") for n in range(many)]
        for order in marked:
            mark(by=mei, order=order, wish="轻放", at=NOON)
        seen = [(order.pk, "新", 1) for order in plain + marked]
        with CaptureQueriesContext(connection) as asked:
            assert len(notice_outside(by=HOUSE, seen=seen, at=NOON)) == 2 * many
        costs.append(len(asked))
        with CaptureQueriesContext(connection) as asked:
            assert notice_outside(by=HOUSE, seen=seen, at=NOON) == []
        assert len(asked) <= 3  # one, and the savepoint of the test's transaction
    assert costs[0] == costs[1] <= 25


def test_a_second_overwrite_leaves_the_order_of_troubles_as_it_is(mei):
    """Found by replaying: what stood in silence was another order of the same troubles."""
    order = ordered(troubles=["memo", "amount"])
    mark(by=mei, order=order, template="commission", at=NOON)
    notice_outside(by=HOUSE, seen=[(order.pk, "甲", 3)], at=NOON)
    assert troubles(order) == ["memo", "amount"]
    assert "troubles" not in Entry.objects.get(what="order.overwritten").change
