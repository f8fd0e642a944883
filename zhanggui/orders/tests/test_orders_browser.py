"""The order desk in a real browser: found, flagged, changed, shipped; readable in both languages, themes and widths."""

import re
from datetime import timedelta

import pytest

from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401
from tests.cast import HOUSE, everything, mall, shop, staff
from zhanggui.freight.models import Carrier
from zhanggui.jobs.actions.running import run_here
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.orders.actions.marks import mark
from zhanggui.orders.actions.prices import change_price
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.states import Refund, State
from zhanggui.orders.tests.cast import arriving, bring, line, receiver, shelve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk():
    """A day's orders in two shops, and the person who works them."""
    at = now()
    for code, name in (("YTO", "圆通速递"), ("SF", "顺丰速运")):
        Carrier.objects.update_or_create(
            code=code, defaults={"name": name, "waybill_pattern": r"YT\d{13}" if code == "YTO" else ""}
        )
    shelve(pieces=50)
    tee = line("纯棉圆领短袖T恤男夏季宽松打底衫", spec="颜色:白色;尺码:L", code="TEE-W-M", pieces=2)
    cup = line("保温杯 500ml 316不锈钢", 8900, spec="颜色:深海蓝", code="CUP-500-B")

    def order(*lines, hours=1.0, **also):
        placed = at - timedelta(hours=hours)
        if also.get("state", State.UNPAID) not in (State.UNPAID, State.CLOSED_UNPAID):
            also.setdefault("paid_at", placed + timedelta(minutes=3))
        return arriving(*lines, placed_at=placed, **also)

    rows = bring(
        order(tee, cup, hours=0.2, nick="江边小鱼", buyer_message="麻烦发顺丰，周六上午送"),
        order(cup, hours=71.5, nick="早起的人"),
        order(tee, hours=50, state=State.PAID, nick="wuhan_lili"),
        order(tee, cup, line("刷子", 300), line("杯套", 900), hours=30, state=State.PAID, nick="江边小鱼"),
        order(cup, hours=20, state=State.PAID, cod=True, nick="货到再付"),
        order(
            tee,
            hours=90,
            state=State.SHIPPED,
            shipped_at=at - timedelta(hours=80),
            carrier="圆通速递",
            waybill="YT8812345678901",
            nick="老顾客",
        ),
        order(cup, hours=400, state=State.FINISHED, shipped_at=at - timedelta(hours=390), nick="老顾客"),
        order(cup, hours=200, state=State.CLOSED_UNPAID, close_reason="买家不想买了", nick="犹豫"),
        order(cup, hours=60, state=State.PAID, refund=Refund.OPEN, nick="后悔了"),
        at=at,
    )
    bring(
        order(
            tee,
            hours=2,
            nick="上海买家",
            receiver=receiver(
                name="陈静", phone="13911112222", province="上海市", city="上海市", district="浦东新区"
            ),
        ),
        into=mall(name="上海旗舰店"),
        at=at,
    )
    mark(by=HOUSE, order=rows[2], template="attribute", wish="黑色XL", flag=1, at=at)
    mark(by=HOUSE, order=rows[3], template="wish", wish="顺丰", must_read=True, at=at)
    change_price(by=HOUSE, order=rows[1], postage_fen=600, reason="老客户", at=at)
    return rows, staff("kf01", *everything(), name="小美")


def bigger(path, name, person, browsing):  # noqa: F811
    for width, dark, language in (
        (1440, False, "zh-hans"),
        (1920, True, "en"),
        (360, False, "en"),
    ):
        page = browsing(person, path, width=width, dark=dark, language=language)
        page.wait_for_selector("html[data-ready]")
        page.wait_for_timeout(400)
        look(page, f"{name}-{width}-{'dark' if dark else 'light'}-{language}")
        fits(page)
        axe(page)


