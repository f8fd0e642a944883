"""An offer that looks like a mistake is kept with a word beside the field, and approved only by who says it is meant."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import offers
from zhanggui.promotions.doubts import Price, doubts, too_often
from zhanggui.promotions.models import Offer, OfferState
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.pricing import values as v
from zhanggui.promotions.queries.doubting import doubts_of
from zhanggui.promotions.tests.offering import DAY, NOON, goods, offer, own
from zhanggui.shops.models import Setting

GOODS = {1: Price("茶", 8_300, 5_000), 2: Price("杯", 3_000, None)}
BASE = {"shops": "OW01", "starts_at": "2099-11-11T00:00", "ends_at": "2099-11-12T00:00", "name": "试"}


def ladder(*tiers, by_pieces=False):
    return v.Reduction(tuple(v.Tier(at, off, percent) for at, off, percent in tiers), by_pieces)


@pytest.mark.parametrize(
    ("terms", "fields"),
    [
        (ladder((10_000, 3_000, None), (20_000, 2_000, None)), ["off2"]),
        (ladder((10_000, 3_000, None), (20_000, 4_000, None)), []),
        (ladder((10_000, 0, 8_000), (20_000, 3_000, None)), ["off2"]),
        (ladder((2, 0, 8_000), (3, 0, 9_000), by_pieces=True), ["percent2"]),
        (ladder((10_000, 9_000, None)), ["off1"]),
        (v.Bundle({1: 1}, 99_900), ["price"]),
        (v.Bundle({1: 2}, 15_000), []),
        (v.Bundle({1: 2}, 9_000), ["price"]),
        (v.Flash({1: 1}), ["prices", "prices"]),
        (v.Flash({1: 8_300}), ["prices"]),
        (v.Flash({1: 4_000, 2: 2_000}), ["prices"]),
        (v.Flash({1: 6_000, 2: 2_000}, 8_500), []),
        (v.Flash({}, 850), ["percent"]),
        (v.Member({1: 9_500, 2: 9_800}), ["level2"]),
        (v.Coupon(10_000, 9_999), ["off"]),
        (v.Coupon(10_000, 3_000), []),
        (v.BuyGet(1, v.Present(0, 5)), ["gift_pieces"]),
        (v.Flash({99: 1}), []),
    ],
)
def test_what_looks_like_a_mistake_is_said_beside_its_field(terms, fields):
    assert [one.field for one in doubts(terms, GOODS)] == fields


@pytest.fixture
def shop():
    return own()


@pytest.fixture
def editor(shop):
    who = cast.staff("e1", Power.OFFER_SEE, Power.OFFER_EDIT, at=shop, name="e1")
    return cast.sign_in(Client(), who)


@pytest.mark.django_db
def test_a_bad_idea_is_kept_and_the_form_says_so_beside_the_field(editor):
    typed = BASE | {"at1": "100", "off1": "30", "at2": "200", "off2": "20"}
    words = editor.post(reverse("promotions:words", args=["reduction"]), typed).content.decode()
    assert "买得多反而不划算" in words
    answer = editor.post(reverse("promotions:new-kind", args=["reduction"]), typed)
    row = Offer.objects.get()
    assert answer["Location"] == reverse("promotions:edit", args=[row.pk])
    page = editor.get(answer["Location"])
    assert page.context["beside"]["off2"]
    assert "买得多反而不划算" in page.content.decode()
    again = typed | {"version": row.version, "note": "就这样"}
    answer = editor.post(reverse("promotions:edit", args=[row.pk]), again)
    assert answer["Location"] == reverse("promotions:offer", args=[row.pk])


@pytest.mark.django_db
def test_who_approves_sees_the_same_and_must_say_that_it_is_meant(editor, shop):
    goods("TEA", price=8_300, cost=6_000)
    goods("CUP", price=3_000, cost=1_000)
    typed = BASE | {"price": "999", "parts": "TEA 1\nCUP 1"}
    editor.post(reverse("promotions:new-kind", args=["bundle"]), typed)
    row = Offer.objects.get()
    editor.post(reverse("promotions:review", args=[row.pk]), {"version": row.version})
    boss = cast.staff("b1", Power.OFFER_SEE, Power.OFFER_APPROVE, at=shop, name="b1")
    boss = cast.sign_in(Client(), boss)
    row.refresh_from_db()
    page = boss.get(reverse("promotions:offer", args=[row.pk])).content.decode()
    assert "不比单买便宜：单买一共 ¥113" in page
    assert 'name="meant"' in page
    address = reverse("promotions:approval", args=[row.pk])
    answer = boss.post(address, {"version": row.version})
    assert answer.status_code == 409
    row.refresh_from_db()
    assert row.state == OfferState.REVIEW
    assert boss.post(address, {"version": row.version, "meant": "1"}).status_code == 302


@pytest.mark.django_db
def test_a_flash_price_below_the_floor_needs_its_tick_however_fat_other_margins(shop):
    for number in range(45):  # thinner margins than TEA's: the ones that are tried first
        goods(f"THIN{number}", price=1_000, cost=999)
    tea = goods("TEA", price=8_300, cost=1_000)
    row = offers.draft(
        by=cast.HOUSE,
        plan=Plan.told(
            merchant_id=shop.merchant_id,
            kind="flash",
            name="特价",
            shop_ids=[shop.pk],
            starts_at=NOON,
            ends_at=NOON.replace(year=2027),
            terms={"prices": {str(tea.pk): 900}},
        ),
        at=NOON,
    )
    offers.ask_review(by=cast.HOUSE, offer=row, at=NOON)
    with pytest.raises(offers.BelowFloor):
        offers.approve(by=cast.HOUSE, offer=row, at=NOON)
    row.refresh_from_db()
    assert row.state == OfferState.REVIEW


@pytest.mark.parametrize(
    ("others", "most", "said"),
    [
        ([], 1, False),
        ([0, 0, 0], 1, False),  # what begins on the same day is one campaign
        ([29], 1, True),
        ([30], 1, False),
        ([-29], 1, True),
        ([-30], 1, False),
        ([-20, 20], 2, False),  # no stretch of 30 days holds all three
        ([-14, 15], 2, True),
        ([-14, 15], 3, False),
        ([3, 6, 9, 12, 15, 18, 21, 24], 8, True),
    ],
)
def test_campaigns_that_begin_too_often_are_a_doubt(others, most, said):
    own = date(2026, 11, 11)
    found = too_often([own + timedelta(days=far) for far in others], own, most)
    assert bool(found) == said
    assert all(one.grave and one.field == "starts_at" for one in found)


@pytest.mark.django_db
def test_who_approves_the_ninth_campaign_of_a_month_must_say_that_it_is_meant(shop):
    for number in range(8):
        offer(shops=(shop,), starts_at=NOON - number * 3 * DAY)
    row = offer(shops=(shop,), state=OfferState.REVIEW, starts_at=NOON + DAY, asked_by=None)
    boss = cast.actor(Power.OFFER_APPROVE, name="店长")
    with pytest.raises(offers.Doubtful, match="9 个促销档期"):
        offers.approve(by=boss, offer=row, at=NOON)
    assert Offer.objects.get(pk=row.pk).state == OfferState.REVIEW
    offers.approve(by=boss, offer=row, meant=True, at=NOON)
    assert row.state == OfferState.SCHEDULED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "also",
    [
        {"state": OfferState.STOPPED},
        {"state": OfferState.DRAFT},
        {"kind": "member", "terms": {"percents_bp": {"1": 9_000}}},
        {"kind": "free_postage"},
        {"ends_at": NOON + 100 * DAY},
    ],
)
def test_what_is_no_campaign_does_not_count(shop, also):
    for number in range(12):
        offer(**({"shops": (shop,), "starts_at": NOON - number * DAY} | also))
    row = offer(shops=(shop,), state=OfferState.REVIEW, starts_at=NOON + DAY)
    assert doubts_of(row) == []


@pytest.mark.django_db
def test_each_shop_sets_how_often_for_itself(shop):
    Setting.objects.create(
        shop=shop, name="promotions.campaigns_a_month", value=1, since=NOON.date() - DAY, set_by="测试"
    )
    other = own("OW02")
    offer(shops=(shop,), starts_at=NOON - 3 * DAY)
    offer(shops=(other,), starts_at=NOON - 3 * DAY)
    assert doubts_of(offer(shops=(other,), state=OfferState.DRAFT)) == []
    assert [one.field for one in doubts_of(offer(shops=(shop,), state=OfferState.DRAFT))] == ["starts_at"]
    assert [one.field for one in doubts_of(offer(shops=(shop, other), state=OfferState.DRAFT))] == [
        "starts_at"
    ]
