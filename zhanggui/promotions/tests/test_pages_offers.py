"""The back office of offers: what the pages show, who may do what, and that a form never loses what was typed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import cast
from zhanggui.catalog.models import Listing
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import in_china, now, parse_moment
from zhanggui.kit.refusals import Invalid
from zhanggui.people.models import Grant, Role
from zhanggui.people.powers import Power
from zhanggui.promotions import starters
from zhanggui.promotions.actions import offers as verbs
from zhanggui.promotions.kinds import FORMS
from zhanggui.promotions.models import Offer, OfferState, Share
from zhanggui.promotions.plan import Plan
from zhanggui.promotions.tests.offering import DAY, NOON, buyer, coupon, goods, offer, own

pytestmark = pytest.mark.django_db
EDIT = (Power.OFFER_SEE, Power.OFFER_EDIT)
REDUCTION = {
    "name": "双11 满减",
    "shops": "OW01",
    "starts_at": "2099-11-11T00:00",
    "ends_at": "2099-11-12T00:00",
    "at1": "200",
    "off1": "20",
    "at2": "400",
    "off2": "50",
}


@pytest.fixture
def shop():
    return own()


def signed(*powers, at=None, name="e1"):
    return cast.sign_in(Client(), cast.staff(name, *powers, at=at, name=name))


@pytest.fixture
def editor(shop):
    return signed(*EDIT, at=shop)


def texts(answer) -> str:
    return answer.content.decode()


def test_an_empty_list_offers_templates_from_the_trade(editor):
    page = texts(editor.get(reverse("promotions:offers")))
    assert "满 200 减 20" in page
    assert "双11 优惠券" in page
    form = texts(editor.get(reverse("promotions:new-kind", args=["reduction"]) + "?starter=full"))
    assert 'name="at1" value="200"' in form
    assert 'name="off2" value="50"' in form


def test_the_list_costs_the_same_for_one_and_for_many(editor, shop):
    address = reverse("promotions:offers")
    offer(shops=(shop,))
    editor.get(address)
    with CaptureQueriesContext(connection) as few:
        assert editor.get(address).status_code == 200
    for number in range(20):
        offer(shops=(shop,), name=f"第{number}个")
    with CaptureQueriesContext(connection) as many:
        assert "第19个" in texts(editor.get(address))
    assert len(many) == len(few)


def test_filters_stand_in_the_address_and_states_follow_the_moment(editor, shop):
    offer(shops=(shop,), name="早就结束", starts_at=NOON - 9 * DAY, ends_at=NOON - 8 * DAY)
    offer("coupon", shops=(shop,), name="草稿券", state=OfferState.DRAFT)
    address = reverse("promotions:offers")
    ended = texts(editor.get(address + "?state=ended"))
    assert "早就结束" in ended
    assert "草稿券" not in ended
    assert "草稿券" in texts(editor.get(address + "?kind=coupon"))
    assert "草稿券" not in texts(editor.get(address + "?q=早就"))
    assert editor.get(address + "?shop=nowhere&state=x&after=y&kind=z&q=%20").status_code == 200


@pytest.mark.parametrize("way", ["month", "lanes"])
def test_the_calendar_lays_an_offer_over_its_days(editor, shop, way):
    offer(shops=(shop,), name="九天", starts_at=NOON, ends_at=NOON + 9 * DAY)
    page = texts(editor.get(reverse("promotions:calendar") + f"?way={way}&day=2026-11-01"))
    assert "九天" in page
    assert "s10" in page if way == "lanes" else "c-bar" in page
    assert "九天" not in texts(editor.get(reverse("promotions:calendar") + f"?way={way}&day=2027-03-01"))


def test_a_ladder_is_drafted_and_comes_back_as_it_was_typed(editor, shop):
    answer = editor.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION)
    assert answer.status_code == 302
    row = Offer.objects.get()
    assert row.state == OfferState.DRAFT
    assert [(tier["at"], tier["off_fen"]) for tier in row.terms["tiers"]] == [
        (20_000, 2_000),
        (40_000, 5_000),
    ]
    form = texts(editor.get(reverse("promotions:edit", args=[row.pk])))
    assert 'name="at2" value="400"' in form
    assert "满 ¥200 减 ¥20、满 ¥400 减 ¥50" in form


def test_a_sum_that_cannot_be_read_names_its_field(editor):
    answer = editor.post(
        reverse("promotions:new-kind", args=["voucher"]), own_fields("voucher") | {"off": "15.555"}
    )
    assert answer.status_code == 422
    assert "面额（元）：读不懂“15.555”" in texts(answer)
    answer = editor.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION | {"off1": "15.555"})
    assert answer.status_code == 422
    assert "读不懂“15.555”" in texts(answer)
    assert "money" not in texts(answer).split("读不懂“15.555”")[0][-80:]
    assert not Offer.objects.exists()


def test_the_approval_of_what_has_begun_says_that_it_counts_at_once(shop):
    row = offer(shops=(shop,), state="review", starts_at=now() - DAY, ends_at=now() + DAY)
    other = signed(Power.OFFER_SEE, Power.OFFER_APPROVE, at=shop, name="boss")
    sent = {"version": "1", "below_floor": "1", "meant": "1"}
    assert other.post(reverse("promotions:approval", args=[row.pk]), sent).status_code == 302
    page = texts(other.get(reverse("promotions:offer", args=[row.pk])))
    assert "开始时间已到，批准后立即生效" in page
    assert "进行中" in page


def own_fields(kind: str) -> dict[str, str]:
    begins = {"starts_at": "2099-11-11T00:00", "ends_at": "2099-11-12T00:00", "name": kind, "shops": "OW01"}
    return (
        begins
        | {
            "flash": {"percent": "85", "prices": "TEA 80 10", "per_buyer": "2"},
            "reduction": {"at1": "2", "percent1": "90", "by_pieces": "1"},
            "gift": {"at1": "99", "sku1": "CUP", "many1": "1", "share1": "50"},
            "buy_get": {"buy": "1", "gift_sku": "", "gift_pieces": "1"},
            "bundle": {"price": "150", "parts": "TEA 1\nCUP × 2"},
            "coupon": {
                "threshold": "199",
                "off": "30",
                "times": "100",
                "per_buyer": "1",
                "scope_products": "TEA",
            },
            "voucher": {"off": "10", "times": "100", "per_buyer": "1"},
            "free_postage": {"amount": "59", "places": "江浙沪"},
            "member": {"level1": "98", "level3": "95"},
            "presale": {
                "deposit": "10",
                "worth": "20",
                "balance_from": "2099-11-11T00:00",
                "balance_until": "2099-11-13T00:00",
                "prices": "TEA 90 5",
            },
        }[kind]
    )


@pytest.mark.parametrize("kind", list(FORMS))
def test_every_kind_is_made_shown_and_saved_again_without_change(editor, shop, kind):
    goods("TEA")
    goods("CUP", price=5_000, cost=1_000)
    answer = editor.post(reverse("promotions:new-kind", args=[kind]), own_fields(kind))
    assert answer.status_code == 302, answer.context["form"].errors
    row = Offer.objects.get()
    page = editor.get(reverse("promotions:edit", args=[row.pk]))
    form = page.context["form"]
    again = {name: form[name].value() for name in form.fields}
    again = {
        name: form.fields[name].prepare_value(value)
        for name, value in again.items()
        if value not in (None, "", False)
    }
    answer = editor.post(reverse("promotions:edit", args=[row.pk]), again | {"version": row.version})
    assert answer.status_code == 302, answer.context["form"].errors
    after = Offer.objects.get()
    assert (after.terms, after.scope, after.version) == (row.terms, row.scope, row.version)
    assert Share.objects.count() == {"flash": 1, "gift": 1, "presale": 1}.get(kind, 0)
    assert editor.get(reverse("promotions:offer", args=[row.pk])).status_code == 200


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"off1": "900"}, "off1", "门槛"),
        ({"off1": "", "percent1": ""}, "off1", "写一样"),
        ({"at1": "", "off1": "", "at2": "", "off2": ""}, "at1", "至少"),
        ({"ends_at": "2099-11-10T00:00"}, "ends_at", "之后"),
        ({"scope_skus": "NICHTS"}, "scope_skus", "NICHTS"),
        ({"regions": "火星"}, "regions", "火星"),
        ({"at1": "abc"}, "at1", "abc"),
        ({"repeat": "on"}, "repeat", "一档"),
        ({"shops": "WH99"}, "shops", ""),
    ],
)
def test_a_mistake_stands_beside_its_field_and_the_typed_stays(editor, change, field, said):
    answer = editor.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION | change)
    assert answer.status_code == 422
    assert said in "".join(answer.context["form"].errors[field])
    assert "双11 满减" in texts(answer)
    assert not Offer.objects.exists()


def test_the_rule_is_said_while_one_types_and_nothing_is_kept(editor):
    page = texts(editor.post(reverse("promotions:words", args=["reduction"]), REDUCTION))
    assert "满 ¥200 减 ¥20" in page
    half = texts(editor.post(reverse("promotions:words", args=["reduction"]), {"name": "x"}))
    assert "填好必填的几项" in half
    assert not Offer.objects.exists()


def test_a_stale_form_is_refused_and_shows_what_changed(editor, shop):
    editor.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION)
    row = Offer.objects.get()
    address = reverse("promotions:edit", args=[row.pk])
    assert editor.post(address, REDUCTION | {"version": "1", "off1": "25"}).status_code == 302
    answer = editor.post(address, REDUCTION | {"version": "1", "off1": "30"})
    assert answer.status_code == 409
    assert 'name="off1" value="30"' in texts(answer)
    assert Offer.objects.get().terms["tiers"][0]["off_fen"] == 2_500


def test_two_people_bring_an_offer_to_its_time_and_stop_it(editor, shop):
    editor.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION)
    row = Offer.objects.get()

    def act(client, name, **also):
        row.refresh_from_db()
        return client.post(reverse(f"promotions:{name}", args=[row.pk]), {"version": row.version} | also)

    assert act(editor, "review").status_code == 302
    assert act(editor, "approval").status_code == 403
    other = signed(Power.OFFER_SEE, Power.OFFER_APPROVE, at=shop, name="boss")
    assert "批准" in texts(other.get(reverse("promotions:offer", args=[row.pk])))
    assert other.post(reverse("promotions:approval", args=[row.pk]), {"version": "1"}).status_code == 409
    assert act(other, "approval").status_code == 302
    row.refresh_from_db()
    assert row.state == OfferState.SCHEDULED
    page = texts(other.get(reverse("promotions:offer", args=[row.pk])))
    assert "待开始" in page
    assert "boss" in page
    assert act(other, "stop", reason="").status_code == 422
    assert act(other, "stop", reason="写错了").status_code == 302
    row.refresh_from_db()
    assert row.state == OfferState.STOPPED
    assert "写错了" in texts(other.get(reverse("promotions:offer", args=[row.pk])))
    assert [e.what for e in Entry.objects.filter(kind="offer").order_by("pk")][-2:] == [
        "offer.approved",
        "offer.stopped",
    ]


def test_last_years_offer_is_cloned_a_year_later(editor, shop):
    row = offer(shops=(shop,), name="去年的", starts_at=NOON - 365 * DAY, ends_at=NOON - 360 * DAY)
    answer = editor.post(reverse("promotions:copy", args=[row.pk]), {"years": "1"})
    made = Offer.objects.get(cloned_from=row)
    assert answer["Location"] == reverse("promotions:edit", args=[made.pk])
    assert made.state == OfferState.DRAFT
    assert made.starts_at.year == row.starts_at.year + 1


def test_an_offer_that_is_over_is_cloned_into_the_future_from_its_own_page(editor, shop):
    begun = in_china(now() - 800 * DAY)
    row = offer(shops=(shop,), name="前年的", state="ended", starts_at=begun, ends_at=begun + 5 * DAY)
    page = texts(editor.get(reverse("promotions:offer", args=[row.pk])))
    years = 3
    assert f'name="years" value="{years}"' in page
    assert f"复制到 {begun.year + years} 年" in page
    assert "复制一个" in page, "with the dates as they are it can still be cloned"
    editor.post(reverse("promotions:copy", args=[row.pk]), {"years": str(years)})
    made = Offer.objects.get(cloned_from=row)
    assert made.starts_at > now() > made.starts_at - 366 * DAY
    assert in_china(made.starts_at).year == begun.year + years
    editor.post(reverse("promotions:copy", args=[row.pk]), {"years": "21"})
    last = Offer.objects.filter(cloned_from=row).latest("pk")
    assert last.starts_at == row.starts_at, "no year that nobody plans for"


def test_an_offer_that_runs_is_not_offered_for_another_year(editor, shop):
    row = offer(shops=(shop,), starts_at=now() - DAY, ends_at=now() + DAY)
    page = texts(editor.get(reverse("promotions:offer", args=[row.pk])))
    assert "复制一个" in page
    assert 'name="years"' not in page


def test_another_shops_offer_is_not_there(editor, shop):
    theirs = offer(shops=(cast.mall(),), name="别家的")
    assert editor.get(reverse("promotions:offer", args=[theirs.pk])).status_code == 404
    assert editor.get(reverse("promotions:edit", args=[theirs.pk])).status_code == 404
    assert "别家的" not in texts(editor.get(reverse("promotions:offers")))
    both = offer(shops=(shop, cast.mall()), name="两家的")
    page = texts(editor.get(reverse("promotions:offer", args=[both.pk])))
    assert "SH01" not in page
    assert editor.post(reverse("promotions:review", args=[both.pk]), {"version": "1"}).status_code == 403


def test_the_picker_finds_by_code_and_title_but_only_ones_own(editor, shop):
    goods("TEA")
    sku = goods("CUP")
    Listing.objects.create(shop=shop, product=sku.product)
    page = texts(editor.get(reverse("promotions:goods") + "?find=cup", headers={"HX-Request": "true"}))
    assert 'data-code="CUP"' in page
    assert "TEA" not in page
    assert "<html" not in page


def test_coupons_are_listed_and_exported_masked_and_harmless(editor, shop):
    row = offer("coupon", shops=(shop,), times=10, per_buyer=1)
    coupon(row, buyer("=1+1 阿珍"))
    page = texts(editor.get(reverse("promotions:coupons", args=[row.pk])))
    assert "阿" not in page
    assert "珍" not in page
    answer = editor.get(reverse("promotions:coupons-csv", args=[row.pk]))
    table = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=**" in table
    assert "阿" not in table
    assert "珍" not in table
    other = offer(shops=(shop,))
    assert editor.get(reverse("promotions:coupons", args=[other.pk])).status_code == 404


def test_coupons_are_given_by_nick_and_an_unknown_nick_gives_none(editor, shop):
    row = offer("coupon", shops=(shop,), times=10, per_buyer=1)
    buyer("阿珍")
    address = reverse("promotions:coupons-given", args=[row.pk])
    # the offer's times are those of the stories, so it is made to run now
    Offer.objects.filter(pk=row.pk).update(ends_at=NOON + 99_999 * DAY)
    assert editor.post(address, {"nicks": "阿珍\n没这人"}).status_code == 422
    assert row.coupons.count() == 0
    assert editor.post(address, {"nicks": "阿珍"}).status_code == 302
    assert row.coupons.count() == 1


def test_only_own_shops_can_be_chosen_and_the_verb_refuses_others():
    mall = cast.mall()
    here = own()
    client = signed(*EDIT, name="both")
    page = texts(client.get(reverse("promotions:new-kind", args=["reduction"])))
    assert 'value="OW01"' in page
    assert 'value="SH01"' not in page
    assert "只列自营店铺" in page
    answer = client.post(reverse("promotions:new-kind", args=["reduction"]), REDUCTION | {"shops": "SH01"})
    assert answer.status_code == 422
    given = {
        "merchant_id": here.merchant_id,
        "kind": "coupon",
        "name": "券",
        "starts_at": NOON,
        "ends_at": NOON + DAY,
        "terms": {"threshold_fen": 5_000, "off_fen": 500},
        "times": 1,
        "per_buyer": 1,
    }
    with pytest.raises(Invalid, match="SH01"):
        verbs.draft(by=cast.HOUSE, plan=Plan.told(shop_ids=[here.pk, mall.pk], **given), at=NOON)
    assert not Offer.objects.exists()


@pytest.mark.parametrize(
    ("at", "year"),
    [("2026-10-01", 2026), ("2026-11-11", 2026), ("2026-11-12", 2027), ("2026-12-31", 2027)],
)
def test_the_double_eleven_coupon_stands_for_the_next_one(at, year):
    moment = parse_moment(f"{at} 08:00")
    found = starters.named("coupon").fields_at(moment)
    assert in_china(found["starts_at"]).isoformat() == f"{year}-11-11T00:00:00+08:00"
    assert in_china(found["ends_at"]).isoformat() == f"{year}-11-12T00:00:00+08:00"
    assert in_china(found["claim_from"]).isoformat() == f"{year}-10-10T00:00:00+08:00"
    assert found["claim_until"] == found["ends_at"]


def test_the_form_of_the_double_eleven_coupon_shows_its_days(editor):
    page = texts(editor.get(reverse("promotions:new-kind", args=["coupon"]) + "?starter=coupon"))
    year = starters.double_eleven(now()).year
    assert f'value="{year}-11-11T00:00"' in page
    assert f'value="{year}-10-10T00:00"' in page


def test_the_page_of_an_offer_names_the_goods_of_its_terms_with_links(editor, shop):
    tea, cup = goods("TEA"), goods("CUP", price=5_000)
    row = offer("flash", shops=(shop,), terms={"prices": {str(tea.pk): 8_000}})
    page = texts(editor.get(reverse("promotions:offer", args=[row.pk])))
    assert "「TEA 好货」特价 ¥80" in page
    assert reverse("catalog:product", args=[tea.product_id]) in page
    assert "全店商品" not in page
    assert "「TEA 好货」特价 ¥80" in texts(editor.get(reverse("promotions:offers")))
    both = offer("bundle", shops=(shop,), terms={"price_fen": 12_000, "pieces": {tea.pk: 1, cup.pk: 1}})
    page = texts(editor.get(reverse("promotions:offer", args=[both.pk])))
    assert "「TEA 好货」「CUP 好货」搭配 2 件一套 ¥120" in page
    assert reverse("catalog:product", args=[cup.product_id]) in page
    everything = offer("flash", shops=(shop,))
    assert "全店商品" in texts(editor.get(reverse("promotions:offer", args=[everything.pk])))


def test_free_postage_says_that_it_holds_for_every_carrier(editor):
    page = texts(editor.get(reverse("promotions:new-kind", args=["free_postage"])))
    assert "顺丰也免" in page


def test_a_number_on_a_card_bears_its_label(editor, shop):
    offer(shops=(shop,))
    page = texts(editor.get(reverse("promotions:offers")))
    assert '<span class="p-label muted">已用</span> 0' in page


def test_the_month_names_a_bar_once_and_keeps_long_offers_apart(editor, shop):
    offer(shops=(shop,), name="两周的", starts_at=NOON, ends_at=NOON + 14 * DAY)
    offer(shops=(shop,), name="一年的", starts_at=NOON - 100 * DAY, ends_at=NOON + 265 * DAY)
    view = editor.get(reverse("promotions:calendar") + "?way=month&day=2026-11-01").context["view"]
    bars = [bar for week in view.weeks for bar in week.bars]
    assert {bar.offer.name for bar in bars} == {"两周的"}
    assert [bar.named for bar in bars] == [True] + [False] * (len(bars) - 1)
    assert len(bars) > 1
    assert [row.name for row, _state in view.long] == ["一年的"]


@pytest.mark.parametrize("what", ["review", "approval", "return", "stop", "edit"])
def test_who_may_not_is_told_so_whatever_else_is_wrong_with_the_form(shop, what):
    other = own("OW02")
    row = offer(shops=[shop])
    url, before = reverse(f"promotions:{what}", args=[row.pk]), row.version
    person = cast.staff("e1", Power.OFFER_SEE, at=shop)
    role = Role.objects.create(name="elsewhere", powers=[str(Power.OFFER_EDIT), str(Power.OFFER_APPROVE)])
    Grant.objects.create(staff=person, role=role, shop_id=other.pk)
    looker = cast.sign_in(Client(), person)
    assert looker.post(url, {}).status_code == 403
    assert looker.post(url, {"version": "x"}).status_code == 403
    may = signed(*EDIT, Power.OFFER_APPROVE, at=shop, name="e2")
    assert may.post(url, {}).status_code == 422, "the control: who may is told what the form lacks"
    row.refresh_from_db()
    assert row.version == before
