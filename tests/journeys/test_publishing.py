"""A product is published in a real browser: matrix, picture, a forbidden word stops it, then it stands on the shelf."""

import io

import pytest
from PIL import Image

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import shop, staff
from zhanggui.catalog.classes import ensure_classifications
from zhanggui.catalog.models import Listing, Sku
from zhanggui.catalog.queries import window
from zhanggui.kit.clock import now
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def here(settings, tmp_path):
    settings.HOME = tmp_path
    ensure_classifications()
    return shop("OW01", platform=Platform.OWN)


def test_a_product_is_published(browsing, here):  # noqa: F811
    clerk = staff("yy1", Power.CATALOG_SEE, Power.CATALOG_EDIT, at=here)
    page = browsing(clerk, "/goods/new/")
    page.fill("[name=title]", "速干T恤 全网最低价")
    page.fill("[name=code]", "TS900")
    page.select_option("[name=postage]", "no")
    page.select_option("[name=classification]", label="T恤")
    page.click("button[name=again]")
    page.wait_for_selector("text=材质成分*")
    page.get_by_label("材质成分*").fill("聚酯纤维 100%")
    page.fill("[name=description]", "轻薄，干得快。")
    look(page, "publish-new")
    axe(page)
    page.click("button.btn-primary:has-text('保存草稿')")

    page.wait_for_url("**/skus/")
    page.fill("#option-0", "颜色")
    page.fill("#values-0", "白色 黑色")
    page.click("button[name=again]")
    page.wait_for_selector("text=2 个型号")
    page.fill("#option-1", "尺码")
    page.fill("#values-1", "M L XL")
    page.click("button[name=again]")
    page.wait_for_selector("text=6 个型号")
    page.fill("[name=fill-price_fen]", "59.90")
    page.fill("[name=fill-cost_fen]", "21")
    page.fill("[name=fill-weight_g]", "180")
    page.click("button[name=fill][value=all]")
    page.fill("[name=sku-5-price_fen]", "62")
    look(page, "publish-matrix")
    axe(page)
    page.click("button.btn-primary:has-text('保存')")
    page.wait_for_selector("text=已保存规格与价格")
    assert Sku.objects.filter(off_at=None).count() == 6
    assert sorted(set(Sku.objects.values_list("price_fen", flat=True))) == [5990, 6200]

    page.click("nav.tabs >> text=图片")
    drawing = io.BytesIO()
    Image.new("RGB", (800, 800), "teal").save(drawing, "JPEG")
    page.set_input_files(
        "#picture", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": drawing.getvalue()}
    )
    page.click("button:has-text('上传')")
    page.wait_for_selector(".g-pictures img")
    look(page, "publish-pictures")
    axe(page)

    page.click("nav.tabs >> text=上下架")
    page.click("button:has-text('上架')")
    said = page.wait_for_selector("p.refusal").inner_text()
    assert "全网最低" in said
    assert Listing.objects.get().state == "draft"
    look(page, "publish-refused")
    axe(page)

    page.click("nav.tabs >> text=基本资料")
    page.fill("[name=title]", "速干T恤 男款 透气圆领")
    page.click("button.btn-primary:has-text('保存')")
    page.wait_for_selector("text=体检通过")
    page.click("nav.tabs >> text=上下架")
    page.click("button:has-text('上架')")
    page.wait_for_selector(".state-on")
    found = window.shelf(here.pk, at=now()).rows
    assert [card.title for card in found] == ["速干T恤 男款 透气圆领"]
    assert (found[0].from_fen, found[0].to_fen, len(found[0].skus)) == (5990, 6200, 6)


@pytest.mark.parametrize(
    ("width", "language", "dark"), [(360, "zh-hans", False), (1440, "en", True), (360, "en", True)]
)
def test_the_pages_fit(browsing, here, width, language, dark):  # noqa: F811
    from zhanggui.catalog.models import ShopCategory
    from zhanggui.catalog.tests.cast import ready

    gifts = ShopCategory.objects.create(shop=here, name="礼物")
    ShopCategory.objects.create(shop=here, name="春茶", parent=gifts, way="auto", words="绿茶")
    listing = ready(prices={"规格:1罐": 16800, "规格:2罐": 32000}, at=now(), categories=(gifts,))
    ready("全网最低的红茶")
    clerk = staff("yy2", Power.CATALOG_SEE, Power.CATALOG_EDIT, at=here)
    page = browsing(clerk, "", width=width, language=language, dark=dark)
    at = f"/goods/{listing.product_id}/"
    for name, path in {
        "list": "/goods/",
        "basics": at,
        "skus": f"{at}skus/",
        "pictures": f"{at}pictures/",
        "shelf": f"{at}shelf/",
        "categories": "/goods/categories/OW01/",
        "category": f"/goods/categories/OW01/{gifts.pk}/",
        "terms": "/goods/terms/?q=全网最低",
    }.items():
        page.goto(path)
        page.wait_for_selector("html[data-ready]")
        look(page, f"goods-{name}-{width}-{language}")
        fits(page)
        axe(page)


def test_a_product_is_put_on_the_shelf_without_scripts(browsing, here):  # noqa: F811
    from zhanggui.catalog.tests.cast import ready

    listing = ready()
    clerk = staff("yy3", Power.CATALOG_SEE, Power.CATALOG_EDIT, at=here)
    page = browsing(clerk, f"/goods/{listing.product_id}/shelf/", scripts=False)
    page.click("button:has-text('上架')")
    page.wait_for_selector(".state-on")
    assert window.shelf(here.pk, at=now()).rows[0].listing_id == listing.pk
