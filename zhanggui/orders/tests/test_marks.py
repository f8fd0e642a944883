"""Many marks inside, one flag and one memo outside (C1, S0-25, S4-11, S4-12, S4-19, S1-21)."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.cast import NOON, actor, shop
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.actions import projecting
from zhanggui.orders.actions.marks import flag, flag_many, mark, mark_many, take_off, undo_many
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.states import Flag
from zhanggui.orders.tests.told import ordered
from zhanggui.people.models import Department, Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def mei(db):
    return actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美")


def shown(order):
    order.refresh_from_db()
    return order.flag, order.memo


def test_a_red_change_wins_the_flag_and_the_commission_stays_intact(mei):
    """The oracle of requirements 6: yellow commission mark, then a red change."""
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    assert shown(order) == (Flag.YELLOW, "工号小美")
    mark(by=mei, order=order, template="attribute", wish="白色 L", at=NOON)
    assert shown(order) == (
        Flag.RED,
        "客户拍下,要求修改成白色 L,已修改妥当---2026.11.01 小美；工号小美",
    )
    commission = Mark.objects.get(order=order, kind="commission")
    assert (commission.off_at, commission.flag, commission.work_no) == (None, Flag.YELLOW, "小美")


@pytest.mark.parametrize(
    ("template", "wish", "text"),
    [
        ("attribute", "黑色", "客户拍下,要求修改成黑色,已修改妥当---2026.11.01 小美"),
        (
            "address",
            "湖北省武汉市洪山区珞喻路1037号",
            "客户要求修改地址,新地址为:湖北省武汉市洪山区***---2026.11.01 小美",
        ),
        ("papers", "黑色", "客户要求修改成黑色,已在发货单与快递单上修改妥当---2026.11.01 小美"),
        ("wish", "发票抬头:江城公司", "客户要求发票抬头:江城公司---2026.11.01 小美"),
        ("reason", "缺货换色", "缺货换色 工号小美 2026.11.01 12:00"),
        ("commission", "", "工号小美"),
        ("free", "轻拿轻放", "轻拿轻放"),
    ],
)
def test_the_handbooks_words_are_written_as_they_stand(mei, template, wish, text):
    order = ordered()
    mark(by=mei, order=order, template=template, wish=wish, at=NOON)
    assert Mark.objects.get(order=order).text == text


def test_what_came_from_outside_is_never_lost(mei):
    order = ordered(memo="发顺丰", flag=4)
    mark(by=mei, order=order, wish="轻放", at=NOON)
    colour, memo = shown(order)
    assert colour == Flag.BLUE
    assert set(memo.split("；")) == {"发顺丰", "轻放"}
    assert (order.outside.memo, order.outside.flag) == ("发顺丰", 4)


def test_a_hand_set_flag_replaces_the_one_from_outside_and_can_be_undone(mei):
    order = ordered(memo="发顺丰", flag=4)
    marked = flag_many(by=mei, order_ids=[order.pk], flag=3, at=NOON)
    assert shown(order) == (3, "发顺丰")
    back = undo_many(by=mei, undo=marked.undo, at=NOON)
    assert shown(order) == (4, "发顺丰")
    undo_many(by=mei, undo=back.undo, at=NOON)
    assert shown(order) == (3, "发顺丰")
    flag(by=mei, order=order, flag=0, at=NOON)
    assert shown(order) == (0, "发顺丰")


def test_a_hand_set_flag_yields_to_a_change_and_says_so(mei):
    order = ordered()
    mark(by=mei, order=order, template="attribute", wish="白色", at=NOON)
    outcome = flag(by=mei, order=order, flag=3, at=NOON)
    assert shown(order)[0] == Flag.RED
    assert "红旗" in outcome.message


def test_taking_the_change_off_shows_the_commission_again(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    mark(by=mei, order=order, template="attribute", wish="白色", at=NOON)
    change = Mark.objects.get(kind="change")
    take_off(by=mei, mark=change, at=NOON)
    assert shown(order) == (Flag.YELLOW, "工号小美")
    with pytest.raises(NotNow):
        take_off(by=mei, mark=change, at=NOON)
    change.refresh_from_db()
    assert change.off_by == "小美"


def test_nobody_takes_away_somebody_elses_commission(mei):
    order = ordered()
    mark(by=mei, order=order, template="commission", at=NOON)
    rival = actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小红")
    with pytest.raises(NotAllowed):
        take_off(by=rival, mark=Mark.objects.get(), at=NOON)
    assert shown(order) == (Flag.YELLOW, "工号小美")
    leader = actor(Power.ORDER_SEE, Power.ORDER_MARK, Power.CHANGE_DECIDE, name="老王")
    take_off(by=leader, mark=Mark.objects.get(), at=NOON)
    assert shown(order) == (0, "")


def test_undo_leaves_what_others_did_meanwhile(mei):
    order = ordered()
    first = mark_many(by=mei, order_ids=[order.pk], template="wish", wish="发票", at=NOON)
    mark(by=actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小红"), order=order, wish="轻放", at=NOON)
    undo_many(by=mei, undo=first.undo, at=NOON)
    assert shown(order) == (0, "轻放")


def test_the_same_words_by_the_same_person_are_not_put_twice(mei):
    order = ordered()
    mark(by=mei, order=order, wish="轻放", at=NOON)
    again = mark(by=mei, order=order, wish="轻放", at=NOON)
    assert again.result == "unchanged"
    assert Mark.objects.count() == 1
    assert Entry.objects.filter(what="order.marked").count() == 1


def test_the_daybook_tells_of_the_act_but_never_the_words(mei):
    order = ordered(memo="张三丰 13812345678")
    mark(by=mei, order=order, template="attribute", wish="白色", at=NOON)
    entry = Entry.objects.get(what="order.marked")
    assert entry.change["flag"] == [0, 1]
    assert [len(ids) for ids in entry.change["marks"]] == [1, 2]
    assert entry.change["memo"][0] != entry.change["memo"][1]
    assert not any(word in str(entry.change) + entry.reason for word in ("白色", "张三丰", "138"))


@pytest.mark.parametrize(
    ("template", "wish"),
    [
        ("free", ""),
        ("free", "请打13812345678"),
        ("free", "请打１３８ １２３４ ５６７８"),
        ("attribute", "  "),
        ("nothing", "x"),
        ("free", "长" * 501),
    ],
)
def test_words_that_may_not_stand_are_refused(mei, template, wish):
    order = ordered()
    with pytest.raises(Invalid):
        mark(by=mei, order=order, template=template, wish=wish, at=NOON)
    assert not Mark.objects.exists()
    assert shown(order) == (0, "")
    assert not Entry.objects.exists()


def test_order_numbers_and_waybills_are_no_phone_numbers(mei):
    order = ordered()
    mark(by=mei, order=order, wish="见订单3028689418086017 单号75138123456789", at=NOON)
    assert Mark.objects.count() == 1


def test_control_characters_never_get_in(mei):
    order = ordered()
    mark(by=mei, order=order, wish="轻\0放\u202e\r\n谢谢", at=NOON)
    assert Mark.objects.get().text == "轻放 谢谢"


def test_each_order_of_a_list_has_its_own_outcome():
    here, there = shop("WH01"), shop("WH02")
    blind = actor(Power.ORDER_SEE, Power.ORDER_MARK, at=here, name="小美")
    mine, theirs = ordered("1", at=here), ordered("2", at=there)
    marked = mark_many(by=blind, order_ids=[mine.pk, theirs.pk, 10**9], wish="轻放", at=NOON)
    assert [one.result for one in marked.outcomes] == ["done", "refused", "refused"]
    assert [one.number for one in marked.outcomes] == ["1", "", ""]
    assert isinstance(marked.outcomes[1].refusal, NotFound)
    assert not Mark.objects.filter(order=theirs).exists()


def test_seeing_is_not_marking():
    order = ordered()
    with pytest.raises(NotAllowed):
        mark(by=actor(Power.ORDER_SEE, name="小看"), order=order, wish="轻放", at=NOON)
    assert not Mark.objects.exists()
    assert not Entry.objects.exists()


def test_a_long_list_costs_as_many_statements_as_a_short_one(mei):
    few = [ordered(f"a{n}", memo="旧").pk for n in range(3)]
    many = [ordered(f"b{n}", memo="旧").pk for n in range(60)]
    costs = []
    for ids in (few, many):
        with CaptureQueriesContext(connection) as asked:
            mark_many(by=mei, order_ids=ids, template="wish", wish="发票", at=NOON)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 22
    assert Order.objects.filter(flag=1).count() == 63
    for ids in (few, many):
        with CaptureQueriesContext(connection) as asked:
            flag_many(by=mei, order_ids=ids, flag=5, at=NOON)
        assert len(asked) <= 18


def test_departments_may_wear_their_own_colours(mei):
    Setting.objects.create(
        shop=shop(), name="orders.department_flags", value=["warehouse=4"], since=NOON.date(), set_by="店长"
    )
    packer = Staff.objects.create(work_no="W1", name="仓库小李", department=Department.WAREHOUSE)
    order = ordered()
    by = actor(Power.ORDER_SEE, Power.ORDER_MARK, name="仓")
    by = type(by)(
        name=packer.name, staff_id=packer.pk, department=packer.department, powers=by.powers, work_no="W1"
    )
    mark(by=by, order=order, wish="少一件", at=NOON)
    assert shown(order)[0] == Flag.BLUE


def test_a_shop_may_put_its_own_things_first(mei):
    Setting.objects.create(
        shop=shop(),
        name="orders.mark_priority",
        value=["commission", "change"],
        since=NOON.date() - timedelta(days=1),
        set_by="店长",
    )
    order = ordered()
    mark(by=mei, order=order, template="attribute", wish="白色", at=NOON)
    mark(by=mei, order=order, template="commission", at=NOON)
    assert shown(order)[0] == Flag.YELLOW


def test_the_memo_can_be_searched(mei):
    order = ordered()
    mark(by=mei, order=order, wish="轻拿轻放", at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT words::text FROM orders_order WHERE id = %s", [order.pk])
        assert "轻放" in cursor.fetchone()[0]


# two people at once


def _at_once(monkeypatch, order, guarded):
    """Two people mark one order; each waits, before projecting, until the other has read."""
    both_read = threading.Barrier(2)
    real = projecting.rules_of

    def slow(*args, **kwargs):
        try:
            both_read.wait(timeout=1.5)
        except threading.BrokenBarrierError:
            assert guarded  # under the lock the second cannot read yet
        return real(*args, **kwargs)

    monkeypatch.setattr(projecting, "rules_of", slow)
    people = [actor(Power.ORDER_SEE, Power.ORDER_MARK, name=name) for name in ("小美", "小红")]
    troubles = []

    def act(by, wish):
        try:
            mark(by=by, order=order, template="wish", wish=wish, at=NOON)
        except Exception as trouble:
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=pair) for pair in zip(people, ("发票", "贺卡"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    order.refresh_from_db()
    return order.memo


@pytest.mark.django_db(transaction=True)
def test_two_who_mark_at_once_both_stand_in_the_memo(monkeypatch):
    order = ordered()
    memo = _at_once(monkeypatch, order, guarded=True)
    assert "发票" in memo
    assert "贺卡" in memo
    assert Mark.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_of_the_two_is_lost(monkeypatch):
    """The control: the same race without the guard does lose words."""
    monkeypatch.setattr(projecting, "LOCK", "")
    order = ordered(memo="旧")
    with transaction.atomic():
        mark(by=actor(Power.ORDER_SEE, Power.ORDER_MARK, name="先"), order=order, wish="先", at=NOON)
    memo = _at_once(monkeypatch, order, guarded=False)
    assert ("发票" in memo) != ("贺卡" in memo)
    assert Mark.objects.filter(kind="wish").count() == 2
