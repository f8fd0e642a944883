"""Freight in a real browser: the pages fit and read well, rows are added in place, regions are picked, quotes shown."""

import pytest
from django.urls import reverse

from tests import cast
from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from zhanggui.freight.actions.quoting import keep
from zhanggui.freight.models import Surcharge, Template, Zone
from zhanggui.freight.quotes import Part, Wish
from zhanggui.freight.seeds import lay_tables

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop():
    row = cast.shop("WH01", name="江城茶铺")
    lay_tables(by=cast.HOUSE, shop=row)
    lay_tables(by=cast.HOUSE, shop=cast.mall("SH01", name="沪上旗舰店"))
    return row


@pytest.fixture
def person(shop):
    return cast.staff("1001", *cast.everything(), name="王小美")


@pytest.mark.parametrize(
    ("width", "dark", "language"),
    [(1440, False, "zh-hans"), (360, False, "zh-hans"), (1440, True, "en"), (360, True, "en")],
)
def test_every_page_fits_and_is_readable(browsing, shop, person, width, dark, language):  # noqa: F811
    table = Template.objects.get(shop=shop)
    extra = Surcharge.objects.filter(shop=shop).first()
    wish = Wish(shop, "540102", (Part(1, 500),))
    kept = keep(by=cast.HOUSE, wish=wish, at=cast.NOON)
    page = browsing(person, "/freight/", width=width, dark=dark, language=language)
    for name, path in [
        ("shops", "/freight/"),
        ("shop", reverse("freight:shop", args=[shop.code])),
        ("table", reverse("freight:table", args=[shop.code, table.pk])),
        ("table-new", reverse("freight:table-new", args=[shop.code])),
        ("surcharge", reverse("freight:surcharge", args=[shop.code, extra.pk])),
        ("tester", reverse("freight:tester") + "?shop=WH01&to=520100&weight=3&pieces=1"),
        ("quote", reverse("freight:quote", args=[kept.key])),
        ("quotes", reverse("freight:quotes")),
        ("costs", reverse("freight:costs")),
        ("carriers", reverse("freight:carriers") + "?waybill=868020761207"),
        ("carrier", reverse("freight:carrier", args=["STO"])),
        ("regions", reverse("freight:regions")),
    ]:
        page.goto(path)
        look(page, f"freight-{name}-{width}-{'dark' if dark else 'light'}-{language}")
        fits(page)
        axe(page)


def test_a_quote_is_tried_without_leaving_the_page(browsing, shop, person):  # noqa: F811
    page = browsing(person, reverse("freight:tester") + "?shop=WH01")
    page.get_by_label("收货地址").fill("王小明 13800138000 贵州省贵阳市南明区中华路1号")
    page.get_by_label("重量（公斤）").fill("3")
    page.get_by_role("button", name="算运费", exact=True).click()
    page.get_by_text("¥45.00").first.wait_for()
    assert "S1-05" in (page.locator("#result").text_content() or "")  # folded away, for the curious
    look(page, "freight-tester-result")
    axe(page)
    page.get_by_role("button", name="算并留存报价").click()
    page.wait_for_url("**/freight/quotes/*/")
    assert "¥45.00" in page.locator("main").inner_text()


def test_a_row_is_added_in_place_and_its_regions_are_picked(browsing, shop, person):  # noqa: F811
    table = Template.objects.get(shop=shop)
    page = browsing(person, reverse("freight:table", args=[shop.code, table.pk]))
    page.get_by_role("button", name="加一行").click()
    page.locator("[name=zone-9-name]").fill("江浙沪")
    page.locator("[name=zone-9-regions] + button").click()
    page.get_by_role("button", name="江浙沪", exact=True).click()
    look(page, "freight-picker", full=False)
    page.get_by_role("button", name="确定", exact=True).click()
    assert page.locator("[name=zone-9-regions]").input_value() == "上海、江苏、浙江"
    for column, text in (
        ("first_standard", "1"),
        ("first_fen", "9"),
        ("add_standard", "1"),
        ("add_fen", "5"),
    ):
        page.locator(f"[name=zone-9-{column}]").fill(text)
    page.get_by_role("button", name="保存").last.click()
    page.wait_for_load_state()
    page.get_by_text("已保存运费表").wait_for()
    zone = Zone.objects.get(template=table, name="江浙沪")
    assert (zone.regions, zone.first_fen, zone.add_fen) == (["310000", "320000", "330000"], 900, 500)


def test_a_table_is_edited_without_scripts(browsing, shop, person):  # noqa: F811
    table = Template.objects.get(shop=shop)
    page = browsing(person, reverse("freight:table", args=[shop.code, table.pk]), scripts=False)
    page.get_by_role("button", name="加一行").click()
    assert page.locator("[name=zone-9-name]").count() == 1
    page.locator("[name=zone-0-add_standard]").fill("1")
    page.locator("[name=zone-0-add_fen]").fill("2")
    page.get_by_role("button", name="保存").last.click()
    assert Zone.objects.get(template=table, name="武汉市").add_fen == 200
