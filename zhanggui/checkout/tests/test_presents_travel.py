"""Presents travel in the parcel: the buyer's postage is that of what he bought, the shop bears what they add."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.checkout.baskets import Asked, price_baskets
from zhanggui.checkout.tests.cast import buyer, goods, offer, own_shop, placed
from zhanggui.freight.models import FreeRule, Template, Zone
from zhanggui.kit.clock import now
from zhanggui.orders.tests.cast import receiver
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_weight():
    """The first kilogram ¥10, each further one ¥5."""
    shop = own_shop()
    Template.objects.update(valuation="weight")
    Zone.objects.update(first_standard=1000, first_fen=1000, add_standard=1000, add_fen=500)
    return shop


def weighing(code, grams, **also):
    sku = goods(code, **also)
    sku.weight_g = grams
    sku.save(update_fields=["weight_g"])
    return sku


def basket(shop, *lines):
    [found] = price_baskets(
        buyer_id=buyer().pk,
        merchant_id=shop.merchant_id,
        shops=[Asked(shop, [(sku.pk, n) for sku, n in lines], receiver().region or "420111")],
        at=now(),
    )
    return found


def test_a_present_makes_no_parcel_dearer_for_the_buyer_and_the_shop_sees_what_it_costs(by_weight):
    tea, cup = weighing("TEA", 900), weighing("CUP", 300)
    offer("gift", {"tiers": [{"at": 1000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    found = basket(by_weight, (tea, 1))
    assert [gift.sku_id for gift in found.priced.gifts] == [cup.pk]
    assert found.priced.postage_fen == 1000
    assert (found.parcel.pieces, found.parcel.weight_g) == (2, 1200)
    assert (found.parcel.fee_fen, found.parcel.charged_fen, found.parcel.borne_fen) == (1500, 1000, 500)
    # Bought by the buyer himself the same cup is weighed: the rule is about presents, not about cups.
    assert basket(by_weight, (tea, 1), (cup, 1)).priced.postage_fen == 1500


def test_one_more_of_the_same_for_nothing_is_not_paid_for_in_postage(by_weight):
    tea = weighing("TEA", 900)
    offer("buy_get", {"buy": 1, "present": {"sku_id": 0, "pieces": 1}})
    found = basket(by_weight, (tea, 1))
    assert [(gift.sku_id, gift.pieces) for gift in found.priced.gifts] == [(tea.pk, 1)]
    assert (found.priced.postage_fen, found.parcel.borne_fen) == (1000, 500)


def test_a_present_without_a_weight_leaves_no_postage_open(by_weight):
    tea, cup = weighing("TEA", 900), weighing("CUP", None)
    offer("gift", {"tiers": [{"at": 1000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    found = basket(by_weight, (tea, 1))
    assert found.priced.postage_fen == 1000
    assert (found.parcel.weight_g, found.parcel.fee_fen, found.parcel.borne_fen) == (None, None, None)


def test_a_present_breaks_no_free_postage_that_has_a_limit(by_weight):
    tea, cup = weighing("TEA", 900), weighing("CUP", 300)
    FreeRule.objects.create(template=Template.objects.get(), regions=["1"], amount_fen=1000, within=1000)
    offer("gift", {"tiers": [{"at": 1000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    found = basket(by_weight, (tea, 1))
    assert found.priced.gifts
    assert (found.priced.postage_fen, found.parcel.borne_fen) == (0, 1500)


def test_the_order_keeps_it_and_its_books_show_it(by_weight):
    tea, cup = weighing("TEA", 900), weighing("CUP", 300)
    offer("gift", {"tiers": [{"at": 1000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    order, plain = placed((tea, 1)), placed((weighing("POT", 900, price_fen=500), 1))
    assert order.postage_fen == 1000
    assert order.priced.quote["parcel"]["weight_g"] == 1200
    assert "parcel" not in plain.priced.quote
    clerk = cast.sign_in(Client(), cast.staff("小周", Power.LEDGER_SEE, Power.ORDER_SEE, at=by_weight))
    shown = clerk.get(reverse("checkout:books", args=[by_weight.code, order.number])).content.decode()
    assert "1.2 公斤" in shown
    assert "赠品多出的运费，店铺承担" in shown
    assert "5.00" in shown
    assert (
        "包裹里的赠品"
        not in clerk.get(reverse("checkout:books", args=[by_weight.code, plain.number])).content.decode()
    )
