"""The same buyer twice (S0-28), and several orders of one household in one parcel."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOON, actor, merchant, shop
from zhanggui.customers.models import Buyer
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.actions.changes import ask
from zhanggui.orders.actions.merging import accept, part
from zhanggui.orders.duplicates import groups_of, offers, offers_for, twins_of
from zhanggui.orders.models import Together, TogetherOrder
from zhanggui.orders.states import Call, Refund, State
from zhanggui.orders.tests.told import SOMEBODY, ordered
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db

OTHER = replace(SOMEBODY, name="李四", phone="13987654321")


@pytest.fixture
def packer(db):
    return actor(Power.ORDER_SEE, Power.ORDER_SHIP, name="打单员")


def buyer(nick="江边小鱼"):
    return Buyer.objects.get_or_create(merchant_id=merchant().pk, platform="taobao", nick=nick)[0]


# duplicates


def test_the_same_buyer_with_the_same_goods_is_found_both_ways():
    first = ordered("1", buyer=buyer(), state=State.UNPAID)
    second = ordered("2", buyer=buyer(), placed_at=NOON + timedelta(hours=1))
    found = twins_of([first.pk, second.pk], NOON)
    assert [twin.number for twin in found[first.pk]] == ["2"]
    assert [twin.number for twin in found[second.pk]] == ["1"]


def test_the_same_household_under_another_nick_is_found():
    first = ordered("1", buyer=buyer("甲"), to=SOMEBODY)
    ordered("2", buyer=buyer("乙"), to=SOMEBODY)
    assert [twin.number for twin in twins_of([first.pk], NOON)[first.pk]] == ["2"]


@pytest.mark.parametrize(
    "other",
    [
        {"goods": "CUP-1"},
        {"placed_at": NOON + timedelta(hours=25)},
        {"state": State.SHIPPED},
        {"state": State.CLOSED_UNPAID},
        {"nick": "别人"},
        {"shop": "WH02"},
    ],
)
def test_what_is_no_duplicate(other):
    other = dict(other)
    who, at = buyer(other.pop("nick", "江边小鱼")), shop(other.pop("shop", "WH01"))
    first = ordered("1", buyer=buyer())
    ordered("2", buyer=who, at=at, **other)
    assert twins_of([first.pk], NOON) == {}


def test_the_window_is_the_shops_own():
    Setting.objects.create(
        shop=shop(), name="orders.duplicate_hours", value=48, since=NOON.date(), set_by="店长"
    )
    first = ordered("1", buyer=buyer())
    ordered("2", buyer=buyer(), placed_at=NOON + timedelta(hours=25))
    assert list(twins_of([first.pk], NOON)) == [first.pk]


def test_a_page_costs_two_statements():
    page = [ordered(str(n), buyer=buyer(), to=SOMEBODY).pk for n in range(12)]
    with CaptureQueriesContext(connection) as asked:
        assert len(twins_of(page, NOON)) == 12
    assert len(asked) == 2
    with CaptureQueriesContext(connection) as asked:
        assert len(offers_for(page)) == 12
    assert len(asked) == 1


# offers


def test_paid_orders_of_one_household_are_offered_the_earliest_paid_first():
    late = ordered("1", to=SOMEBODY, paid_at=NOON + timedelta(hours=2))
    early = ordered("2", to=SOMEBODY, goods="CUP-1")
    ordered("3", to=OTHER)
    [offer] = offers([shop().pk])
    assert offer.order_ids == (early.pk, late.pk)
    assert offer.numbers == ("2", "1")
    assert offer.pieces == 2
    assert offers_for([late.pk]) == {late.pk: offer}
    assert offers([shop("WH02").pk]) == []


@pytest.mark.parametrize(
    "other",
    [
        {"state": State.UNPAID},
        {"state": State.SHIPPED},
        {"refund": Refund.OPEN},
        {"cod": True, "cod_call": Call.WAITING},
        {"shop": "WH02"},
        {"to": OTHER},
    ],
)
def test_what_is_not_ready_is_neither_offered_nor_accepted(packer, other):
    other = {"to": SOMEBODY} | other
    at = shop(other.pop("shop", "WH01"))
    first, second = ordered("1", to=SOMEBODY), ordered("2", at=at, **other)
    assert offers([first.shop_id, second.shop_id]) == []
    with pytest.raises((Invalid, NotNow)):
        accept(by=packer, order_ids=[first.pk, second.pk], at=NOON)
    assert not Together.objects.exists()
    assert not Entry.objects.exists()


def test_accepting_and_parting(packer):
    ids = [ordered(str(n), to=SOMEBODY).pk for n in range(3)]
    group = accept(by=packer, order_ids=ids, at=NOON)
    assert offers([shop().pk]) == []
    assert groups_of([ids[0]]) == {ids[0]: ids}
    assert Entry.objects.filter(what="order.joined").count() == 3
    with pytest.raises(NotNow):
        accept(by=packer, order_ids=ids[:2], at=NOON)
    assert part(by=packer, order_ids=[ids[0]], at=NOON) == 1
    assert groups_of(ids) == {ids[1]: ids[1:], ids[2]: ids[1:]}
    # a group of one is no group
    assert part(by=packer, order_ids=[ids[1]], at=NOON) == 1
    assert not Together.objects.exists()
    assert not TogetherOrder.objects.exists()
    assert Entry.objects.filter(what="order.parted", change__together=[group.pk, None]).count() == 3
    assert part(by=packer, order_ids=ids, at=NOON) == 0


def test_an_open_change_keeps_an_order_out(packer):
    first, second = ordered("1", to=SOMEBODY), ordered("2", to=SOMEBODY)
    ask(
        by=actor(Power.ORDER_SEE, Power.ORDER_MARK, name="小美"),
        order=first,
        kind="cancel",
        wanted={},
        reason="",
        at=NOON,
    )
    assert offers([shop().pk]) == []
    with pytest.raises(NotNow):
        accept(by=packer, order_ids=[first.pk, second.pk], at=NOON)


def test_who_may_merge(packer):
    ids = [ordered(str(n), to=SOMEBODY).pk for n in range(2)]
    with pytest.raises(NotAllowed):
        accept(by=actor(Power.ORDER_SEE, name="看"), order_ids=ids, at=NOON)
    with pytest.raises(NotFound):
        accept(by=actor(Power.ORDER_SHIP, name="外"), order_ids=ids, at=NOON)
    with pytest.raises(Invalid):
        accept(by=packer, order_ids=ids[:1], at=NOON)
    assert not Together.objects.exists()
