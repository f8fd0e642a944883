"""Receivers: shown one at a time, changed within the platform's limits, sealed (C2, S1-18, S4-11, S4-14, G8.6)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from tests.cast import HOUSE, NOON, actor, shop
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.actions.receivers import edit, forget_old, reveal
from zhanggui.orders.models import Change, Mark, Order, Receiver
from zhanggui.orders.sealing import open_receiver, phone_trace
from zhanggui.orders.states import State
from zhanggui.orders.tests.told import SOMEBODY, ordered
from zhanggui.orders.timeline import differences
from zhanggui.people.models import Reveal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db

MOVED = replace(
    SOMEBODY, name="李四", phone="139-8765-4321", district="江汉区", address="解放大道688号", region=""
)


def where(order):
    return open_receiver(Receiver.objects.get(order=order))


# looking


def test_one_receiver_is_shown_counted_and_written_down():
    order = ordered(to=SOMEBODY)
    mei = actor(Power.ORDER_SEE, Power.RECEIVER_REVEAL, name="小美")
    clear = reveal(by=mei, order=order, reason="核对地址", at=NOON)
    assert (clear.name, clear.phone, clear.address) == ("张三丰", "13812345678", "珞喻路1037号3栋")
    assert Reveal.objects.get().object_id == order.pk
    entry = Entry.objects.get(kind="order", object_id=order.pk)
    assert entry.reason == "核对地址"
    assert "13812345678" not in str(entry.change)


@pytest.mark.parametrize("state", [State.CLOSED_UNPAID, State.CLOSED_REFUNDED])
def test_a_closed_orders_receiver_stays_masked(state):
    order = ordered(to=SOMEBODY, state=state)
    mei = actor(Power.ORDER_SEE, Power.RECEIVER_REVEAL, name="小美")
    with pytest.raises(NotNow):
        reveal(by=mei, order=order, reason="核对地址", at=NOON)
    assert not Reveal.objects.exists()


def test_without_the_power_a_reason_or_sight_nothing_is_shown():
    order = ordered(to=SOMEBODY)
    with pytest.raises(NotAllowed):
        reveal(by=actor(Power.ORDER_SEE, name="看"), order=order, reason="核对地址", at=NOON)
    with pytest.raises(NotFound):
        reveal(by=actor(Power.RECEIVER_REVEAL, name="外"), order=order, reason="核对地址", at=NOON)
    mei = actor(Power.ORDER_SEE, Power.RECEIVER_REVEAL, name="小美")
    with pytest.raises(Invalid):
        reveal(by=mei, order=order, reason=" ", at=NOON)
    with pytest.raises(NotFound):
        reveal(by=mei, order=ordered("2"), reason="核对地址", at=NOON)
    assert not Reveal.objects.exists()
    assert not Entry.objects.exists()


# changing


def test_an_unpaid_orders_receiver_is_changed_at_once_and_found_again():
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    assert edit(by=mei, order=order, receiver=MOVED, at=NOON, reason="拍错地址") is None
    assert where(order).address == "解放大道688号"
    row = Receiver.objects.get(order=order)
    assert (row.masked_name, row.masked_phone) == ("李*", "139****4321")
    assert bytes(row.phone_trace) == phone_trace("13987654321")
    order.refresh_from_db()
    assert order.region == "420103"
    assert order.version == 2
    assert not Mark.objects.exists()


def test_nothing_of_a_receiver_stands_in_the_clear():
    order = ordered(to=SOMEBODY)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT_PAID, name="小美")
    edit(by=mei, order=order, receiver=MOVED, at=NOON, reason="客户要求")
    with connection.cursor() as cursor:
        for table in (
            "orders_order",
            "orders_receiver",
            "orders_mark",
            "orders_change",
            "journal_entry",
            "journal_announcement",
        ):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            text = cursor.fetchone()[0] or ""
            for secret in ("李四", "13987654321", "解放大道", "张三丰", "13812345678", "珞喻路"):
                assert secret not in text, table


def test_a_paid_orders_receiver_needs_its_own_power_and_leaves_the_red_mark():
    order = ordered(to=SOMEBODY)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT_PAID, name="小美")
    assert edit(by=mei, order=order, receiver=MOVED, at=NOON) is None
    assert where(order).name == "李四"
    assert Mark.objects.get().text == "客户要求修改地址,新地址为:湖北省武汉市江汉区***---2026.11.01 小美"
    order.refresh_from_db()
    assert order.flag == 1


def test_without_that_power_the_change_becomes_a_request():
    """C2, S1-18: the sub-account cannot edit the receiver after payment."""
    order = ordered(to=SOMEBODY)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    asked = edit(by=mei, order=order, receiver=MOVED, at=NOON, reason="客户搬家")
    assert isinstance(asked, Change)
    assert (asked.kind, asked.state, asked.stage) == ("receiver", "asked", "unprinted")
    assert where(order) == replace(SOMEBODY, region="")


@pytest.mark.parametrize("state", [State.SHIPPED, State.FINISHED, State.CLOSED_UNPAID])
def test_it_is_refused_once_it_is_too_late(state):
    order = ordered(to=SOMEBODY, state=state)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, Power.ORDER_RECEIVER_EDIT_PAID, name="小美")
    with pytest.raises(NotNow):
        edit(by=mei, order=order, receiver=MOVED, at=NOON)
    assert where(order).name == "张三丰"
    assert not Entry.objects.exists()
    assert not Change.objects.exists()


def test_a_person_without_any_power_over_receivers_is_refused():
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    with pytest.raises(NotAllowed):
        edit(by=actor(Power.ORDER_SEE, name="看"), order=order, receiver=MOVED, at=NOON)
    with pytest.raises(NotAllowed):
        edit(by=actor(Power.ORDER_SEE, name="看2"), order=ordered("2", to=SOMEBODY), receiver=MOVED, at=NOON)
    assert where(order).name == "张三丰"


def test_a_stale_form_is_refused():
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    edit(by=mei, order=order, receiver=MOVED, at=NOON, version=1)
    with pytest.raises(NotNow):
        edit(by=mei, order=order, receiver=SOMEBODY, at=NOON, version=1)
    assert where(order).name == "李四"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "长" * 26, "50"),
        ("name", "", "姓名"),
        ("phone", "1381234567", "11"),
        ("phone", "138123456789", "11"),
        ("landline", "0" * 31, "30"),
        ("landline", "call me", "数字"),
        ("province", "省" * 17, "32"),
        ("city", "市" * 17, "32"),
        ("district", "区" * 17, "32"),
        ("address", "路" * 115, "228"),
        ("address", " ", "地址"),
        ("zip", "43007", "6"),
        ("zip", "43007a", "6"),
    ],
)
def test_the_platforms_limits_are_kept_and_named(field, value, words):
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    with pytest.raises(Invalid) as refusal:
        edit(by=mei, order=order, receiver=replace(MOVED, **{field: value}), at=NOON)
    assert words in refusal.value.message
    assert refusal.value.field == field
    assert where(order).name == "张三丰"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "长" * 25),
        ("address", "路" * 114),
        ("name", "𠮷" * 12),
        ("zip", "４３００７４"),
        ("phone", "+86 139 8765 4321"),
    ],
)
def test_what_just_fits_is_taken(field, value):
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    edit(by=mei, order=order, receiver=replace(MOVED, **{field: value}), at=NOON)
    assert where(order).address in ("解放大道688号", "路" * 114)


def test_an_address_in_one_piece_is_taken_apart():
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    whole = replace(MOVED, province="", city="", district="", address="浙江省 杭州市 西湖区 文一西路1号")
    edit(by=mei, order=order, receiver=whole, at=NOON)
    found = where(order)
    assert (found.province, found.city, found.district, found.address) == (
        "浙江省",
        "杭州市",
        "西湖区",
        "文一西路1号",
    )
    assert Order.objects.get(pk=order.pk).region == "330106"


def test_an_unknown_region_stays_unknown_and_is_a_trouble():
    order = ordered(to=SOMEBODY, state=State.UNPAID)
    mei = actor(Power.ORDER_SEE, Power.ORDER_RECEIVER_EDIT, name="小美")
    edit(by=mei, order=order, receiver=replace(MOVED, province="火星省", city="", district=""), at=NOON)
    order.refresh_from_db()
    assert (order.region, order.troubles) == ("", ["address"])
    edit(by=mei, order=order, receiver=MOVED, at=NOON)
    order.refresh_from_db()
    assert (order.region, order.troubles) == ("420103", [])


# forgetting


def test_receivers_are_forgotten_when_their_time_is_over():
    old = ordered("1", to=SOMEBODY, state=State.FINISHED, ended_at=NOON - timedelta(days=91))
    young = ordered("2", to=SOMEBODY, state=State.FINISHED, ended_at=NOON - timedelta(days=89))
    running = ordered("3", to=SOMEBODY)
    assert forget_old(by=HOUSE, at=NOON) == 1
    assert forget_old(by=HOUSE, at=NOON) == 0
    left = where(old)
    assert (left.name, left.phone, left.address, left.city) == ("", "", "", "武汉市")
    row = Receiver.objects.get(order=old)
    assert (row.masked_name, row.phone_trace, row.household) == ("张**", None, None)
    assert where(young).name == where(running).name == "张三丰"
    assert differences(old.pk) == {}
    mei = actor(Power.ORDER_SEE, Power.RECEIVER_REVEAL, name="小美")
    with pytest.raises(NotNow):
        reveal(by=mei, order=old, reason="核对地址", at=NOON)
    assert not Reveal.objects.exists()


def test_a_shop_may_keep_receivers_for_another_time():
    Setting.objects.create(
        shop=shop(), name="orders.receiver_keep_days", value=30, since=NOON.date(), set_by="店长"
    )
    for n in range(3):
        ordered(str(n), to=SOMEBODY, state=State.CLOSED_UNPAID, ended_at=NOON - timedelta(days=31))
    assert forget_old(by=HOUSE, at=NOON, most=2) == 2
    assert forget_old(by=HOUSE, at=NOON, most=2) == 1
