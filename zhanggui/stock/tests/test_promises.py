import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import cast
from zhanggui.stock.actions.promises import promise_many, release_many, send_out_many
from zhanggui.stock.models import Balance, Movement, Promise
from zhanggui.stock.queries import unexplained
from zhanggui.stock.tests.shelving import free, shelve, want, warehouse

pytestmark = pytest.mark.django_db
HOUSE = cast.HOUSE


def test_lines_are_served_in_the_order_of_the_list_and_each_whole_or_not():
    tea = shelve(pieces=3)
    got = promise_many(by=HOUSE, wanted=[want(1, tea, 2), want(2, tea, 2), want(3, tea, 1)])
    assert got == {1: "held", 2: "short", 3: "held"}
    assert free(tea) == 0
    assert unexplained() == []


def test_promising_again_changes_nothing():
    tea = shelve(pieces=3)
    promise_many(by=HOUSE, wanted=[want(1, tea, 2)])
    assert promise_many(by=HOUSE, wanted=[want(1, tea, 2), want(1, tea, 2)]) == {1: "held"}
    assert free(tea) == 1


def test_an_article_that_no_warehouse_keeps_is_not_tracked():
    tea = shelve(pieces=0)
    warehouse()
    assert promise_many(by=HOUSE, wanted=[want(1, tea)]) == {1: ""}
    assert not Promise.objects.exists()


def test_the_warehouse_of_the_shops_city_comes_first():
    here, there = warehouse(), warehouse(cast.SHANGHAI, "上海仓")
    tea = shelve(pieces=5, at=here)
    shelve(pieces=5, at=there)
    promise_many(by=HOUSE, wanted=[want(1, tea, city=cast.SHANGHAI), want(2, tea, city=cast.WUHAN)])
    assert dict(Promise.objects.values_list("line_id", "warehouse_id")) == {1: there.pk, 2: here.pk}


def test_what_is_given_back_can_be_promised_again_and_only_once():
    tea = shelve(pieces=3)
    promise_many(by=HOUSE, wanted=[want(1, tea, 3)])
    assert release_many(by=HOUSE, line_ids=[1, 1, 7]) == 1
    assert release_many(by=HOUSE, line_ids=[1]) == 0
    assert free(tea) == 3
    assert promise_many(by=HOUSE, wanted=[want(2, tea, 3)]) == {2: "held"}


def test_what_is_sent_out_leaves_the_shelf_with_a_movement():
    tea = shelve(pieces=3)
    promise_many(by=HOUSE, wanted=[want(1, tea, 2)])
    assert send_out_many(by=HOUSE, line_ids=[1, 2], ref="parcel:1") == 1
    assert send_out_many(by=HOUSE, line_ids=[1], ref="parcel:1") == 0
    shelf = Balance.objects.get()
    assert (shelf.on_hand, shelf.promised) == (1, 0)
    assert list(Movement.objects.order_by("id").values_list("pieces", "why")) == [
        (3, "received"),
        (-2, "shipped"),
    ]
    assert unexplained() == []


def test_the_database_itself_refuses_to_promise_too_much():
    shelve(pieces=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.update(promised=2)


@pytest.mark.parametrize("many", [1, 200])
def test_a_list_costs_the_same_few_statements(many):
    tea, rice = shelve(pieces=1000), shelve("RICE", pieces=1000)
    wanted = [want(line, tea if line % 2 else rice) for line in range(many)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        promise_many(by=HOUSE, wanted=wanted)
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 5
    with CaptureQueriesContext(connection) as asked:
        send_out_many(by=HOUSE, line_ids=range(many), ref="x")
    assert len([q for q in asked if "SAVEPOINT" not in q["sql"]]) <= 6
