"""The life of an offer: who may do what, when, and what the moment decides."""

from dataclasses import replace as again
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests import cast
from zhanggui.journal.models import Announcement, Entry
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import CHINA
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import offers
from zhanggui.promotions.models import Offer, OfferState, Share, Use
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.queries import live
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, goods, hold, offer, own, priced

pytestmark = pytest.mark.django_db
TIERS = {"tiers": [{"at": 20_000, "off_fen": 2_000}, {"at": 40_000, "off_fen": 5_000}]}


def author(name="小推"):
    return cast.actor(Power.OFFER_EDIT, name=name)


def boss(name="店长"):
    return cast.actor(Power.OFFER_EDIT, Power.OFFER_APPROVE, name=name)


def given(**also):
    return {
        "merchant_id": cast.merchant().pk,
        "kind": "reduction",
        "name": "满200减20",
        "shop_ids": [own().pk],
        "starts_at": NOON + DAY,
        "ends_at": NOON + 8 * DAY,
        "terms": TIERS,
    } | also


def plan(**also):
    return Plan.told(**given(**also))


def drafted(by=None, **also):
    return offers.draft(by=by or author(), plan=plan(**also), at=NOON)


def reviewed(by=None, **also):
    by = by or author()
    row = drafted(by, **also)
    offers.ask_review(by=by, offer=row, at=NOON)
    return row


def approved(**also):
    row = reviewed(**also)
    offers.approve(by=boss(), offer=row, at=NOON)
    return row


def live_at(at):
    return {one.id for one in live.offers_for(cast.merchant().pk, [own().pk], at=at, buyer_id=None)[own().pk]}


def test_from_draft_to_its_end_by_two_people_and_the_clock():
    row = approved()
    assert (row.state, row.approved_by) == (OfferState.SCHEDULED, "店长")
    second = timedelta(microseconds=1)
    assert live_at(row.starts_at - second) == set()
    assert live_at(row.starts_at) == {row.pk}, "the moment decides, not the task"
    assert live_at(row.ends_at - second) == {row.pk}
    assert live_at(row.ends_at) == set()
    assert offers.move_due(by=cast.HOUSE, at=row.starts_at - second) == 0
    assert offers.move_due(by=cast.HOUSE, at=row.starts_at) == 1
    assert offers.move_due(by=cast.HOUSE, at=row.starts_at) == 0
    row.refresh_from_db()
    assert row.state == OfferState.LIVE
    assert offers.move_due(by=cast.HOUSE, at=row.ends_at) == 1
    row.refresh_from_db()
    assert row.state == OfferState.ENDED
    told = list(Entry.objects.filter(kind="offer").order_by("id").values_list("what", flat=True))
    assert told == ["offer.drafted", "offer.asked", "offer.approved", "offer.started", "offer.ended"]
    assert list(Announcement.objects.order_by("id").values_list("name", flat=True)) == [
        "OfferApproved",
        "OfferStarted",
        "OfferEnded",
    ]


def test_who_asks_does_not_approve_not_even_with_a_second_account():
    main = cast.staff("M1", Power.OFFER_EDIT, Power.OFFER_APPROVE)
    sub = cast.staff("M1-2", Power.OFFER_APPROVE)
    sub.main = main
    sub.save()
    from zhanggui.people.actors import actor_of

    row = reviewed(actor_of(main))
    for who in (main, sub):
        with pytest.raises(NotAllowed, match="另一位"):
            offers.approve(by=actor_of(who), offer=row, at=NOON)
    row.refresh_from_db()
    assert row.state == OfferState.REVIEW


@pytest.mark.parametrize("verb", ["draft", "ask_review", "approve", "send_back", "stop", "clone"])
def test_each_verb_needs_its_power_in_every_shop_of_the_offer(verb):
    other = own("OW02")
    row = (
        reviewed(shop_ids=[own().pk, other.pk])
        if verb in ("approve", "send_back")
        else drafted(shop_ids=[own().pk, other.pk])
    )
    half = cast.actor(Power.OFFER_EDIT, Power.OFFER_APPROVE, at=own(), name="一店")
    before = Entry.objects.count()
    also = {"reason": "试"} if verb in ("send_back", "stop") else {}
    act = partial(getattr(offers, verb), by=half, offer=row, at=NOON, **also)
    if verb == "draft":
        act = partial(drafted, half, shop_ids=[own().pk, other.pk])
    with pytest.raises(NotAllowed):
        act()
    assert Entry.objects.count() == before


