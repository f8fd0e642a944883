"""Nothing of an order sticks out of the window, and what cannot be undone asks first."""

import pytest

from tests.browsing import browser, browsing, look  # noqa: F401
from tests.cast import shop
from zhanggui.orders.models import Order
from zhanggui.orders.states import State
from zhanggui.orders.tests.test_orders_browser import desk  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OUTSIDE = """() => [...document.querySelectorAll("main *")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > document.documentElement.clientWidth + 1 && !one.closest(".visually-hidden, .o-views, .menu-body")
}).map(one => `${one.tagName}.${one.className} ${Math.round(one.getBoundingClientRect().right)}`).slice(0, 12)"""


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_sticks_out(browsing, desk, width, language):  # noqa: F811
    rows, person = desk
    found = {}
    for name, path in (
        ("order", f"/orders/{shop().code}/{rows[3].number}/"),
        ("to-ship", "/orders/?view=to_ship"),
    ):
        page = browsing(person, path, width=width, language=language)
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(300)
        look(page, f"layout-{name}-{width}-{language}")
        found[name] = page.evaluate(OUTSIDE)
    assert found == {"order": [], "to-ship": []}


def test_a_parcel_and_a_great_change_of_price_ask_first(browsing, desk):  # noqa: F811
    rows, person = desk
    page = browsing(person, f"/orders/{shop().code}/{rows[1].number}/")
    page.wait_for_selector("html[data-ready]")
    price = page.locator(".o-price input[data-fen]").first
    price.fill("10.00")
    page.click(".o-price button:has-text('保存新价格')")
    page.wait_for_selector("#ask[open]")
    assert "95.00 元改为 16.00 元" in page.inner_text("#ask")
    page.click("#ask button:has-text('取消')")
    assert Order.objects.get(pk=rows[1].pk).due_fen == 9500
    price.fill("88.00")
    page.click(".o-price button:has-text('保存新价格')")
    page.wait_for_selector(".notice-ok")
    assert page.locator("#ask[open]").count() == 0
    assert "已改价" in page.inner_text("#toasts, .toasts")

    page.goto(f"/orders/{shop().code}/{rows[2].number}/")
    page.wait_for_selector("html[data-ready]")
    page.select_option("#ship-carrier", "YTO")
    page.fill("#waybill", "YT8812345678902")
    page.click("button:has-text('发出')")
    page.wait_for_selector("#ask[open]")
    assert "圆通速递 YT8812345678902" in page.inner_text("#ask")
    assert Order.objects.get(pk=rows[2].pk).state == State.PAID
    page.click("#ask button:has-text('确定')")
    page.wait_for_selector(".notice-ok")
    assert Order.objects.get(pk=rows[2].pk).state == State.SHIPPED
    assert "已发货" in page.inner_text("#toasts, .toasts")
