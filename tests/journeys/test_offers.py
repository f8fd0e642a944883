"""A reduction in steps: one person writes it, another approves it, the simulator shows what it does to a cart."""

import pytest
from django.urls import reverse

from tests import cast
from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from zhanggui.catalog.models import Listing
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Offer, OfferState
from zhanggui.promotions.tests.offering import goods, own

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reduction_goes_from_a_draft_to_the_simulator(browsing):  # noqa: F811
    shop = own(name="集市 武汉")
    Listing.objects.create(shop=shop, product=goods("TEA-250", price=10_000, cost=6_000).product)
    writer = cast.staff("2001", Power.OFFER_SEE, Power.OFFER_EDIT, at=shop, name="小林")
    leader = cast.staff("2002", Power.OFFER_SEE, Power.OFFER_APPROVE, at=shop, name="王店长")

    page = browsing(writer, "/offers/")
    look(page, "offers-journey-empty")
    page.get_by_role("link", name="满 200 减 20").click()
    page.locator("[name=name]").fill("双11 满减")
    page.locator("[name=starts_at]").fill("2099-11-11T00:00")
    page.locator("[name=ends_at]").fill("2099-11-12T00:00")
    page.locator("[name=at3]").fill("600")
    page.locator("[name=off3]").fill("90")
    page.get_by_text("满 ¥600 减 ¥90").wait_for()
    page.get_by_role("button", name="存为草稿").click()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("要由另一个人批准").wait_for()
    assert page.get_by_role("button", name="批准").count() == 0
    axe(page)

    row = Offer.objects.get()
    assert row.state == OfferState.REVIEW
    other = browsing(leader, reverse("promotions:offers") + "?state=review", width=360, height=740)
    other.get_by_role("link", name="双11 满减").click()
    other.get_by_role("button", name="批准").click()
    other.get_by_text("已批准").first.wait_for()
    row.refresh_from_db()
    assert (row.state, row.approved_by) == (OfferState.SCHEDULED, "王店长")
    fits(other)
    axe(other)

    page.goto(reverse("promotions:simulator"))
    page.get_by_label("购物车").fill("TEA-250 × 7")
    page.locator("[name=at]").fill("2099-11-11T00:00")
    page.get_by_role("button", name="试算").click()
    result = page.locator("#result")
    result.get_by_text("¥610.00").first.wait_for()
    assert "满 ¥600 减 ¥90" in result.inner_text()
    look(page, "offers-journey-simulator")
    axe(page)
    shared = page.url
    assert "TEA-250" in shared
    again = browsing(
        leader, shared.split("//", 1)[1].partition("/")[1] + shared.split("//", 1)[1].partition("/")[2]
    )
    assert "¥610.00" in again.locator("#result").inner_text()

    page.locator("[name=at]").fill("2099-11-12T00:00")
    page.get_by_role("button", name="试算").click()
    result.get_by_text("没有用上任何优惠").wait_for()