def test_a_shop_of_another_merchant_or_its_goods_are_none():
    from zhanggui.shops.models import Merchant

    stranger = cast.shop("XX01", merchant=Merchant.objects.create(name="别家"))
    me = author()
    with pytest.raises(Invalid):
        drafted(me, shop_ids=[own().pk, stranger.pk])
    with pytest.raises(Invalid):
        drafted(me, scope={"products": [123456]})
    with pytest.raises(Invalid):
        drafted(me, kind="flash", terms={"prices": {"123456": 100}})


def test_stop_counts_from_the_same_instant_and_orders_keep_what_they_hold():
    row = offer(times=5)
    from zhanggui.promotions.actions.using import hold_many, settle_many

    hold_many(by=cast.HOUSE, holds=[hold(1, priced((row, 10)), buyer())], at=NOON)
    offers.stop(by=author(), offer=row, reason="写错了", at=NOON)
    assert live_at(NOON) == set()
    outcome = hold_many(by=cast.HOUSE, holds=[hold(2, priced((row, 10)), buyer("阿强"))], at=NOON)
    assert "结束" in outcome[2]
    settle_many(by=cast.HOUSE, order_ids=[1], at=NOON)
    assert Use.objects.get().state == Use.State.USED
    entry = Entry.objects.get(what="offer.stopped")
    assert (entry.reason, entry.change["state"]) == ("写错了", ["live", "stopped"])


def test_stopping_and_sending_back_want_a_reason():
    row = reviewed()
    with pytest.raises(Invalid):
        offers.stop(by=boss(), offer=row, reason=" ", at=NOON)
    with pytest.raises(Invalid):
        offers.send_back(by=boss("乙"), offer=row, reason="", at=NOON)
    offers.send_back(by=boss("丙"), offer=row, reason="力度太大", at=NOON)
    assert row.state == OfferState.DRAFT


def test_what_began_is_never_sent_back():
    row = approved()
    with pytest.raises(NotNow, match="已经开始"):
        offers.send_back(by=boss("乙"), offer=row, reason="试", at=row.starts_at)
    offers.send_back(by=boss("丙"), offer=row, reason="试", at=NOON)
    assert (row.state, row.approved_by, row.approved_at) == (OfferState.DRAFT, "", None)


@pytest.mark.parametrize("state", ["ended", "stopped"])
def test_what_is_over_stays_over(state):
    row = offer(state=state)
    for verb in (offers.ask_review, offers.approve):
        with pytest.raises(NotNow):
            verb(by=boss(f"{verb.__name__}"), offer=row, at=NOON)
    with pytest.raises(NotNow):
        offers.stop(by=boss("丁"), offer=row, reason="试", at=NOON)


def test_review_of_what_is_over_already_is_refused():
    row = drafted()
    with pytest.raises(NotNow, match="结束时间"):
        offers.ask_review(by=author("乙"), offer=row, at=NOON + 9 * DAY)


def test_a_draft_changes_in_any_way_and_a_stale_form_is_told():
    me = author()
    row = drafted(me)
    offers.change(
        by=me,
        offer=row,
        version=1,
        plan=plan(name="满300减30", terms={"tiers": [{"at": 30_000, "off_fen": 3_000}]}),
        at=NOON,
    )
    assert (row.name, row.version) == ("满300减30", 2)
    with pytest.raises(offers.Stale):
        offers.change(by=me, offer=row, version=1, plan=plan(), at=NOON)
    entry = Entry.objects.get(what="offer.changed")
    assert set(entry.change) == {"name", "terms"}
    offers.change(
        by=me,
        offer=row,
        version=2,
        plan=plan(name="满300减30", terms={"tiers": [{"at": 30_000, "off_fen": 3_000}]}),
        at=NOON,
    )
    assert row.version == 2, "nothing changed, nothing is written"


def test_an_approved_offer_changes_only_so_that_its_risk_becomes_smaller():
    tea = goods()
    flash = {"kind": "flash", "terms": {"prices": {str(tea.pk): 8_000}}, "shares": {tea.pk: 5}}
    me = author()
    row = reviewed(me, **flash)
    offers.approve(by=boss(), offer=row, at=NOON)
    for worse in (
        {"ends_at": NOON + 9 * DAY},
        {"terms": {"prices": {str(tea.pk): 7_000}}},
        {"shares": {tea.pk: 4}},
        {"shares": {}},
        {"budget_fen": 100},
        {"ends_at": NOON - DAY, "starts_at": NOON - 2 * DAY},
    ):
        with pytest.raises(NotNow):
            offers.change(by=me, offer=row, version=row.version, plan=plan(**flash | worse), at=NOON)
    offers.change(
        by=me,
        offer=row,
        version=row.version,
        plan=plan(**flash | {"ends_at": NOON + 3 * DAY, "note": "早收", "shares": {tea.pk: 9}}),
        at=NOON,
    )
    assert (row.ends_at, row.note, row.shares.get().pieces) == (NOON + 3 * DAY, "早收", 9)


