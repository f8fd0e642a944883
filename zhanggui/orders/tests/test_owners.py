"""Who looks after an order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOON, actor, shop, sign_in, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.models import Order
from zhanggui.orders.tests.told import ordered
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def test_orders_are_given_to_a_person_and_taken_again():
    boss, mei = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1", Power.ORDER_SEE)
    order = ordered()
    assert assign_many(by=boss, order_ids=[order.pk], staff_id=mei.pk, at=NOON)[0].result == "done"
    assert assign_many(by=boss, order_ids=[order.pk], staff_id=mei.pk, at=NOON)[0].result == "unchanged"
    order.refresh_from_db()
    assert (order.owner, order.version) == (mei, 2)
    assert Entry.objects.get().change == {"owner_id": [None, mei.pk]}
    assign_many(by=boss, order_ids=[order.pk], staff_id=None, at=NOON)
    order.refresh_from_db()
    assert order.owner is None


def test_each_order_has_its_own_outcome():
    here, there, dark = shop("WH01"), shop("WH02"), shop("WH03")
    boss = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, at=here, name="店长")
    boss.powers[there.pk] = frozenset({str(Power.ORDER_SEE)})
    mei = staff("S1", Power.ORDER_SEE)
    orders = [ordered(str(n), at=at) for n, at in enumerate((here, there, dark))]
    outcomes = assign_many(by=boss, order_ids=[o.pk for o in orders], staff_id=mei.pk, at=NOON)
    assert [(one.result, one.number) for one in outcomes] == [
        ("done", "0"),
        ("refused", "1"),
        ("refused", ""),
    ]
    assert Order.objects.filter(owner=mei).count() == 1


def test_nobody_gets_orders_of_a_shop_that_they_cannot_see():
    here, there = shop("WH01"), shop("WH02")
    boss = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长")
    mei = staff("S1", Power.ORDER_SEE, at=here)
    orders = [ordered(str(n), at=at) for n, at in enumerate((here, there))]
    outcomes = assign_many(by=boss, order_ids=[o.pk for o in orders], staff_id=mei.pk, at=NOON)
    assert [one.result for one in outcomes] == ["done", "refused"]
    assert "看不到" in outcomes[1].message
    assert list(Order.objects.filter(owner=mei)) == orders[:1]


def test_people_of_other_shops_are_not_seen(client):
    """Neither in the lists to choose from nor by asking for a work number."""
    here, there = shop("WH01"), shop("WH02")
    mine, far = ordered("1", at=here), ordered("2", at=there)
    me = staff("S1", Power.ORDER_SEE, at=here)
    others = {
        "S2": staff("S2", Power.ORDER_SEE, at=here, name="同店"),
        "S3": staff("S3", Power.ORDER_SEE, name="各店"),
        "S4": staff("S4", Power.ORDER_SEE, at=there, name="外店"),
        "S5": staff("S5", Power.CATALOG_SEE, at=here, name="无关"),
        "S6": staff("S6", name="无权"),
    }
    Order.objects.filter(pk=far.pk).update(owner=others["S4"])
    Staff.objects.filter(pk=others["S2"].pk).update(is_active=False)
    sign_in(client, me)
    for page in ("/orders/", "/orders/filter/", f"/orders/{here.code}/{mine.number}/"):
        text = client.get(page).content.decode()
        assert "各店" in text, page
        for name in ("外店", "无关", "无权", "同店"):
            assert name not in text, (page, name)
    for number, seen in {"S2": True, "S3": True, "S4": False, "S5": False, "S6": False, "S7": False}.items():
        answer = client.get("/orders/", {"owner": number})
        assert (answer.status_code == 200) == seen, number
        assert ("没有这个工号" in answer.content.decode()) != seen
    Order.objects.filter(pk=mine.pk).update(owner=others["S6"])  # moved on, and still who owns it
    assert client.get("/orders/", {"owner": "S6"}).status_code == 200


def test_nobody_gets_orders_who_has_left():
    boss, gone = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1", Power.ORDER_SEE)
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Invalid):
        assign_many(by=boss, order_ids=[ordered().pk], staff_id=gone.pk, at=NOON)
    assert not Entry.objects.exists()


def test_a_long_list_costs_as_much_as_a_short_one():
    boss, mei = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1", Power.ORDER_SEE)
    costs = []
    for name, many in (("a", 2), ("b", 50)):
        ids = [ordered(f"{name}{n}").pk for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            assign_many(by=boss, order_ids=ids, staff_id=mei.pk, at=NOON)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 8
