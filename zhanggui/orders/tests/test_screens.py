"""The pages of orders: who may see them, what they say, what they refuse, and what they cost."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import everything, mall, sign_in, staff
from zhanggui.freight.models import Carrier
from zhanggui.journal.models import Entry
from zhanggui.orders.models import Mark, Order, Parcel
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import arriving, bring, line, ordered, receiver
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def boss(client):
    Carrier.objects.update_or_create(
        code="YTO", defaults={"name": "圆通", "waybill_pattern": r"YT\d{13}", "aliases": ["圆通"]}
    )
    return sign_in(client, staff("boss", *everything()))


def at(order, what=""):
    return f"/orders/{order.shop.code}/{order.number}/{what}"


def versioned(order, **values):
    return {"version": Order.objects.get(pk=order.pk).version, "seen": 0} | values


@pytest.mark.parametrize(
    "path",
    [
        "/orders/",
        "/orders/counts/",
        "/orders/size/",
        "/orders/approvals/",
        "/orders/merging/",
        "/orders/shipping/",
    ],
)
def test_the_lists_open(boss, path):
    ordered()
    ordered(state=State.PAID)
    assert boss.get(path).status_code == 200


@pytest.mark.parametrize(
    "what", ["", "peek/", "row/", "print/", "timeline/", "money/goods/", "money/paid/", "money/due/"]
)
@pytest.mark.parametrize(
    "state", [State.UNPAID, State.PAID, State.SHIPPED, State.FINISHED, State.CLOSED_UNPAID]
)
def test_an_orders_pages_open_in_every_state(boss, what, state):
    order = ordered(line(code="TEE-W-M", spec="颜色:白;尺码:L"), state=state)
    answer = boss.get(at(order, what))
    assert answer.status_code == 200
    assert "13800138000" not in answer.content.decode()
    assert "珞喻路" not in answer.content.decode()


def test_another_shops_order_is_not_there(client):
    order = ordered()
    sign_in(client, staff("li", *everything(), at=mall()))
    for what in ("", "peek/", "print/", "timeline/", "money/due/"):
        assert client.get(at(order, what)).status_code == 404
    answer = client.post(at(order, "price/"), versioned(order, postage="0"))
    assert answer.status_code == 404
    assert order.number not in client.get("/orders/").content.decode()
    assert client.get("/orders/?shop=WH01").status_code == 422


def test_without_the_power_nothing_happens(client):
    order = ordered()
    sign_in(client, staff("looker", Power.ORDER_SEE))
    assert client.get(at(order)).status_code == 200
    for what, values in [
        ("price/", {"postage": "0"}),
        ("closure/", {"reason": "缺货"}),
        ("flag/", {"flag": "1"}),
        ("marks/", {"template": "free", "wish": "x"}),
        ("receiver/reveal/", {"reason": "核对地址"}),
        ("owner/", {"owner": ""}),
    ]:
        assert client.post(at(order, what), versioned(order, **values)).status_code == 403, what
    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.version, fresh.postage_fen, fresh.state) == (order.version, 1000, State.UNPAID)
    assert not Mark.objects.exists()


def test_changes_the_postage_and_comes_back_to_the_page(boss):
    order = ordered()
    answer = boss.post(at(order, "price/"), versioned(order, postage="6.00", reason="老客户"))
    assert answer.status_code == 302
    assert Order.objects.get(pk=order.pk).postage_fen == 600
    page = boss.get(answer["Location"]).content.decode()
    assert "已改价" in page
    assert "老客户" in page


def test_a_form_filled_in_before_somebody_elses_change_is_not_taken(boss):
    order = ordered()
    old = versioned(order, postage="6.00")
    boss.post(at(order, "price/"), versioned(order, postage="8.00"))
    answer = boss.post(at(order, "price/"), old, **HTMX)
    assert answer.status_code == 409
    assert Order.objects.get(pk=order.pk).postage_fen == 800
    said = answer.content.decode()
    assert "他们的修改" in said
    assert "¥8.00" in said
    assert "6.00" in said


def test_a_mall_shop_says_why_prices_stay(boss):
    order = ordered(into=mall())
    page = boss.get(at(order)).content.decode()
    assert "商城店不能改商品价格" in page
    sold = order.lines.get()
    answer = boss.post(at(order, "price/"), versioned(order, **{f"line-{sold.pk}": "1.00"}), **HTMX)
    assert answer.status_code == 409
    assert Order.objects.get(pk=order.pk).due_fen == order.due_fen


@pytest.mark.parametrize("amount", ["-1", "abc", "1.001", "1e5", "NaN"])
def test_unreadable_money_is_refused_in_words(boss, amount):
    order = ordered()
    answer = boss.post(at(order, "price/"), versioned(order, postage=amount), **HTMX)
    assert answer.status_code in (409, 422)
    assert Order.objects.get(pk=order.pk).version == order.version


def test_marks_flags_and_takes_off(boss):
    order = ordered(state=State.PAID)
    boss.post(at(order, "marks/"), {"template": "wish", "wish": "顺丰", "must_read": "1"})
    mark = Mark.objects.get(order=order, template="wish")
    assert mark.must_read
    page = boss.get(at(order)).content.decode()
    assert "发货须知" in page
    assert mark.text in page
    row = boss.post(at(order, "flag/"), {"flag": "1", "shown": "row"}, **HTMX)
    assert row.status_code == 200
    assert row.content.decode().strip().startswith("<tr")
    boss.post(at(order, f"marks/{mark.pk}/removal/"))
    mark.refresh_from_db()
    assert mark.off_at is not None


def test_a_receiver_is_shown_for_a_reason_only_and_told(boss):
    order = ordered()
    assert boss.post(at(order, "receiver/reveal/"), {"reason": ""}, **HTMX).status_code == 422
    answer = boss.post(at(order, "receiver/reveal/"), {"reason": "核对地址"}, **HTMX)
    assert "13800138000" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert boss.post(at(order, "receiver/copies/")).status_code == 204
    assert Entry.objects.filter(what="receiver.copied", object_id=order.pk).exists()
    assert "13800138000" not in boss.get(at(order)).content.decode()


@pytest.mark.parametrize("province", ["上海市", "上海"])
def test_a_municipality_is_named_once(boss, province):
    to = receiver(province=province, city="上海市", district="浦东新区", address="世纪大道1号")
    order = ordered(receiver=to)
    for what in ("", "print/"):
        page = boss.get(at(order, what)).content.decode()
        assert "上海市浦东新区" in page
        assert f"{province}上海市" not in page
    shown = boss.post(at(order, "receiver/reveal/"), {"reason": "核对地址"}).content.decode()
    assert "上海市浦东新区世纪大道1号" in shown
    assert f"{province}上海市" not in shown


def test_ships_a_part_then_the_rest(boss):
    order = ordered(line("甲"), line("乙"), state=State.PAID)
    first, second = order.lines.order_by("position")
    page = boss.get(at(order)).content.decode()
    assert f'name="line-{first.pk}"' in page
    values = versioned(
        order, carrier="圆通", waybill="YT8812345678901", ticked="1", **{f"line-{first.pk}": "1"}
    )
    assert boss.post(at(order, "shipments/"), values).status_code == 302
    assert Order.objects.get(pk=order.pk).state == State.PART_SHIPPED
    values = versioned(order, carrier="圆通", waybill="YT8812345678902")
    assert boss.post(at(order, "shipments/"), values).status_code == 302
    assert Order.objects.get(pk=order.pk).state == State.SHIPPED
    assert "YT8812345678902" in boss.get(at(order)).content.decode()


def test_the_bench_ships_pairs_and_keeps_what_was_refused(boss):
    good, bad = ordered(state=State.PAID), ordered()
    pairs = (
        f"{good.number} YT8812345678903\n{bad.number}\tYT8812345678904\n999 YT8812345678905\n{good.number}"
    )
    answer = boss.post("/orders/shipping/", {"carrier": "圆通", "pairs": pairs})
    assert answer.status_code == 409
    assert Order.objects.get(pk=good.pk).state == State.SHIPPED
    assert Order.objects.get(pk=bad.pk).state == State.UNPAID
    assert Parcel.objects.count() == 1
    said = answer.content.decode()
    assert "没有这个订单" in said
    assert f"{bad.number}\tYT8812345678904" in said


XSS = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_markup_in_every_field_stays_text(boss):
    order = ordered(
        line(XSS[:150], spec=XSS, code="<b>x</b>"),
        nick=XSS,
        buyer_message=XSS,
        memo=XSS,
        receiver=receiver(name=XSS[:20], province="<i>", city="<i>", district="<i>", address=XSS),
        state=State.PAID,
    )
    boss.post(at(order, "marks/"), {"template": "free", "wish": XSS})
    for path in (
        "/orders/",
        f"/orders/?q={XSS}",
        "/orders/shipping/",
        at(order),
        at(order, "peek/"),
        at(order, "print/"),
        at(order, "timeline/"),
    ):
        page = boss.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<b>x</b>" not in page, path
    told = boss.post(at(order, "receiver/reveal/"), {"reason": XSS}, **HTMX).content.decode()
    assert "<script>alert" not in told


def cost(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as told:
        assert client.get(path).status_code == 200
    return len(told)


def test_the_list_costs_the_same_however_long(boss):
    bring(*[arriving(line("甲"), line("乙"), state=State.PAID) for _ in range(3)])
    few = cost(boss, "/orders/?view=to_ship")
    bring(*[arriving(line("甲"), line("乙"), state=State.PAID, nick=f"n{n}") for n in range(40)])
    assert cost(boss, "/orders/?view=to_ship") == few
    assert few <= 12


def test_an_order_costs_the_same_however_much_it_holds(boss):
    small = ordered(state=State.PAID)
    big = ordered(*[line(f"货{n}") for n in range(30)], state=State.PAID)
    for _ in range(5):
        boss.post(at(big, "marks/"), {"template": "free", "wish": "看一眼"})
    assert cost(boss, at(big)) <= cost(boss, at(small)) + 1
    assert cost(boss, at(big)) <= 40


def test_remembers_the_columns_and_never_leads_away(boss):
    ordered()
    answer = boss.post(
        "/orders/columns/", {"column": ["goods", "money"], "back": "https://evil.example/orders/"}
    )
    assert answer["Location"] == "/orders/"
    page = boss.get("/orders/").content.decode()
    assert "o-goods" in page
    assert 'class="o-buyer"' not in page


def test_says_in_words_what_is_filtered_and_how_to_clear_it(boss):
    ordered()
    page = boss.get("/orders/?flag=1&memo=1&amount_from=99999").content.decode()
    assert "红旗" in page
    assert "¥99999.00" in page
    assert "清除筛选" in page
    assert "没有符合这些条件的订单" in page


def test_the_counts_follow_the_orders(boss):
    ordered()
    ordered(state=State.PAID)
    page = boss.get("/orders/counts/?view=all").content.decode()
    assert 'view=unpaid">待付款 <span class="count">1<' in page


def test_a_flag_that_a_more_important_mark_hides_says_why(boss):
    order = ordered(state=State.PAID)
    boss.post(at(order, "marks/"), {"template": "attribute", "wish": "白色"}, **HTMX)
    answer = boss.post(at(order, "flag/"), {"flag": 3}, **HTMX)
    told = json.loads(answer["HX-Trigger"])["zg:toast"]
    assert "红旗" in told["message"]
    assert told["undo"]
    assert told["message"] in answer.content.decode()
    row = boss.post(at(order, "flag/"), {"flag": 3, "shown": "row"}, **HTMX)
    again = json.loads(row["HX-Trigger"])["zg:toast"]
    assert "没有变化" in again["message"]
    assert again["undo"] == "", "it would take back the act before"