def test_a_larger_share_keeps_what_is_used():
    tea = goods()
    flash = {"kind": "flash", "terms": {"prices": {str(tea.pk): 8_000}}, "shares": {tea.pk: 5}}
    me = author()
    row = reviewed(me, **flash)
    offers.approve(by=boss(), offer=row, at=NOON)
    Share.objects.update(used=3)
    offers.change(
        by=me, offer=row, version=row.version, plan=plan(**flash | {"shares": {tea.pk: 6}}), at=NOON
    )
    share = Share.objects.get()
    assert (share.pieces, share.used) == (6, 3)


def test_an_offer_in_review_is_not_changed_under_the_eyes_of_who_approves():
    me = author()
    row = reviewed(me)
    with pytest.raises(NotNow, match="不能改"):
        offers.change(by=me, offer=row, version=row.version, plan=plan(name="别的"), at=NOON)


def test_last_years_offer_is_cloned_to_the_same_day_of_the_calendar():
    begins = datetime(2024, 2, 29, 0, 0, tzinfo=CHINA)
    row = offer(
        "presale",
        state="ended",
        starts_at=begins,
        ends_at=datetime(2024, 11, 12, tzinfo=CHINA),
        terms={
            "prices": {str(goods().pk): 9_000},
            "deposit_fen": 100,
            "worth_fen": 200,
            "balance_from": datetime(2024, 11, 11, tzinfo=CHINA).isoformat(),
            "balance_until": datetime(2024, 11, 11, 23, 59, 59, tzinfo=CHINA).isoformat(),
        },
        used_times=7,
        approved_by="某人",
    )
    twin = offers.clone(by=author(), offer=row, at=NOON)
    assert twin.state == OfferState.DRAFT
    assert twin.starts_at == datetime(2025, 2, 28, tzinfo=CHINA)
    assert twin.ends_at == datetime(2025, 11, 12, tzinfo=CHINA)
    assert twin.terms["balance_from"].startswith("2025-11-11T00:00")
    assert (twin.used_times, twin.approved_by, twin.cloned_from_id) == (0, "", row.pk)


def test_below_the_floor_takes_somebody_who_says_so():
    goods("TEA", price=10_000, cost=9_500)
    row = reviewed(kind="reduction", terms={"tiers": [{"at": 10_000, "off_fen": 1_000}]})
    with pytest.raises(offers.BelowFloor, match="TEA 好货") as refusal:
        offers.approve(by=boss(), offer=row, at=NOON)
    worst = refusal.value.breaches[0]
    assert (worst.goods_fen, worst.floor_fen) == (9_000, 9_500)
    row.refresh_from_db()
    assert row.state == OfferState.REVIEW
    offers.approve(by=boss("乙"), offer=row, below_floor=True, at=NOON)
    assert row.below_floor
    assert Entry.objects.get(what="offer.approved").change["below_floor"] == [False, True]


def test_what_is_harmless_alone_goes_below_together_with_what_runs_beside_it():
    goods("TEA", price=10_000, cost=9_000)
    offer("coupon", terms={"threshold_fen": 5_000, "off_fen": 600}, times=5, per_buyer=1, state="scheduled")
    row = reviewed(kind="reduction", terms={"tiers": [{"at": 10_000, "off_fen": 600}]})
    with pytest.raises(offers.BelowFloor) as refusal:
        offers.approve(by=boss(), offer=row, at=NOON)
    assert len(refusal.value.breaches[0].offers) == 2
    assert "测试coupon" in str(refusal.value)


def test_goods_without_a_floor_or_out_of_scope_stand_in_nobodys_way():
    goods("TEA", price=10_000, cost=9_900)
    rice = goods("RICE", price=10_000, cost=None)
    row = reviewed(terms={"tiers": [{"at": 1_000, "off_fen": 900}]}, scope={"products": [rice.product_id]})
    offers.approve(by=boss(), offer=row, at=NOON)
    assert row.state == OfferState.SCHEDULED


def test_offers_without_a_limit_are_recounted_from_their_uses():
    row, limited = offer(), offer(times=9, used_times=4)
    Use.objects.create(offer=row, order_id=1, off_fen=500)
    Use.objects.create(offer=row, order_id=2, off_fen=700, state="used")
    Use.objects.create(offer=row, order_id=3, off_fen=900, state="back")
    assert offers.recount(by=cast.HOUSE, at=NOON) == 1
    row.refresh_from_db(), limited.refresh_from_db()
    assert (row.used_times, row.used_fen, limited.used_times) == (2, 1_200, 4)


