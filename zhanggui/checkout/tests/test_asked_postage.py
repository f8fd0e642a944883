from datetime import timedelta

import pytest

from tests import cast
from zhanggui.checkout.tests.cast import goods, pay, place
from zhanggui.freight.actions.costs import answer
from zhanggui.freight.models import CostAsked, Quote, Zone
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea():
    sku = goods()
    Zone.objects.update(ask_first=True)
    return sku


def reply(fee_fen=3210):
    return answer(
        by=cast.actor(Power.FREIGHT_EDIT, name="运营小陈"),
        task=CostAsked.objects.get(),
        fee_fen=fee_fen,
        at=now(),
    )


def test_the_answer_of_a_person_is_charged_and_named_on_the_receipt(tea):
    assert place((tea, 2)).result == "postage_unknown"
    assert place((tea, 2)).result == "postage_unknown"
    assert CostAsked.objects.count() == 1
    reply()
    outcome = place((tea, 2))
    assert (outcome.result, outcome.due_fen) == ("placed", 10000 + 3210)
    order = Order.objects.select_related("priced").get(pk=outcome.order_id)
    line = order.priced.quote["lines"][-1]
    assert (line["rule"], line["name"], line["fee_fen"]) == ("answered", "运营小陈", 3210)
    assert pay(order) == "paid"


def test_another_parcel_is_asked_for_anew(tea):
    place((tea, 2))
    reply()
    assert place((tea, 3)).result == "postage_unknown"
    assert CostAsked.objects.filter(answered_at=None).count() == 1


def test_an_answer_holds_for_its_time_only(tea):
    place((tea, 1))
    reply()
    assert place((tea, 1)).ok
    Quote.objects.update(good_until=now() - timedelta(seconds=1))
    assert place((tea, 1)).result == "postage_unknown"
