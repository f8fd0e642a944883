"""An offer that nobody can read any more does not close the shop: buyers see and pay the price without it."""

import pytest
from django.db import connection

from zhanggui.checkout.tests.cast import coupon, goods, offer
from zhanggui.orders.models import Order
from zhanggui.storefront.tests.buying import at_home, open_shop, put, submit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_shop()


def spoil(row, terms):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE promotions_offer SET terms = %s::jsonb WHERE id = %s", [terms, row.pk])


@pytest.mark.parametrize("terms", ['{"tiers": 5}', "[]", '{"tiers": [{"at": 1, "off_fen": 1000000000000}]}'])
def test_the_buyer_sees_and_pays_the_price_without_it(terms):
    tea, (_person, client) = goods(price_fen=5000), at_home()
    broken = offer("reduction", {"tiers": [{"at": 1000, "off_fen": 300}]})
    offer("member", {"percents_bp": {"1": 9_000}})
    put(client, tea, 2)
    assert "¥107.00" in client.get("/checkout/").content.decode(), "100.00 - 3.00 + 10.00 postage"
    spoil(broken, terms)
    page = client.get("/checkout/")
    assert "¥110.00" in page.content.decode()
    assert submit(client, page).status_code == 302
    assert Order.objects.get().due_fen == 11000
    for path in ("/s/OW01/", f"/s/OW01/goods/{tea.product.listings.get().pk}/", "/cart/", "/s/OW01/coupons/"):
        assert client.get(path, follow=True).status_code == 200, path


def test_a_price_seen_before_it_broke_is_shown_again_and_not_charged():
    tea, (_person, client) = goods(price_fen=5000), at_home()
    broken = offer("reduction", {"tiers": [{"at": 1000, "off_fen": 300}]})
    put(client, tea, 2)
    seen = client.get("/checkout/")
    spoil(broken, "[]")
    answer = submit(client, seen)
    assert answer.status_code == 409
    assert not Order.objects.exists()


def test_a_coupon_in_the_purse_says_that_it_cannot_be_used():
    tea, (person, client) = goods(price_fen=5000), at_home()
    spoil(coupon(1000, 5000, to=person, name="坏券"), '{"off_fen": []}')
    page = client.get("/my/coupons/")
    assert page.status_code == 200
    assert "暂时用不了" in page.content.decode()
    put(client, tea, 2)
    assert "¥110.00" in client.get("/checkout/").content.decode()
