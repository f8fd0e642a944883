"""A visitor looks around in a shop of ours, in a real browser: nothing jumps, nothing needs a script, all can read it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import HOUSE, everything, staff
from zhanggui.catalog.models import Picture
from zhanggui.freight.seeds import lay_tables
from zhanggui.kit import pictures
from zhanggui.kit.clock import now
from zhanggui.promotions.tests.offering import offer
from zhanggui.storefront.actions import assets
from zhanggui.storefront.models import Notice
from zhanggui.storefront.tests import cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SPECS = {"尺码:L;颜色:白": 10_000, "尺码:M;颜色:白": 10_000, "尺码:L;颜色:黑": 12_000}
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 2500);
})"""


def drawn(width: int, height: int, colour: str) -> bytes:
    target = BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "JPEG")
    return target.getvalue()


@pytest.fixture
def shop(settings: Any, tmp_path: Any) -> Any:
    """A shop on a busy day: banner, countdown, coupon, notice, a flash sale, a shirt in sizes, one of them gone."""
    settings.HOME = tmp_path
    shop = cast.open_shop(hotline="400-800-0127")
    lay_tables(by=HOUSE, shop=shop)
    slides = []
    for number, colour in enumerate(("teal", "brown")):
        kept = assets.add(by=HOUSE, shop=shop, use="banner", title="轮播", upload=drawn(980, 250, colour))
        slides.append({"picture": kept.name, "alt": f"活动 {number}", "link": "/s/OW01/search/"})
    cast.look(
        shop,
        blocks=[
            {"kind": "banner", "key": "b", "slides": slides},
            {"kind": "notice", "key": "n"},
            {"kind": "countdown", "key": "c", "until": (now() + timedelta(hours=30)).isoformat(), "link": ""},
            {"kind": "coupons", "key": "k"},
            {"kind": "hero", "key": "h"},
            {"kind": "new", "key": "w"},
        ],
    )
    Notice.objects.create(shop=shop, text="今天照常发货", made_by="-")
    ends = now() + timedelta(days=3)
    offer("flash", terms={"percent_bp": 8_000}, ends_at=ends)
    offer("coupon", ends_at=ends)
    shirt = cast.shelved("棉麻宽松衬衫", prices=SPECS)
    cast.stocked(shirt, 9)
    for number in range(6):
        other = cast.shelved(f"盖碗 {number} 号", prices={"": 5_000 + number})
        cast.stocked(other, number)
    for listing in shop.listings.select_related("product"):
        kept = pictures.keep(drawn(800, 800, "beige"))
        Picture.objects.create(
            product=listing.product,
            name=kept.name,
            width=kept.width,
            height=kept.height,
            size=kept.size,
            alt=listing.product.title,
        )
    shop.shirt = shirt
    return shop


@pytest.mark.parametrize(("width", "dark", "language"), [(360, False, ""), (1440, True, "en")])
def test_every_page_of_the_window_can_be_read_by_everybody(browsing, shop, width, dark, language):  # noqa: F811
    addresses = {
        "plaza": "/s/",
        "home": "/s/OW01/",
        "product": f"/s/OW01/goods/{shop.shirt.pk}/?region=420106",
        "search": "/s/OW01/search/?q=盖碗&from=10",
        "nothing": "/s/OW01/search/?q=飞机大炮",
        "categories": "/s/OW01/categories/",
        "coupons": "/s/OW01/coupons/",
        "shut": "/s/OW77/",
    }
    page = browsing(None, "", width=width, dark=dark, language=language)
    for name, address in addresses.items():
        page.goto(address)
        look(page, f"window-{name}-{width}")
        fits(page)
        axe(page)
        if language == "en":
            frame = page.locator("header.top, footer.foot, nav.tabs-bar").all_inner_texts()
            assert "首页" not in "".join(frame)