@pytest.mark.parametrize(
    "what",
    ["list", "to_ship", "empty", "unpaid", "paid", "shipped", "shipping", "approvals", "merging", "print"],
)
def test_every_page_fits_and_is_readable(browsing, desk, what):  # noqa: F811
    rows, person = desk
    path = {
        "list": "/orders/",
        "to_ship": "/orders/?view=to_ship&flag=1&memo=1",
        "empty": "/orders/?view=refunding&flag=5",
        "unpaid": f"/orders/{shop().code}/{rows[1].number}/",
        "paid": f"/orders/{shop().code}/{rows[3].number}/",
        "shipped": f"/orders/{shop().code}/{rows[5].number}/",
        "shipping": "/orders/shipping/",
        "approvals": "/orders/approvals/",
        "merging": "/orders/merging/",
        "print": f"/orders/{shop().code}/{rows[3].number}/print/",
    }[what]
    bigger(path, f"orders-{what}", person, browsing)


def test_a_clerk_works_an_order_from_the_list_to_the_parcel(browsing, desk):  # noqa: F811
    rows, person = desk
    page = browsing(person, "/orders/")
    page.wait_for_selector("html[data-ready]")
    page.fill("#q", rows[1].number[-6:])
    page.press("#q", "Enter")
    page.wait_for_url(re.compile("q="))
    assert page.locator("[data-row]").count() == 1
    page.click("[data-open]")
    page.fill("input[name=postage]", "5.00")
    page.click(".o-price button:has-text('保存新价格')")
    page.wait_for_selector(".notice-ok")
    assert Order.objects.get(pk=rows[1].pk).postage_fen == 500

    page.goto("/orders/?view=to_ship")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.wait_for_selector("#peek[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.press("5")
    page.wait_for_selector("[data-row].here .flag-5, [data-row].here .flag-1")
    page.wait_for_selector(".toast [data-undo]")
    assert Mark.objects.filter(kind="flag", flag=5, off_at__isnull=True).count() == 1
    page.keyboard.press("u")
    page.wait_for_selector(".toast:has-text('已撤销')")
    assert not Mark.objects.filter(kind="flag", flag=5, off_at__isnull=True).exists()

    page.goto(f"/orders/WH01/{rows[2].number}/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("n")
    page.keyboard.type("请仔细检查")
    page.click("form[hx-post$='/marks/'] button[type=submit]")
    page.wait_for_selector(".o-pinned:has-text('请仔细检查')")
    page.select_option("#ship-carrier", "YTO")
    page.fill("#waybill", "YT8812345678999")
    page.click("form[hx-post$='/shipments/'] button[type=submit]")
    page.click("#ask[open] button:has-text('确定')")
    page.wait_for_selector(".o-parcel:has-text('YT8812345678999')")
    assert Order.objects.get(pk=rows[2].pk).state == State.SHIPPED
    page.click(".kv-money dd:has-text('¥') >> nth=5 >> a")
    page.wait_for_selector(".o-money-rows")


def test_a_receiver_hides_itself_again(browsing, desk):  # noqa: F811
    rows, person = desk
    page = browsing(person, f"/orders/WH01/{rows[2].number}/")
    page.wait_for_selector("html[data-ready]")
    page.clock.install()
    page.fill("#reveal-reason", "核对地址")
    page.click("form[hx-post$='/reveal/'] button")
    page.wait_for_selector("text=13800138000")
    page.clock.run_for(61_000)
    page.wait_for_selector("#receiver:not(.o-clear)")
    assert "13800138000" not in page.content()


def test_choosing_rows_and_the_whole_filter(browsing, desk):  # noqa: F811
    _rows, person = desk
    page = browsing(person, "/orders/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    page.wait_for_selector(".o-bulk.some:has-text('3')")
    page.check("[data-page-all]")
    page.wait_for_selector("[data-all]")
    look(page, "orders-bulk", full=False)
    page.click("[data-flag='4']")
    page.wait_for_selector(".toast")


def test_flags_of_a_few_chosen_orders_show_at_once_and_are_taken_back_by_key(browsing, desk):  # noqa: F811
    _rows, person = desk
    page = browsing(person, "/orders/?view=to_ship")
    page.wait_for_selector("html[data-ready]")
    flagged = "#rows [data-row] .flag-3"
    before = Order.objects.filter(flag=3).count()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("f")
    page.keyboard.press("5")
    page.wait_for_selector(".toast:has-text('2 个订单') [data-undo]")
    assert Mark.objects.filter(kind="flag", flag=5, off_at=None).count() == 2
    page.wait_for_selector("#rows [data-row] .flag-5, #rows [data-row] .flag-1")
    assert page.locator("[data-row].chosen").count() == 0
    page.wait_for_timeout(500)
    assert page.locator("#jobs").is_hidden(), "nothing runs in the background"
    assert page.locator("#changed-strip").count() == 0, "the rows came with the answer"
    page.keyboard.press("u")
    page.wait_for_selector(".toast:has-text('已撤销')")
    assert not Mark.objects.filter(kind="flag", flag=5, off_at=None).exists()
    page.wait_for_selector("#rows .flag-5", state="detached")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("f")
    page.keyboard.press("3")
    page.wait_for_selector(".toast:has-text('1 个订单') [data-undo]")
    page.click(".toast:has-text('1 个订单') [data-undo]")
    page.wait_for_selector(".toast:has-text('已撤销')")
    page.wait_for_timeout(300)
    assert (Order.objects.filter(flag=3).count(), page.locator(flagged).count()) == (before, before)


def drawer_after_a_job(page):
    for box in page.locator("#rows input[name=ids]").all():
        box.check()
    page.check("[data-all]")
    page.click("[data-flag='4']")
    page.wait_for_selector("#jobs-count:not([hidden])", state="attached")
    page.wait_for_timeout(300)
    return page.locator("#jobs").is_visible()


def test_the_drawer_opens_for_background_work_only_and_stays_closed(browsing, desk):  # noqa: F811
    _rows, person = desk
    page = browsing(person, "/orders/")
    page.wait_for_selector("html[data-ready]")
    assert drawer_after_a_job(page)
    page.goto("/orders/?view=to_ship")
    page.wait_for_selector("#jobs-count:not([hidden])")
    assert page.locator("#jobs").is_hidden(), "it opened by itself: not over the next page"
    page.click("[data-act=jobs]")
    page.click("#jobs [data-close]")
    assert not drawer_after_a_job(page), "the person closed it"
    job = Job.objects.earliest("pk")
    run_here(job)
    page.evaluate("document.dispatchEvent(new CustomEvent('zg:rang', {detail: {topic: '', about: 'job:1'}}))")
    page.click(f".toast [data-undo='/jobs/{job.pk}/undoing/']")
    page.wait_for_selector(".toast:has-text('已撤销')")
    assert Job.objects.get(pk=job.pk).undone_at


def test_on_a_phone_background_work_is_only_counted(browsing, desk):  # noqa: F811
    _rows, person = desk
    page = browsing(person, "/orders/", width=360)
    page.wait_for_selector("html[data-ready]")
    assert not drawer_after_a_job(page)
    assert page.inner_text("#jobs-count") == "1"
    page.click("[data-act=jobs]")
    page.wait_for_selector("#jobs .job")
    page.goto("/orders/?view=to_ship")
    page.wait_for_selector("#jobs-count:not([hidden])")
    assert page.locator("#jobs").is_hidden()


def test_the_filter_opens_in_place_and_narrows(browsing, desk):  # noqa: F811
    rows, person = desk
    page = browsing(person, "/orders/")
    page.wait_for_selector("html[data-ready]")
    page.click(".o-more summary")
    page.select_option("#f-state", "shipped")
    page.click(".o-filters button[type=submit]")
    page.wait_for_url(re.compile("state=shipped"))
    assert page.locator("[data-row]").count() == 1
    assert page.locator(f"text={rows[5].number}").count() == 1
    page.click(".o-chips .chip")
    page.wait_for_selector("[data-row] >> nth=5")


def test_works_without_scripts(browsing, desk):  # noqa: F811
    rows, person = desk
    page = browsing(person, f"/orders/WH01/{rows[1].number}/", scripts=False)
    page.fill("input[name=postage]", "4.00")
    page.click(".o-price button:has-text('保存新价格')")
    page.wait_for_selector(".notice-ok")
    assert Order.objects.get(pk=rows[1].pk).postage_fen == 400
