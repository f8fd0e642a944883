"""A buyer's coupons, red packets and favourites."""

from datetime import timedelta

import pytest

from zhanggui.checkout.tests.cast import coupon, goods, red_packet
from zhanggui.customers.acting import as_actor
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotNow
from zhanggui.promotions.models import Coupon, RedPacket
from zhanggui.storefront.actions import favourites
from zhanggui.storefront.models import Favourite
from zhanggui.storefront.queries import buying
from zhanggui.storefront.tests.buying import at_home, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_shop()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "used"}, "已使用"),
        ({"state": "held"}, "还没付款的订单"),
        ({"state": "revoked"}, "已作废"),
        ({"good_until": now() - timedelta(hours=1)}, "已过期"),
        ({"good_from": now() + timedelta(hours=1)}, "还没到可用时间"),
    ],
)
def test_a_coupon_says_why_it_cannot_be_used(change, why):
    person, client = at_home()
    coupon(1000, 5000, to=person, name="好券")
    assert buying.coupons(person, at=now())[0].usable
    Coupon.objects.update(**change)
    paper = buying.coupons(person, at=now())[0]
    assert why in paper.why
    assert why in client.get("/my/coupons/").content.decode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "due"}, "还没到账"),
        ({"state": "revoked", "revoke_reason": "刷单"}, "已收回。原因：刷单"),
        ({"left_fen": 0, "used_fen": 1200}, "已用完"),
        ({"left_fen": 0, "held_fen": 1200}, "还没付款的订单"),
        ({"good_until": now() - timedelta(hours=1)}, "已过期"),
    ],
)
def test_a_red_packet_says_why_it_cannot_be_used(change, why):
    person, client = at_home()
    red_packet(person, 1200)
    assert buying.counts(person, at=now()).red_fen == 1200
    RedPacket.objects.update(**change)
    assert why in client.get("/my/red-packets/").content.decode()
    assert buying.counts(person, at=now()).red_fen == 0


def test_usable_papers_stand_first_the_one_that_ends_first_in_front():
    person, _client = at_home()
    red_packet(person, 100, ref="late", hours=48)
    red_packet(person, 200, ref="soon", hours=2)
    red_packet(person, 300, ref="gone", hours=-2)
    assert [paper.worth_fen for paper in buying.red_packets(person, at=now())] == [200, 100, 300]


def test_liking_twice_is_once_and_can_be_taken_back():
    _person, client = at_home()
    listing = goods().product.listings.get()
    for _ in range(2):
        client.post(f"/my/favourites/{listing.pk}/", {"next": "/s/OW01/"})
    listing.refresh_from_db()
    assert (Favourite.objects.count(), listing.liked) == (1, 1)
    assert "茶 TEA" in client.get("/my/favourites/").content.decode()
    for _ in range(2):
        assert client.post(f"/my/favourites/{listing.pk}/", {"off": "1"}).status_code == 302
    listing.refresh_from_db()
    assert (Favourite.objects.count(), listing.liked) == (0, 0)


def test_what_is_in_no_open_shop_cannot_be_liked():
    _person, client = at_home()
    listing = goods().product.listings.get()
    listing.shop.face.delete()
    assert client.post(f"/my/favourites/{listing.pk}/").status_code == 404
    assert client.post("/my/favourites/99999999/").status_code == 404
    assert not Favourite.objects.exists()


def test_one_is_sent_back_to_our_own_pages_only():
    _person, client = at_home()
    listing = goods().product.listings.get()
    for evil in ("https://evil.example/", "//evil.example/x"):
        assert client.post(f"/my/favourites/{listing.pk}/", {"next": evil})["Location"] == "/my/favourites/"


def test_there_is_an_end_to_favourites(monkeypatch):
    person, _client = at_home()
    monkeypatch.setattr(favourites, "MOST", 1)
    one, two = (goods(code).product.listings.get() for code in ("A1", "A2"))
    favourites.like(by=as_actor(person), buyer=person, listing=one, at=now())
    with pytest.raises(NotNow):
        favourites.like(by=as_actor(person), buyer=person, listing=two, at=now())
    assert Favourite.objects.count() == 1


def test_a_number_beyond_all_rows_is_not_found():
    _person, client = at_home()
    for number in ("9" * 19, "9" * 40):
        assert client.post(f"/my/favourites/{number}/").status_code == 404
        assert client.post(f"/my/favourites/{number}/", {"off": "1"}).status_code in (302, 404)
