"""One offer whose row nobody can read: the shop goes on selling without it and hears of it once."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.journal.models import Entry
from zhanggui.kit.actor import system
from zhanggui.kit.clock import now
from zhanggui.kit.menu import notices_for
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.actors import actor_of
from zhanggui.promotions.actions import offers, purses, unreadable
from zhanggui.promotions.models import Coupon, Offer, OfferState
from zhanggui.promotions.queries import live
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, goods, offer, own

pytestmark = pytest.mark.django_db
TIMER = system("定时器", "timer")
SPOILED = [
    ("terms", "[]"),
    ("terms", "null"),
    ("terms", '"x"'),
    ("terms", '{"tiers": 5}'),
    ("terms", '{"tiers": [[1, 2]]}'),
    ("terms", '{"tiers": [{"at": "200", "off_fen": 20}]}'),
    ("terms", '{"tiers": [{"at": 1e30, "off_fen": 20}]}'),
    ("terms", '{"tiers": [{"at": 10000, "off_fen": 1000000000000}]}'),
    ("terms", '{"tiers": [{"at": 10000, "off_fen": {"a": 1}}]}'),
    ("scope", "[7]"),
    ("scope", '{"skus": "all"}'),
    ("scope", '{"products": [1], "except_products": [1]}'),
    ("kind", "nonsense"),
]


def spoil(row, column="terms", value='{"tiers": 5}'):
    cast_as = "" if column == "kind" else "::jsonb"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE promotions_offer SET {column} = %s{cast_as} WHERE id = %s", [value, row.pk])
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(("column", "value"), SPOILED)
def test_a_spoiled_offer_is_left_out_and_the_others_count(column, value):
    shop = own()
    good = offer(shops=(shop,), name="好的")
    bad = offer(shops=(shop,), name="坏的")
    assert {
        one.id for one in live.offers_for(shop.merchant_id, [shop.pk], at=NOON, buyer_id=None)[shop.pk]
    } == {
        good.pk,
        bad.pk,
    }
    spoil(bad, column, value)
    found = live.offers_for(shop.merchant_id, [shop.pk], at=NOON, buyer_id=None)[shop.pk]
    assert [one.id for one in found] == [good.pk]


def test_free_postage_for_regions_that_are_no_list_is_left_out():
    shop = own()
    bad = spoil(offer("free_postage", shops=(shop,)), value='{"amount_fen": 1, "regions": 5}')
    assert live.offers_for(shop.merchant_id, [shop.pk], at=NOON, buyer_id=None)[shop.pk] == ()
    assert bad.state == OfferState.LIVE


def test_the_shop_is_told_once_and_again_when_it_can_be_read(monkeypatch):
    rung = []
    monkeypatch.setattr(unreadable, "ring", lambda topic, about: rung.append((topic, about)))
    shop = own()
    sound = offer(shops=(shop,))
    terms = dict(sound.terms)
    row = spoil(sound)
    assert unreadable.tell(by=TIMER, at=NOON) == 1
    assert unreadable.tell(by=TIMER, at=NOON) == 0
    entry = Entry.objects.get(what="offer.unreadable")
    assert (entry.object_id, entry.shop_id) == (row.pk, shop.pk)
    assert entry.reason
    assert rung == [(f"shop:{shop.pk}", f"offer:{row.pk}")]
    spoil(row, "terms", json.dumps(terms))
    assert unreadable.tell(by=TIMER, at=NOON) == 1
    assert unreadable.tell(by=TIMER, at=NOON) == 0
    assert Entry.objects.filter(what="offer.readable").count() == 1


def test_when_all_is_well_telling_costs_one_statement(django_assert_num_queries):
    for number in range(20):
        offer(name=f"好的{number}")
    with django_assert_num_queries(1 + 2):  # and the verb's savepoint
        assert unreadable.tell(by=TIMER, at=NOON) == 0


def test_what_is_over_or_not_approved_is_not_told_of():
    for state in (OfferState.DRAFT, OfferState.STOPPED, OfferState.ENDED):
        spoil(offer(state=state))
    assert unreadable.tell(by=TIMER, at=NOON) == 0
    assert not Entry.objects.filter(what="offer.unreadable").exists()


def test_pages_and_notices_say_it_and_every_page_still_answers():
    shop = own()
    row = offer(shops=(shop,), name="坏掉的满减", ends_at=now() + DAY)
    offer(shops=(shop,), name="旁边的", ends_at=now() + DAY)
    goods()
    me = cast.staff("e9", *cast.everything(), name="e9")
    client = cast.sign_in(Client(), me)
    spoil(row)
    unreadable.tell(by=TIMER, at=now())
    said = [notice.text for notice in notices_for(actor_of(me))]
    assert [text for text in said if "坏掉的满减" in text and "没有参加计价" in text]
    listed = client.get(reverse("promotions:offers")).content.decode()
    assert "「坏掉的满减」的内容读不懂，没有参加计价" in listed
    assert "读不懂</span>" in listed
    for column, value in (("terms", '{"tiers": 5}'), ("scope", "[7]"), ("kind", "nonsense")):
        spoil(row, column, value)
        for path in (
            reverse("promotions:offer", args=[row.pk]),
            reverse("promotions:offers"),
            reverse("promotions:calendar"),
            reverse("promotions:calendar") + "?way=lanes",
            reverse("promotions:new"),
            reverse("promotions:simulator") + "?shop=OW01&lines=TEA",
            reverse("promotions:conflicts") + "?shop=OW01",
        ):
            assert client.get(path).status_code == 200, path
        assert (
            "请停用它，再新建一个" in client.get(reverse("promotions:offer", args=[row.pk])).content.decode()
        )
        assert client.get(reverse("promotions:edit", args=[row.pk])).status_code in (404, 422)


def test_it_is_not_reviewed_approved_or_cloned_but_it_is_stopped():
    author, boss = cast.actor(*cast.everything(), name="甲"), cast.actor(*cast.everything(), name="乙")
    row = spoil(offer(state=OfferState.DRAFT))
    with pytest.raises(Invalid):
        offers.ask_review(by=author, offer=row, at=NOON)
    Offer.objects.update(state=OfferState.REVIEW)
    row.refresh_from_db()
    with pytest.raises(Invalid):
        offers.approve(by=boss, offer=row, below_floor=True, meant=True, at=NOON)
    with pytest.raises(Invalid):
        offers.clone(by=author, offer=row, at=NOON)
    assert Offer.objects.get().state == OfferState.REVIEW
    offers.stop(by=boss, offer=row, reason="读不懂", at=NOON)
    assert Offer.objects.get().state == OfferState.STOPPED


def test_another_offer_of_the_shop_is_still_approved():
    author, boss = cast.actor(*cast.everything(), name="甲"), cast.actor(*cast.everything(), name="乙")
    goods()
    spoil(offer())
    row = offer(state=OfferState.DRAFT, name="新的")
    offers.ask_review(by=author, offer=row, at=NOON)
    offers.approve(by=boss, offer=row, at=NOON)
    assert row.state == OfferState.SCHEDULED


def test_a_coupon_nobody_can_read_is_not_taken():
    row = spoil(offer("coupon", times=10, per_buyer=1), value='{"off_fen": "x"}')
    with pytest.raises(NotNow, match="用不了"):
        purses.claim(
            by=cast.actor(name="买家"), buyer=buyer(), shop_id=row.shop_ids[0], offer_id=row.pk, at=NOON
        )
    assert not Coupon.objects.exists()
