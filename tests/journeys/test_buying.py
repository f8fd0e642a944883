"""A buyer's whole way, on a phone: register, find, a cart over two shops, coupon and red packet, pay, follow, confirm,
review; and the shop's standing that the next visitor sees.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import HOUSE, merchant
from zhanggui.catalog.actions.finding import remember
from zhanggui.checkout.models import Payment
from zhanggui.checkout.tests.cast import coupon, goods, offer, red_packet
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.connect.tests.pay_process import cashier
from zhanggui.customers.models import Buyer
from zhanggui.customers.sessions import cookie_name
from zhanggui.customers.tests import cast as customers
from zhanggui.freight.models import Carrier
from zhanggui.journal.news import deliver_due
from zhanggui.kit.clock import now
from zhanggui.orders.actions.shipping import Shipment, ship_many
from zhanggui.orders.models import Order
from zhanggui.storefront.tests.buying import open_shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}
PASSWORD = "quiet-river-lamp"


@pytest.fixture(autouse=True)
def _light(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="module")
def till(tmp_path_factory):
    with cashier(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


def seen(page, name):
    """The page fits a phone, axe finds nothing, and it is kept to be looked at."""
    fits(page)
    axe(page)
    look(page, f"buying-{name}")


def total(page):
    return page.locator("#total").inner_text()


def enter(page, nick="小鱼"):
    """Sign a buyer of the cast in, in this window."""
    client = customers.shopping(customers.buyer(nick))
    page.context.add_cookies(
        [
            {
                "name": cookie_name(),
                "value": client.cookies[cookie_name()].value,
                "url": page.url.split("/s/")[0],
            }
        ]
    )


def test_three_things_of_two_shops_with_a_coupon_and_a_red_packet(browsing, till, settings):  # noqa: F811
    settings.SANDBOX_URL = till.url
    settings.ALLOWED_HOSTS = ["*"]
    ensure_account(by=HOUSE, merchant_id=merchant().pk, home=till.home, gateway=till.gateway)
    one, two = open_shop(name="江城茶铺"), open_shop("OW02", name="江城糕点")
    tea, cup = goods("龙井", price_fen=8000, pieces=20), goods("瓷杯", price_fen=3000, pieces=3)
    cake = goods("绿豆糕", price_fen=2500, pieces=10, in_shops=[two])
    for sku in (tea, cup, cake):
        sku.product.listings.update(from_fen=sku.price_fen, to_fen=sku.price_fen)
    remember([sku.product_id for sku in (tea, cup, cake)])
    offer(
        "reduction",
        {"tiers": [{"at": 10000, "off_fen": 1000}, {"at": 20000, "off_fen": 3000}]},
        name="满百减十",
    )
    Carrier.objects.get_or_create(code="STO", defaults={"name": "申通快递"})

    page = browsing(None, "/buyer/register/?next=/s/OW01/", **PHONE)
    seen(page, "register")
    page.get_by_label("手机号").fill("13800138077")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("昵称").fill("江边小鱼")
    page.get_by_role("button", name="注册并登录").click()
    page.wait_for_url("**/s/OW01/")
    person = Buyer.objects.get(nick="江边小鱼")
    coupon(500, 5000, to=person, name="五元券")
    red_packet(person, 1200)

    for sku, typed in ((tea, "longjing"), (cup, "cibei"), (cake, "绿豆糕")):
        page.goto("/s/OW02/" if sku is cake else "/s/OW01/")
        page.locator("input[name=q]").first.fill(typed)
        page.locator("input[name=q]").first.press("Enter")
        page.wait_for_url("**/search/**")
        page.get_by_role("link", name=sku.product.title).click()
        page.wait_for_url("**/goods/**")
        if sku is tea:
            seen(page, "product")
            page.go_back()
            seen(page, "search")
            page.go_forward()
        page.get_by_role("button", name="加购物车").click()
        page.wait_for_load_state()
    page.goto("/cart/")
    seen(page, "cart")
    page.get_by_label("加一件").first.click()
    page.wait_for_load_state()
    assert page.locator("input[type=number]").first.input_value() == "2"
    page.get_by_label("减一件").first.click()
    page.wait_for_load_state()
    before = page.locator("#sums .price-total").inner_text()
    page.locator("input[name=picked]").first.uncheck()
    expect(page.locator("#sums .price-total")).not_to_have_text(before)
    page.locator("input[name=picked]").first.check()
    expect(page.locator("#sums .price-total")).to_have_text(before)
    page.get_by_role("button", name="去结算").click()
    page.wait_for_url("**/checkout/")
    seen(page, "checkout-no-address")

    page.get_by_role("link", name="填写收货地址").click()
    page.get_by_label("粘贴地址").fill(
        "收货人：王小明\n手机：13900139000\n湖北省武汉市洪山区珞喻路1号 3栋201"
    )
    page.get_by_role("button", name="识别并填入下面").click()
    assert page.get_by_label("区县").input_value() == "洪山区"
    seen(page, "address")
    page.get_by_role("button", name="保存地址").click()
    page.wait_for_url("**/checkout/**")
    seen(page, "checkout")
    text = page.inner_text("main")
    assert "五元券" in text
    # 110.00 - 10.00 - 5.00 and 25.00, two parcels of 10.00, red packet of 12.00
    assert total(page) == "¥128.00"
    page.get_by_label("自己选").first.check()
    expect(page.locator("#main:not([aria-busy])")).to_be_visible()
    page.locator("input[name^=coupon-]").first.uncheck()
    expect(page.locator("#total")).to_have_text("¥133.00")
    page.get_by_label("自动选最省的").first.check()
    expect(page.locator("#total")).to_have_text("¥128.00")
    page.get_by_role("button", name="提交订单").dblclick()
    page.wait_for_url("**/pay/?order=**")
    assert Order.objects.count() == 2
    seen(page, "pay")
    assert total(page) == "¥128.00"

    page.get_by_role("button", name="去支付").click()
    page.wait_for_url(f"{till.url}/**")
    page.get_by_role("button").filter(has_text=re.compile("Pay|支付")).first.click()
    page.wait_for_load_state()
    page.get_by_role("link").filter(has_text=re.compile("Back|返回")).first.click()
    page.wait_for_url("**/pay/P*/**")
    page.get_by_role("heading", name="付款成功").wait_for(timeout=40_000)
    seen(page, "paid")
    assert Payment.objects.get().state == "paid"
    assert set(Order.objects.values_list("state", flat=True)) == {"paid"}

    first = Order.objects.order_by("pk").first()
    ship_many(by=HOUSE, shipments=[Shipment(first.pk, "STO", "7701234567890")], at=now())
    page.goto("/my/")
    seen(page, "my")
    page.get_by_role("link", name="待收货").click()
    seen(page, "orders")
    page.get_by_role("link", name="查看订单").first.click()
    seen(page, "order")
    assert "7701234567890" in page.inner_text("main")
    page.get_by_role("button", name="确认收货").click()
    page.get_by_role("heading", name="交易成功").wait_for()
    first.refresh_from_db()
    assert first.state == "finished"

    while deliver_due():
        pass
    page.reload()
    page.get_by_role("link", name="评价", exact=True).click()
    seen(page, "review")
    for group in page.get_by_role("group", name="总的来说").all():
        group.get_by_label("好评").check()
    page.locator("section", has_text="瓷杯").get_by_label("说说您的感受").fill("颜色正，包装也仔细。")
    page.get_by_role("group", name="卖家发货的速度").get_by_label("4").check()
    page.get_by_role("button", name="提交评价").click()
    page.get_by_text("颜色正").wait_for()
    seen(page, "reviewed")
    page.goto("/s/OW01/")
    standing = page.locator(".shop-bar .standing").first.inner_text()
    seen(page, "standing")
    assert re.search(r"描述 5\.0.*服务 5\.0.*发货 4\.0", standing, re.S), standing
    page.goto(f"/s/OW01/goods/{cup.product.listings.get(shop=one).pk}/")
    assert "颜色正" in page.inner_text("main")
    seen(page, "product-reviewed")
    for path in ("/my/coupons/", "/my/red-packets/", "/my/addresses/", "/my/favourites/"):
        page.goto(path)
        seen(page, path.strip("/").replace("/", "-"))


@pytest.mark.parametrize("dark", [False, True])
def test_everything_works_without_a_script_in_english_and_dark(browsing, dark):  # noqa: F811
    shop = open_shop()
    tea = goods(price_fen=5000)
    person = customers.buyer()
    page = browsing(None, "/s/OW01/", scripts=False, language="en", dark=dark, **PHONE)
    enter(page)
    page.goto(f"/s/OW01/goods/{tea.product.listings.get(shop=shop).pk}/")
    page.locator("form[action='/cart/lines/'] button").first.click()
    page.goto("/cart/")
    page.get_by_label("One more").click()
    assert page.locator("input[type=number]").input_value() == "2"
    look(page, f"buying-en-cart-{dark}")
    fits(page)
    page.get_by_role("button", name="Check out").click()
    page.get_by_role("link", name="Enter a delivery address").click()
    page.get_by_label("Paste an address").fill("王小明 13900139000 湖北省武汉市洪山区珞喻路1号")
    page.get_by_role("button", name="Recognise").click()
    page.get_by_role("button", name="Save address").click()
    look(page, f"buying-en-checkout-{dark}")
    fits(page)
    page.get_by_role("button", name="Place order").click()
    order = Order.objects.get()
    assert (order.due_fen, order.buyer_id) == (11000, person.pk)
    assert order.number in page.url
    look(page, f"buying-en-pay-{dark}")
    page.goto(f"/my/orders/{order.number}/")
    fits(page)
    look(page, f"buying-en-order-{dark}")
    body = page.inner_text("main")
    assert not re.search(
        "[\u4e00-\u9fff]", re.sub("茶 TEA|OW01 测试店|王\\*+|湖北省武汉市洪山区", "", body)
    ), body
