"""Coupons taken by buyers, given by the shop, expired by time."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import purses
from zhanggui.promotions.actions.using import give_back_many, hold_many
from zhanggui.promotions.models import Coupon
from zhanggui.promotions.queries.balance import unexplained_coupons
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, coupon, hold, offer, own, priced

pytestmark = pytest.mark.django_db


def claim(row, who, at=NOON, shop=None):
    return purses.claim(by=cast.HOUSE, buyer=who, shop_id=(shop or own()).pk, offer_id=row.pk, at=at)


def test_a_hundred_clicks_give_the_allowed_number():
    row = offer("coupon", per_buyer=2, times=50)
    got = {claim(row, buyer()).pk for _click in range(100)}
    assert len(got) == 2
    row.refresh_from_db()
    assert row.claimed == 2
    assert Entry.objects.filter(what="coupon.claimed").count() == 2
    assert unexplained_coupons() == []


def test_never_more_than_there_are():
    row = offer("coupon", per_buyer=1, times=2)
    claim(row, buyer("甲")), claim(row, buyer("乙"))
    with pytest.raises(NotNow, match="领完"):
        claim(row, buyer("丙"))
    assert claim(row, buyer("甲")).place == 1, "who has one still sees it"
    assert Coupon.objects.count() == 2


@pytest.mark.parametrize("also", [
    {"claim_from": NOON + DAY},
    {"claim_until": NOON},
    {"ends_at": NOON},
    {"starts_at": NOON + DAY},
    {"state": "stopped"},
])  # fmt: skip
def test_outside_its_time_nobody_takes_one(also):
    row = offer("coupon", per_buyer=1, times=9, **also)
    with pytest.raises(NotNow):
        claim(row, buyer())
    assert not Coupon.objects.exists()


def test_it_may_be_taken_in_the_warm_up_and_used_on_the_day():
    row = offer("coupon", per_buyer=1, times=9, state="scheduled", claim_from=NOON, starts_at=NOON + 5 * DAY)
    got = claim(row, buyer())
    assert (got.good_from, got.good_until) == (NOON + 5 * DAY, row.ends_at)


def test_good_days_count_from_the_taking_and_never_beyond_the_offers_end():
    row = offer("coupon", per_buyer=1, times=9, good_days=3)
    assert claim(row, buyer("甲")).good_until == NOON + 3 * DAY
    assert claim(row, buyer("乙"), at=NOON + 9 * DAY).good_until == row.ends_at


@pytest.mark.parametrize("also", [{"state": "draft"}, {"kind": "reduction"}])
def test_what_is_no_coupon_to_the_buyer_does_not_exist(also):
    row = offer(**({"kind": "coupon", "times": 5, "per_buyer": 1} | also))
    with pytest.raises(NotFound):
        claim(row, buyer())


def test_a_coupon_of_another_shop_or_for_another_level_is_not_had():
    row = offer("coupon", per_buyer=1, times=9, levels=[3])
    with pytest.raises(NotFound):
        claim(row, buyer(level=3), shop=own("OW02"))
    with pytest.raises(NotAllowed, match="3"):
        claim(row, buyer("乙"))
    assert claim(row, buyer()).place == 1


def test_the_shop_gives_vouchers_to_a_list_and_the_same_list_again_gives_nothing():
    giver = cast.actor(Power.OFFER_EDIT)
    row = offer("voucher", per_buyer=1, times=3)
    who = [buyer("甲").pk, buyer("乙").pk]
    assert purses.give(by=giver, offer=row, buyer_ids=who, reason="生日", at=NOON).pieces == 2
    again = purses.give(by=giver, offer=row, buyer_ids=who, at=NOON)
    assert (again.pieces, list(again.left_out)) == (0, sorted(who))
    with pytest.raises(NotNow, match="只剩 1 张"):
        purses.give(by=giver, offer=row, buyer_ids=[buyer("丙").pk, buyer("丁").pk], at=NOON)
    row.refresh_from_db()
    assert (row.claimed, Coupon.objects.count()) == (2, 2)
    assert unexplained_coupons() == []
    assert Announcement.objects.filter(name="CouponsGiven").count() == 1


def test_giving_needs_the_power_an_approved_offer_and_the_merchants_own_buyers():
    from zhanggui.customers.models import Buyer

    row, draft = offer("voucher", per_buyer=1, times=9), offer("voucher", per_buyer=1, times=9, state="draft")
    stranger = Buyer.objects.create(merchant_id=cast.merchant().pk + 1, platform="own", nick="别家的")
    with pytest.raises(NotAllowed):
        purses.give(by=cast.actor(Power.OFFER_SEE), offer=row, buyer_ids=[buyer().pk], at=NOON)
    with pytest.raises(NotNow):
        purses.give(by=cast.HOUSE, offer=draft, buyer_ids=[buyer().pk], at=NOON)
    with pytest.raises(Invalid):
        purses.give(by=cast.HOUSE, offer=row, buyer_ids=[stranger.pk], at=NOON)
    assert not Coupon.objects.exists()


def test_giving_costs_the_same_for_a_hundred():
    row = offer("voucher", per_buyer=1, times=900)

    def cost(ids):
        with CaptureQueriesContext(connection) as asked:
            purses.give(by=cast.HOUSE, offer=row, buyer_ids=ids, at=NOON)
        return len(asked)

    one, many = [buyer("零").pk], [buyer(f"买家{n}").pk for n in range(100)]
    assert cost(one) == cost(many)


def test_time_expires_what_is_free_and_leaves_what_an_order_holds():
    ann = buyer()
    row = offer("coupon", times=9)
    free, held = coupon(row, ann, 1, good_until=NOON + DAY), coupon(row, ann, 2, good_until=NOON + DAY / 2)
    hold_many(by=cast.HOUSE, holds=[hold(1, priced((row, 500)), ann)], at=NOON)
    assert purses.expire_due(by=cast.HOUSE, at=NOON + DAY) == 1
    assert purses.expire_due(by=cast.HOUSE, at=NOON + DAY) == 0
    free.refresh_from_db(), held.refresh_from_db()
    assert (free.state, held.state) == (Coupon.State.EXPIRED, Coupon.State.HELD)
    give_back_many(by=cast.HOUSE, order_ids=[1], at=NOON + DAY)
    held.refresh_from_db()
    assert held.state == Coupon.State.EXPIRED


def test_unused_coupons_can_be_taken_back_with_a_reason():
    row = offer("coupon", times=9)
    ticket = coupon(row, buyer())
    with pytest.raises(Invalid):
        purses.revoke(by=cast.HOUSE, offer=row, buyer_ids=[ticket.buyer_id], reason="", at=NOON)
    assert purses.revoke(by=cast.HOUSE, offer=row, buyer_ids=[ticket.buyer_id], reason="刷单", at=NOON) == 1
    ticket.refresh_from_db()
    assert ticket.state == Coupon.State.REVOKED
