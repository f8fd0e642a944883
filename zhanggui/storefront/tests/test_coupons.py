"""Taking a coupon from the window: signed in, once however often one clicks, and back to the page one was on."""

from datetime import timedelta

import pytest
from django.test import Client

from zhanggui.customers.tests.cast import buyer, shopping
from zhanggui.kit.clock import now
from zhanggui.promotions.models import Coupon
from zhanggui.promotions.tests.offering import offer
from zhanggui.storefront.queries.coupons import reachable, takeable
from zhanggui.storefront.tests.cast import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def strip(**also):
    """A shop with a coupon on its strip."""
    open_shop()
    return offer("coupon", ends_at=now() + timedelta(days=3), **also)


def test_a_visitor_is_sent_to_the_door_and_gets_nothing():
    coupon = strip()
    answer = Client().post(f"/s/OW01/coupons/{coupon.pk}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/buyer/sign-in/")
    assert not Coupon.objects.exists()


def test_a_hundred_clicks_of_one_buyer_give_one_coupon():
    coupon = strip(per_buyer=1)
    window = shopping(buyer())
    for _click in range(100):
        assert window.post(f"/s/OW01/coupons/{coupon.pk}/", {"next": "/s/OW01/"})["Location"] == "/s/OW01/"
    assert Coupon.objects.count() == 1
    page = window.get("/s/OW01/coupons/").content.decode()
    assert "已领取" in page
    assert 'class="ticket-take">' not in page


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/", "abc", "/\\\\evil.example/", "javascript:alert(1)"]
)
def test_one_is_sent_nowhere_else(evil):
    coupon = strip()
    answer = shopping(buyer()).post(f"/s/OW01/coupons/{coupon.pk}/", {"next": evil})
    assert answer["Location"] == "/s/OW01/coupons/"


def test_a_coupon_of_another_shop_is_not_found_here():
    coupon = strip()
    open_shop("OW02")
    assert shopping(buyer()).post(f"/s/OW02/coupons/{coupon.pk}/").status_code == 404
    assert not Coupon.objects.exists()


def test_the_strip_tells_what_is_left_and_what_cannot_be_had():
    coupon = strip(times=3, claimed=1)
    gone = offer("voucher", ends_at=now() + timedelta(days=3), times=2, claimed=2)
    found = {ticket.id: ticket for ticket in takeable(open_shop().pk, at=now(), buyer_id=None)}
    assert (found[coupon.pk].left, found[coupon.pk].can) == (2, True)
    assert (found[gone.pk].left, found[gone.pk].can) == (0, False)
    assert reachable(found.values()) == {coupon.pk}
