"""Asking for orders: filters, views, counts, the one box, and pages that neither skip nor repeat."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE, NOON, actor, mall, shop, staff
from zhanggui.freight.queries import carrier_names
from zhanggui.kit.refusals import Invalid
from zhanggui.orders import queries
from zhanggui.orders.actions.marks import mark
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.models import Order
from zhanggui.orders.queries import filters, pages, views
from zhanggui.orders.states import State
from zhanggui.orders.tests.cast import arriving, bring, line, ordered, receiver
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def numbers(rows):
    return sorted(rows.values_list("number", flat=True))


def found(params, by=HOUSE, at=NOON):
    return numbers(queries.filtered(by, params, at=at))


def shops():
    return {one.pk: one for one in filters.shops_of(HOUSE)}


def walk(params, size=3, by=HOUSE, between=None):
    """All pages to the bottom, and then all the way up again."""
    down, up, cursor = [], [], ""
    while True:
        page = pages.page(filters.narrowing(by, params, at=NOON), shops=shops(), cursor=cursor, size=size)
        down.append([row.number for row in page.rows])
        if between:
            between()
        if not page.older:
            break
        cursor = page.older
    while page.newer:
        page = pages.page(filters.narrowing(by, params, at=NOON), shops=shops(), cursor=page.newer, size=size)
        up.append([row.number for row in page.rows])
    return [n for part in down for n in part], [n for part in reversed(up) for n in part]


def test_one_sees_the_orders_of_ones_shops_only():
    mine, theirs = ordered(), ordered(into=mall())
    mei = actor(Power.ORDER_SEE, at=shop())
    assert found({}, by=mei) == [mine.number]
    assert found({}) == sorted([mine.number, theirs.number])
    with pytest.raises(Invalid):
        queries.filtered(mei, {"shop": "SH01"})
    nobody = actor(Power.CATALOG_SEE, name="小林")
    assert found({}, by=nobody) == []


def test_every_filter_narrows():
    plain = ordered(line(code="A1"), receiver=receiver(province="上海市", city="上海市", district="浦东新区"))
    other = ordered(
        line("贵的", 99900, code="B2"),
        state=State.PAID,
        placed_at=NOON - timedelta(days=40),
        buyer_message="快点",
        carrier="sto",
        nick="别人",
    )
    mark(by=HOUSE, order=other, template="problem", wish="地址不全", flag=1, at=NOON)
    someone = staff("kf1", Power.ORDER_SEE)
    assign_many(by=HOUSE, order_ids=[other.pk], staff_id=someone.pk, at=NOON)
    carrier = Order.objects.get(pk=other.pk).carrier
    only_other = [
        {"state": "paid"},
        {"view": "to_ship"},
        {"flag": ["1", "2"]},
        {"mark": "problem"},
        {"mark": "any"},
        {"memo": "1"},
        {"message": "1"},
        {"sku": "B2"},
        {"amount_from": "500"},
        {"placed_to": (NOON - timedelta(days=30)).date().isoformat()},
        {"owner": "kf1"},
        {"province": "42"},
        {"carrier": carrier or "none", "state": "paid"},
        {"paid_from": NOON.date().isoformat()},
    ]
    for params in only_other:
        assert found(params) == [other.number], params
    only_plain = [
        {"state": "unpaid"},
        {"view": "unpaid"},
        {"flag": "0"},
        {"memo": "0"},
        {"amount_to": "100"},
        {"owner": "none"},
        {"province": "31"},
        {"placed_from": NOON.date().isoformat()},
        {"sku": "A1"},
    ]
    for params in only_plain:
        assert found(params) == [plain.number], params
    assert found(QueryDict("state=paid&state=unpaid")) == sorted([plain.number, other.number])


@pytest.mark.parametrize(
    "params",
    [
        {"state": "nonsense"},
        {"view": "nonsense"},
        {"flag": "9"},
        {"flag": "x"},
        {"amount_from": "much"},
        {"placed_from": "yesterday"},
        {"placed_from": "9999-99-99"},
        {"province": "42'"},
        {"trouble": "x"},
        {"owner": "nobody-has-this"},
        {"cod": "perhaps"},
        {"sort": "random"},
        {"shop": "NOSHOP"},
        {"mark": "x"},
        {"carrier": "a b'c"},
        {"q": "a\x00b", "sku": "a\x00b"},
        {"state": ["paid"] * 60},
    ],
)
def test_nonsense_is_refused(params):
    with pytest.raises(Invalid):
        queries.filtered(HOUSE, params)


def test_what_is_not_a_filter_is_passed_over():
    order = ordered()
    assert found({"utm": "x", "page": "9"}) == [order.number]


def test_the_address_says_the_same_as_the_filter():
    read = filters.narrowing(HOUSE, QueryDict("flag=1&flag=2&q=顺丰&after=xyz"))
    again = filters.narrowing(HOUSE, QueryDict(read.address))
    assert again.address == read.address
    assert [chip.name for chip in read.chips] == ["q", "flag"]
    assert "flag" not in read.chips[1].without


@pytest.mark.parametrize("sort", ["placed", "placed_up", "queue", "due"])
def test_pages_neither_skip_nor_repeat(sort):
    made = bring(
        *[
            arriving(placed_at=NOON - timedelta(hours=n // 3), state=State.PAID if n % 2 else State.UNPAID)
            for n in range(13)
        ]
    )
    params = {"sort": sort} if sort != "due" else {"view": "unpaid", "sort": "due"}
    wanted = {o.number for o in made if sort != "due" or o.state == State.UNPAID}
    down, up = walk(params)
    assert len(down) == len(set(down))
    assert set(down) == wanted
    assert up == down[: len(up)]
    assert len(up) >= len(down) - 3


def test_orders_that_come_in_meanwhile_disturb_no_page():
    made = bring(*[arriving(placed_at=NOON - timedelta(minutes=n)) for n in range(9)])

    def another():
        ordered(placed_at=NOON + timedelta(minutes=5))

    down, _up = walk({}, between=another)
    assert down == [order.number for order in made]


def test_jumps_to_a_day():
    old = ordered(placed_at=NOON - timedelta(days=10))
    new = ordered()
    wanted = filters.narrowing(HOUSE, {}, at=NOON)
    page = pages.page(wanted, shops=shops(), on=(NOON - timedelta(days=10)).date())
    assert [row.number for row in page.rows] == [old.number]
    assert page.newer
    assert [row.number for row in pages.page(wanted, shops=shops(), cursor=page.newer).rows] == [new.number]
    assert pages.page(wanted, shops=shops(), on=date(2000, 1, 1)).rows == []


@pytest.mark.parametrize("cursor", ["x", "====", "b" * 200, "bzE2MDAwMDAwMDAuMDAwMDAwLy0x", "🎏"])
def test_a_broken_place_is_refused(cursor):
    with pytest.raises(Invalid):
        pages.page(filters.narrowing(HOUSE, {}), shops=shops(), cursor=cursor)


@pytest.mark.parametrize(
    "text",
    [
        "{number}",
        "#{number}",
        "{tail}",
        "江边小鱼",
        "  江边小鱼 ",
        "TEE-W-M",
        "改送顺丰",
        "13812345678",
        "138 1234 5678",
        "5678",
        "礼品袋",
    ],
)
def test_the_one_box_finds(text):
    wanted = ordered(
        line(code="TEE-W-M"),
        receiver=receiver(phone="13812345678"),
        buyer_message="请改送顺丰，要礼品袋",
        nick="江边小鱼",
    )
    ordered(line("别的", code="X9"), receiver=receiver(phone="13900001111"), nick="另一个人")
    text = text.format(number=wanted.number, tail=wanted.number[-6:])
    assert wanted.number in found({"q": text})
    page = pages.page(filters.narrowing(HOUSE, {"q": text}, at=NOON), shops=shops())
    assert wanted.number in [row.number for row in page.rows]


@pytest.mark.parametrize(
    "text",
    ["zzz", "没有这样的词", "000000", "'); DROP TABLE orders_order; --", "%", "_", "\\", "a & b | !c", "<->"],
)
def test_the_one_box_finds_nothing_rather_than_everything(text):
    ordered()
    assert found({"q": text}) == []


def test_the_one_box_stays_inside_the_filter_and_the_shop():
    here, there = ordered(nick="同一个人"), ordered(nick="同一个人", into=mall())
    mei = actor(Power.ORDER_SEE, at=shop())
    assert found({"q": "同一个人"}, by=mei) == [here.number]
    assert found({"q": "同一个人", "shop": "SH01"}) == [there.number]
    assert found({"q": there.number}, by=mei) == []


def test_searching_walks_page_by_page():
    made = bring(*[arriving(nick="常客", placed_at=NOON - timedelta(minutes=n)) for n in range(8)])
    down, _up = walk({"q": "常客"})
    assert down == [order.number for order in made]


def test_the_views_count_what_they_show():
    ordered()
    ordered(state=State.PAID)
    ordered(state=State.PAID, paid_at=NOON - timedelta(days=3))
    ordered(state=State.SHIPPED)
    with CaptureQueriesContext(connection) as told:
        counted = views.counts(queries.visible_to(HOUSE), at=NOON)
    assert len(told) == 1
    for view in views.VIEWS:
        if view.counted:
            assert counted[view.code] == len(found({"view": view.code})), view.code
    assert counted["unpaid"] == 1
    assert counted["to_ship"] == 2
    assert counted["today"] == 1


def test_counts_stop_at_a_thousand(monkeypatch):
    monkeypatch.setattr(views, "MOST_COUNTED", 3)
    bring(*[arriving() for _ in range(5)])
    counted = views.counts(queries.visible_to(HOUSE), at=NOON)
    assert counted["unpaid"] == 3
    assert views.shown(3) == "2+"
    assert views.shown(2) == "2"


def test_a_page_costs_three_statements_whatever_its_size():
    bring(*[arriving(line("甲"), line("乙"), line("丙"), line("丁")) for _ in range(20)])
    carrier_names()  # remembered between pages
    for size in (2, 20):
        wanted = filters.narrowing(HOUSE, {}, at=NOON, shops=list(shops().values()))
        with CaptureQueriesContext(connection) as told:
            page = pages.page(wanted, shops={}, size=size)
            assert len(page.rows) == size
        assert len(told) == 3
    row = page.rows[0]
    assert len(row.lines) == 3
    assert row.more_lines == 1
    assert row.buyer == "江**"
    assert "138" not in row.receiver + row.place


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (60, "还有 00:01"),
        (2 * 86_400 + 3 * 3600 + 12 * 60, "还有 2 天 03:12"),
        (-90, "已过 00:01"),
        (-90_000, "已过 1 天 01:00"),
    ],
)
def test_time_left_in_words(seconds, said):
    assert pages.left(NOON, NOON + timedelta(seconds=seconds)) == said
