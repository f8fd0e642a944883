"""The pages of offers in a real browser: they fit, read well in both languages and themes, and help while one types."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from tests import cast
from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from zhanggui.catalog.models import Listing, Sku
from zhanggui.kit.clock import day_begins, day_of, now
from zhanggui.promotions.models import Auction, Bid, OfferState, RedPacketIssue
from zhanggui.promotions.tests.offering import buyer, coupon, goods, offer, own, packet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop():
    row = own(name="集市 武汉")
    cast.mall("SH01", name="沪上旗舰店")
    for code, price, cost in (("TEA-250", 10_000, 6_000), ("CUP-1", 3_000, 1_000), ("POT-9", 39_900, 20_000)):
        Listing.objects.create(shop=row, product=goods(code, price=price, cost=cost).product)
    return row


@pytest.fixture
def person(shop):
    return cast.staff("1001", *cast.everything(), name="王小美")


@pytest.fixture
def stage(shop):
    """A shop in the middle of a season: offers in every state, coupons, red packets, an auction."""
    today = day_begins(day_of(now()))

    def days(number):
        return today + timedelta(days=number)

    ladder = {"tiers": [{"at": 20_000, "off_fen": 2_000}, {"at": 40_000, "off_fen": 9_000}]}
    main = offer(
        shops=(shop,), name="入冬满减", terms=ladder, starts_at=days(-3), ends_at=days(6), budget_fen=500_000,
        used_fen=123_400, used_times=61, group="冬", below_floor=True,
    )  # fmt: skip
    card = offer(
        "coupon", shops=(shop,), name="店铺券 满 199 减 30", terms={"threshold_fen": 19_900, "off_fen": 3_000},
        starts_at=days(-10), ends_at=days(12), times=1000, per_buyer=1,
    )  # fmt: skip
    coupon(card, buyer("阿珍"))
    offer(
        "flash",
        shops=(shop,),
        name="周末八折",
        starts_at=days(2),
        ends_at=days(4),
        state=OfferState.SCHEDULED,
    )
    offer(
        "voucher",
        shops=(shop,),
        name="老客代金券",
        state=OfferState.DRAFT,
        starts_at=days(5),
        ends_at=days(9),
    )
    review = offer(
        shops=(shop,), name="每满 300 减 30", state=OfferState.REVIEW, starts_at=days(1), ends_at=days(20),
        terms={"tiers": [{"at": 30_000, "off_fen": 3_000}], "repeat": True},
    )  # fmt: skip
    offer("free_postage", shops=(shop,), name="满 99 包邮", starts_at=days(-30), ends_at=days(60))
    offer(
        "flash", shops=(shop,), name="停掉的", state=OfferState.STOPPED, starts_at=days(-2), ends_at=days(2)
    )
    issue = RedPacketIssue.objects.create(
        merchant=cast.merchant(), shop_ids=[shop.pk], name="双11 红包", budget_fen=100_000, issued_fen=3_000,
        good_from=days(-1), good_until=days(3), made_by="测试",
    )  # fmt: skip
    packet(buyer("阿珍"), 2_000, "抽奖:1", issue=issue)
    packet(buyer("小林"), 1_000, "抽奖:2", issue=issue, left_fen=400, used_fen=600)
    auction = Auction.objects.create(
        shop=shop, sku=goods("POT-9"), title="老紫砂壶 一元起拍", start_fen=100, step_fen=100, reserve_fen=20_000,
        deposit_fen=5_000, starts_at=days(-1), ends_at=days(1), state=Auction.State.LIVE, top_fen=800,
        top_bidder=buyer("小林"), bids_count=1, made_by="测试",
    )  # fmt: skip
    Bid.objects.create(auction=auction, buyer=buyer("小林"), amount_fen=800)
    return {"main": main, "card": card, "review": review, "issue": issue, "auction": auction}


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "zh-hans"), (360, False, "zh-hans"), (1440, True, "en"), (360, True, "en")],
)
def test_every_page_fits_and_is_readable(browsing, stage, person, width, dark, language):  # noqa: F811
    simulator = reverse("promotions:simulator") + "?shop=OW01&lines=TEA-250%203%0ACUP-1%201&level=2&postage=8"
    page = browsing(person, "", width=width, dark=dark, language=language)
    for name, path in [
        ("list", reverse("promotions:offers")),
        ("month", reverse("promotions:calendar")),
        ("lanes", reverse("promotions:calendar") + "?way=lanes"),
        ("new", reverse("promotions:new")),
        ("reduction", reverse("promotions:new-kind", args=["reduction"]) + "?starter=full"),
        ("flash", reverse("promotions:new-kind", args=["flash"])),
        ("member", reverse("promotions:new-kind", args=["member"])),
        ("edit", reverse("promotions:edit", args=[stage["main"].pk])),
        ("offer", reverse("promotions:offer", args=[stage["main"].pk])),
        ("review", reverse("promotions:offer", args=[stage["review"].pk])),
        ("coupons", reverse("promotions:coupons", args=[stage["card"].pk])),
        ("simulator", simulator),
        ("conflicts", reverse("promotions:conflicts") + "?shop=OW01"),
        ("red-packets", reverse("promotions:red-packets")),
        ("red-packet-new", reverse("promotions:red-packet-new") + "?starter=red"),
        ("red-packet", reverse("promotions:red-packet-issue", args=[stage["issue"].pk])),
        ("auctions", reverse("promotions:auctions")),
        ("auction-new", reverse("promotions:auction-new")),
        ("auction", reverse("promotions:auction", args=[stage["auction"].pk])),
    ]:
        page.goto(path)
        look(page, f"offers-{name}-{width}-{'dark' if dark else 'light'}-{language}")
        fits(page)
        axe(page)


def test_the_rule_follows_what_is_typed_and_the_picker_fills_the_scope(browsing, shop, person):  # noqa: F811
    title = Sku.objects.get(code="TEA-250").product.title
    page = browsing(person, reverse("promotions:new-kind", args=["reduction"]))
    page.locator("[name=name]").fill("试试")
    page.locator("[name=shops][value=OW01]").check()
    page.locator("[name=at1]").fill("300")
    page.locator("[name=off1]").fill("30")
    page.get_by_text("满 ¥300 减 ¥30").wait_for()
    page.get_by_label("找商品").fill("tea")
    page.get_by_role("button", name="加入 TEA-250").last.click()
    assert page.locator("[name=scope_skus]").input_value() == "TEA-250"
    named = re.compile(rf"「{re.escape(title)}[^「」]*」")  # the goods by their own title
    page.locator("#rule-words .p-words").filter(has_text=named).wait_for()
    axe(page)


def test_an_offer_is_made_without_scripts(browsing, shop, person):  # noqa: F811
    page = browsing(person, reverse("promotions:new-kind", args=["coupon"]), scripts=False)
    page.locator("[name=name]").fill("无脚本券")
    page.locator("[name=shops][value=OW01]").check()
    for name, text in (
        ("threshold", "99"),
        ("off", "10"),
        ("times", "10"),
        ("per_buyer", "1"),
        ("scope_skus", "CUP-1"),
    ):
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="存为草稿").click()
    assert "无脚本券" in page.locator("h1").inner_text()
