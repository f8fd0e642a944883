"""The simulator and the conflict finder: what they show is what the engine says, and carts prove each conflict."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from tests import cast
from zhanggui.catalog.models import Listing
from zhanggui.jobs.actions.running import run_here
from zhanggui.jobs.models import Job
from zhanggui.people.powers import Power
from zhanggui.promotions.models import OfferState
from zhanggui.promotions.queries import conflicts
from zhanggui.promotions.tests.offering import DAY, NOON, goods, offer, own

pytestmark = pytest.mark.django_db
AT = NOON


@pytest.fixture
def shop():
    row = own()
    for sku in (goods("TEA", price=10_000, cost=6_000), goods("CUP", price=3_000, cost=1_000)):
        Listing.objects.create(shop=row, product=sku.product)
    return row


@pytest.fixture
def reader(shop):
    return cast.sign_in(Client(), cast.staff("r1", Power.OFFER_SEE, Power.CATALOG_SEE, at=shop))


def tried(client, **also):
    query = {"shop": "OW01", "lines": "TEA × 2\nCUP 1", "at": "2026-11-01T12:00"} | also
    return client.get(reverse("promotions:simulator") + "?" + urlencode(query, doseq=True))


def reduction(*tiers, **also):
    return offer(terms={"tiers": [{"at": at, "off_fen": off} for at, off in tiers]}, **also)


def test_a_pasted_cart_is_priced_line_by_line_with_what_did_not_apply(reader, shop):
    reduction((20_000, 2_000), name="满减", shops=(shop,))
    offer("coupon", name="大券", shops=(shop,), terms={"threshold_fen": 99_900, "off_fen": 5_000})
    answer = tried(reader)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["priced"].goods_fen == 21_000
    assert "¥210.00" in page
    assert "还差" in page
    assert "大券" in page
    assert answer.context["priced"].margin_fen == 21_000 - 13_000


def test_coupons_count_as_if_held_or_not_as_chosen(reader, shop):
    row = offer("coupon", name="小券", shops=(shop,))
    assert tried(reader).context["priced"].goods_fen == 22_500
    assert tried(reader, coupons="none").context["priced"].goods_fen == 23_000
    assert tried(reader, coupons="some", coupon=[row.pk]).context["priced"].goods_fen == 22_500
    assert tried(reader, coupons="none").context["lowest"].goods_fen == 22_500


def test_a_moment_of_the_future_and_a_draft_are_previewed(reader, shop):
    reduction((20_000, 2_000), shops=(shop,), starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    assert tried(reader).context["priced"].goods_fen == 23_000
    assert tried(reader, at="2026-11-02T13:00").context["priced"].goods_fen == 21_000
    draft = reduction((10_000, 1_000), shops=(shop,), state=OfferState.DRAFT)
    assert tried(reader, with_offer=draft.pk).context["priced"].goods_fen == 22_000
    assert tried(reader).context["priced"].goods_fen == 23_000


@pytest.mark.parametrize(
    "change",
    [
        {"lines": "NIX 1"},
        {"lines": ""},
        {"lines": "TEA 0"},
        {"region": "火星"},
        {"at": "gestern"},
        {"shop": "XX"},
    ],
)
def test_a_cart_that_cannot_be_read_is_said_so(reader, change):
    answer = tried(reader, **change)
    assert answer.status_code == 422
    assert answer.context["form"].errors


@pytest.mark.parametrize(
    "line",
    [
        "FD502-1 x3",
        "FD502-1x3",
        "FD502-1,3",
        "FD502-1 × 3",
        "FD502-1*3",
        "FD502-1 ３",
        "FD502-1，３",
        "FD502-1\t3",
        "FD502-1Ｘ３",
    ],
)
def test_a_line_of_a_pasted_cart_is_understood_as_people_write_it(reader, shop, line):
    row = goods("FD502-1", price=1_000, cost=100)
    Listing.objects.create(shop=shop, product=row.product)
    answer = tried(reader, lines=line)
    assert answer.status_code == 200, answer.context["form"].errors
    assert [(item.sku_id, item.pieces) for item in answer.context["tried"].basket.items] == [(row.pk, 3)]


def test_a_code_that_ends_like_pieces_is_taken_whole(reader, shop):
    row = goods("AX3", price=1_000, cost=100)
    Listing.objects.create(shop=shop, product=row.product)
    basket = tried(reader, lines="AX3").context["tried"].basket
    assert [(item.sku_id, item.pieces) for item in basket.items] == [(row.pk, 1)]


def test_the_same_sku_in_two_lines_adds_up(reader, shop):
    basket = tried(reader, lines="TEA 2\nCUP\nTEAx3").context["tried"].basket
    assert sorted(item.pieces for item in basket.items) == [1, 5]


def test_a_faulty_line_is_quoted_with_its_number(reader):
    answer = tried(reader, lines="TEA 2\n\nNIX x3\nCUP drei")
    said = " ".join(answer.context["form"].errors["lines"])
    assert answer.status_code == 422
    assert "第 4 行「CUP drei」" in said
    said = " ".join(tried(reader, lines="TEA 2\n\nNIX x3").context["form"].errors["lines"])
    assert "第 3 行「NIX x3」" in said


def test_a_draft_of_another_shop_is_not_tried(reader, shop):
    theirs = reduction((10_000, 1_000), shops=(cast.mall(),), state=OfferState.DRAFT)
    assert tried(reader, with_offer=theirs.pk).context["priced"].goods_fen == 23_000


def test_the_simulator_costs_few_statements(reader, shop, django_assert_max_num_queries):
    for number in range(6):
        reduction((20_000 + number, 2_000), shops=(shop,))
    tried(reader)
    with django_assert_max_num_queries(14):
        tried(reader)


def found(shop, **also):
    setting = conflicts.setting(shop, at=NOON, **also)
    return setting, conflicts.search(setting)


def test_no_offers_no_conflicts(shop):
    setting, findings = found(shop)
    assert findings == []
    assert setting.size == 0


def test_a_cliff_is_shown_with_the_cart_before_and_after(shop):
    row = reduction((20_000, 9_000), shops=(shop,), below_floor=True)
    _setting, findings = found(shop)
    cliff = next(one for one in findings if one.kind == "cliff")
    assert cliff.offer == row.pk
    shown = conflicts.show([cliff], shop, at=NOON)[0]
    first, second = shown.first.priced, shown.second.priced
    assert sum(n for _, n in second_pieces(cliff)) == sum(n for _, n in cliff.first.pieces) + 1
    assert first.goods_fen - second.goods_fen == cliff.short_fen > 0


def second_pieces(finding):
    return finding.second.pieces


def test_a_stack_that_would_break_the_floor_is_shown(shop):
    one = reduction((10_000, 2_500), name="先到", shops=(shop,))
    two = offer("coupon", name="后到", shops=(shop,), terms={"threshold_fen": 5_000, "off_fen": 2_000})
    _setting, findings = found(shop)
    floor = [row for row in findings if row.kind == "floor"]
    assert floor
    assert {floor[0].offer, floor[0].other} == {one.pk, two.pk}
    shown = conflicts.show(floor[:1], shop, at=NOON)[0]
    assert [done.offer_id for done in shown.first.priced.applied] == [floor[0].offer]
    assert floor[0].offer not in [done.offer_id for done in shown.second.priced.applied]


def test_an_offer_that_never_gets_its_turn_is_shown(shop):
    strong = reduction((5_000, 1_000), name="强", shops=(shop,))
    weak = reduction((5_000, 500), name="弱", shops=(shop,))
    _setting, findings = found(shop)
    hidden = next(row for row in findings if row.kind == "hidden")
    assert (hidden.offer, hidden.other) == (weak.pk, strong.pk)


def test_a_threshold_that_seems_reached_is_shown_with_the_cart_that_reaches_it(shop):
    reduction((20_000, 1_000), name="满减", shops=(shop,))
    row = offer("coupon", name="券", shops=(shop,), terms={"threshold_fen": 20_000, "off_fen": 500})
    _setting, findings = found(shop)
    gap = next((one for one in findings if one.kind == "gap"), None)
    assert gap is not None
    assert gap.offer == row.pk
    shown = conflicts.show([gap], shop, at=NOON)[0]
    assert row.pk not in [done.offer_id for done in shown.first.priced.applied]
    assert row.pk in [done.offer_id for done in shown.second.priced.applied]


def test_offers_that_leave_each_other_alone_have_no_conflict(shop):
    reduction((20_000, 100), shops=(shop,))
    _setting, findings = found(shop)
    assert [one for one in findings if one.kind != "cliff"] == []
    assert all(one.short_fen == 0 for one in findings)


def test_offers_at_different_times_do_not_meet(shop):
    reduction((10_000, 2_500), shops=(shop,))
    offer(
        "coupon",
        shops=(shop,),
        terms={"threshold_fen": 5_000, "off_fen": 2_000},
        starts_at=NOON + 11 * DAY,
        ends_at=NOON + 12 * DAY,
    )
    _setting, findings = found(shop)
    assert [one for one in findings if one.kind == "floor"] == []


def test_the_page_shows_the_carts_and_a_job_shows_the_same(reader, shop, monkeypatch):
    row = reduction(
        (20_000, 9_000), name="大满减", shops=(shop,), below_floor=True, ends_at=NOON + 9_999 * DAY
    )
    address = reverse("promotions:conflicts") + f"?offer={row.pk}"
    page = reader.get(address).content.decode()
    assert "多买一件反而更便宜" in page
    assert "CUP" in page
    monkeypatch.setattr(conflicts, "LARGE", 0)
    assert "在后台检查" in reader.get(address).content.decode()
    sent = reader.post(reverse("promotions:conflict-search"), {"shop": "OW01", "offer": row.pk})
    job = Job.objects.get()
    assert run_here(job).state == Job.State.DONE
    assert "多买一件反而更便宜" in reader.get(sent["Location"]).content.decode()
    other = cast.sign_in(Client(), cast.staff("r2", Power.OFFER_SEE, at=shop))
    # One of the same shop, who comes back without the job's address.
    page = other.get(address).content.decode()
    assert "多买一件反而更便宜" in page
    assert "检查的结果" in page
    assert "重新检查" in page
    stranger = cast.sign_in(Client(), cast.staff("r3", Power.OFFER_SEE, at=own("OW02")))
    assert "多买一件反而更便宜" not in stranger.get(sent["Location"]).content.decode()


def test_findings_survive_being_written_down(shop):
    reduction((20_000, 9_000), shops=(shop,), below_floor=True)
    _setting, findings = found(shop)
    assert conflicts.load(conflicts.dump(findings)) == findings
    assert conflicts.show(findings, own("OW02"), at=NOON + timedelta(days=1)) == []