@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_jumps_while_the_countdown_runs(browsing, shop, width):  # noqa: F811
    page = browsing(None, "/s/OW01/", width=width)
    before = page.locator(".countdown-clock").inner_text()
    assert page.evaluate(SHIFTS) == 0
    assert page.locator(".countdown-clock").inner_text() != before, "it does run"
    page.goto(f"/s/OW01/goods/{shop.shirt.pk}/")
    assert page.evaluate(SHIFTS) == 0


def test_the_measure_of_jumps_does_see_one(browsing, shop):  # noqa: F811
    """The control: a picture that comes without its size is noticed."""
    page = browsing(None, "/s/OW01/")
    page.evaluate(
        "setTimeout(() => { const box = document.createElement('div'); box.textContent = 'x'; "
        "box.className = 'card nothing'; document.querySelector('.home-blocks').prepend(box); }, 600)"
    )
    assert page.evaluate(SHIFTS) > 0


def test_one_can_read_and_choose_without_a_script(browsing, shop):  # noqa: F811
    page = browsing(None, "/s/OW01/", width=360, scripts=False)
    assert page.locator(".countdown-clock").inner_text().strip()
    page.get_by_role("link", name="棉麻宽松衬衫").first.click()
    assert "80.00" in page.locator(".ladder:visible .price-big").inner_text()
    page.get_by_role("link", name="黑").click()
    page.wait_for_url("**sku=*")
    assert "96.00" in page.locator(".ladder:visible .price-big").inner_text()
    page.get_by_label("收货省份").select_option("310000")
    page.get_by_role("button", name="查运费").click()
    assert "¥" in page.locator(".sending").inner_text()
    page.get_by_role("button", name="加购物车").click()
    page.goto("/cart/")
    assert "棉麻宽松衬衫" in page.content()


def test_choosing_is_at_once_and_what_was_never_made_leads_on(browsing, shop):  # noqa: F811
    page = browsing(None, f"/s/OW01/goods/{shop.shirt.pk}/", width=360)
    page.get_by_role("link", name="M", exact=True).click()
    chosen = page.locator("input[name=sku]").last.input_value()
    black = page.get_by_role("link", name="黑")
    assert "缺货" in black.inner_text(), "M in black was never made"
    black.click()
    assert page.locator("input[name=sku]").last.input_value() != chosen
    assert "96.00" in page.locator(".ladder:visible .price-big").inner_text()
    assert page.locator("a[data-value=L]").get_attribute("aria-current") == "true"
    took = page.evaluate(
        "() => { const began = performance.now(); document.querySelector('a[data-value=\"白\"]').click(); "
        "return performance.now() - began; }"
    )
    assert took < 50


def test_a_shop_is_decorated_and_looked_at_before_buyers_see_it(browsing, shop):  # noqa: F811
    person = staff("8001", *everything())
    page = browsing(person, "/decoration/OW01/")
    axe(page)
    look(page, "decoration-looks")
    page.get_by_label("版本名称").fill("双 11 当天")
    page.get_by_label("开始").fill("2027-11-11T00:00")
    page.get_by_role("button", name="新建版本").click()
    page.get_by_label("加一个模块").select_option("text")
    page.get_by_role("button", name="加上").click()
    block = page.locator(".block").last
    block.locator("summary").click()
    block.get_by_role("textbox", name="文字").fill("零点开抢")
    block.get_by_role("button", name="保存模块").click()
    page.wait_for_url("**#block-*")
    page.locator(".block").last.get_by_role("button", name="上移").click()
    page.wait_for_load_state()
    axe(page)
    look(page, "decoration-look")
    page.get_by_role("button", name="发布").click()
    page.wait_for_load_state()
    page.get_by_role("link", name="预览").click()
    assert "零点开抢" in page.content()
    assert page.locator("#preview-at").input_value() == "2027-11-11T00:00"
    look(page, "decoration-preview")
    page.goto("/s/OW01/")
    assert "零点开抢" not in page.content()
    for address in ("pictures", "notices", "face"):
        page.goto(f"/decoration/OW01/{address}/")
        axe(page)
        look(page, f"decoration-{address}")