@pytest.mark.parametrize(
    ("also", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "全网最低价"}, "name"),
        ({"shop_ids": []}, "shops"),
        ({"ends_at": NOON}, "ends_at"),
        ({"times": 0}, "times"),
        ({"levels": [0]}, "levels"),
        ({"regions": ["999999"]}, "regions"),
        ({"shares": {1: 5}}, "shares"),
        ({"claim_from": NOON}, "claim_from"),
        ({"kind": "lottery"}, "kind"),
        ({"terms": {"tiers": []}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 100, "off_fen": 200}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 200, "off_fen": 20}, {"at": 100, "off_fen": 10}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 200, "off_fen": 20, "percent_bp": 9_000}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": True, "off_fen": 20}]}}, "terms.tiers"),
        ({"terms": {"tiers": [{"at": 1, "percent_bp": 9_000}], "repeat": True}}, "terms.repeat"),
        ({"kind": "member", "terms": {"percents_bp": {"1": 9_000, "2": 9_500}}}, "terms.percents_bp"),
        ({"kind": "member", "terms": {"percents_bp": {"1": 10_000}}}, "terms.percents_bp"),
        ({"kind": "flash", "terms": {}}, "terms.prices"),
        ({"kind": "flash", "terms": {"prices": {"x": 1}}}, "terms.prices"),
        ({"kind": "bundle", "terms": {"pieces": {"5": 1}, "price_fen": 1}}, "terms.pieces"),
        ({"kind": "buy_get", "terms": {"buy": 1, "present": {"pieces": 1}}}, None),
        ({"kind": "gift", "terms": {"tiers": [{"at": 1, "present": {"sku_id": 0}}]}}, "terms.tiers"),
        ({"kind": "coupon", "terms": {"threshold_fen": 100, "off_fen": 200}}, "terms.off_fen"),
        ({"kind": "coupon", "terms": {"threshold_fen": 900, "off_fen": 200}}, "times"),
        ({"kind": "coupon", "terms": {"threshold_fen": 900, "off_fen": 200}, "times": 5}, "per_buyer"),
        ({"kind": "voucher", "terms": {"off_fen": -5}}, "terms.off_fen"),
        ({"kind": "free_postage", "terms": {"regions": ["00"]}}, "terms.regions"),
        (
            {"kind": "presale", "terms": {"prices": {"5": 100}, "deposit_fen": 50, "worth_fen": 20}},
            "terms.worth_fen",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(also, field):
    with pytest.raises(Invalid) as refusal:
        drafted(cast.HOUSE, **also)
    if field is not None:
        assert refusal.value.field == field
    assert refusal.value.message
    assert not Offer.objects.exists()


def test_every_kind_reads_what_it_wrote():
    from zhanggui.promotions import terms
    from zhanggui.promotions.pricing.values import Kind

    moment = NOON.isoformat()
    present = {"sku_id": 7, "pieces": 1, "title": "杯", "cost_fen": 300}
    full = {
        "flash": {"prices": {"7": 900}, "percent_bp": None},
        "member": {"percents_bp": {"1": 9_800, "3": 9_000}},
        "bundle": {"pieces": {"7": 1, "8": 2}, "price_fen": 9_900},
        "buy_get": {"buy": 2, "present": present | {"sku_id": 0}},
        "gift": {"tiers": [{"at": 100, "present": present}], "by_pieces": False},
        "reduction": {
            "tiers": [{"at": 2, "off_fen": 0, "percent_bp": 9_000}],
            "by_pieces": True,
            "repeat": False,
        },
        "coupon": {"threshold_fen": 900, "off_fen": 100},
        "voucher": {"off_fen": 100},
        "free_postage": {"amount_fen": 9_900, "pieces": None, "regions": ["310000"], "most_fen": None},
        "presale": {
            "prices": {"7": 9_000},
            "deposit_fen": 50,
            "worth_fen": 100,
            "balance_from": moment,
            "balance_until": (NOON + DAY).isoformat(),
        },
    }
    assert set(full) == set(Kind)
    for kind, data in full.items():
        assert terms.write(terms.read(kind, data)) == data


def test_the_house_may_approve_its_own():
    """The demo and the command line act as nobody in particular."""
    house: Actor = again(cast.HOUSE)
    row = offers.draft(by=house, plan=plan(), at=NOON)
    offers.ask_review(by=house, offer=row, at=NOON)
    offers.approve(by=house, offer=row, at=NOON)
    assert row.state == OfferState.SCHEDULED
