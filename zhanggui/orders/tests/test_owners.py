"""Who looks after an order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import NOON, actor, shop, staff
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.models import Order
from zhanggui.orders.tests.told import ordered
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def test_orders_are_given_to_a_person_and_taken_again():
    boss, mei = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1")
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
    mei = staff("S1")
    orders = [ordered(str(n), at=at) for n, at in enumerate((here, there, dark))]
    outcomes = assign_many(by=boss, order_ids=[o.pk for o in orders], staff_id=mei.pk, at=NOON)
    assert [(one.result, one.number) for one in outcomes] == [
        ("done", "0"),
        ("refused", "1"),
        ("refused", ""),
    ]
    assert Order.objects.filter(owner=mei).count() == 1


def test_nobody_gets_orders_who_has_left():
    boss, gone = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Invalid):
        assign_many(by=boss, order_ids=[ordered().pk], staff_id=gone.pk, at=NOON)
    assert not Entry.objects.exists()


def test_a_long_list_costs_as_much_as_a_short_one():
    boss, mei = actor(Power.ORDER_SEE, Power.ORDER_ASSIGN, name="店长"), staff("S1")
    costs = []
    for name, many in (("a", 2), ("b", 50)):
        ids = [ordered(f"{name}{n}").pk for n in range(many)]
        with CaptureQueriesContext(connection) as asked:
            assign_many(by=boss, order_ids=ids, staff_id=mei.pk, at=NOON)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 8
