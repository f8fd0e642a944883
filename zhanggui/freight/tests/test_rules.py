"""The oracles of the seeds (requirements, section 6), and what must hold for any table."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhanggui.freight.rules import Extra, FreeRow, Receipt, Share, Table, ZoneRow, compute, read_receipt
from zhanggui.freight.seeds import surcharges_of, zones_of
from zhanggui.kit import regions

KG = 1000
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
WUHAN_SHOP, SHANGHAI_SHOP = "420100", "310100"


def table(city: str = WUHAN_SHOP, **also) -> Table:
    values = {"valuation": "weight", "zones": zones_of(city)} | also
    return Table(1, "普通快递", "", city, **values)


def price(city: str, place: str, weight_g: int | None, *extras: Extra, **also) -> Receipt:
    to = regions.parse_address(place).region
    assert to
    return compute(to=to, shares=[Share(table(city), 1, weight_g)], extras=extras, **also)


@pytest.mark.parametrize(
    ("city", "place", "kilos", "yuan"),
    [
        (WUHAN_SHOP, "湖北武汉洪山区", 0.8, 6),
        (WUHAN_SHOP, "湖北省武汉市", 1, 6),
        (WUHAN_SHOP, "湖北宜昌", 0.8, 8),
        (WUHAN_SHOP, "湖北仙桃市", 1, 8),
        (WUHAN_SHOP, "上海市浦东新区", 1, 12),
        (SHANGHAI_SHOP, "江苏苏州", 2, 12),
        (SHANGHAI_SHOP, "浙江省杭州市西湖区", 1, 6),
        (SHANGHAI_SHOP, "上海市黄浦区", 1.2, 12),
        (SHANGHAI_SHOP, "湖北武汉", 1, 12),
        *[
            (city, place, kilos, yuan)
            for city in (WUHAN_SHOP, SHANGHAI_SHOP)
            for place, kilos, yuan in [
                ("贵州贵阳", 3, 45),
                ("山西太原", 1, 15),
                ("黑龙江哈尔滨", 1, 15),
                ("广西南宁", 1, 12),
                ("新疆乌鲁木齐", 1, 15),
                ("新疆乌鲁木齐", 1.001, 30),
                ("内蒙古呼和浩特", 0.1, 15),
            ]
        ],
    ],
)
def test_the_seeds_tables_price_it(city, place, kilos, yuan):  # S1-03..05, S1-07
    receipt = price(city, place, round(kilos * KG))
    assert (receipt.outcome, receipt.fee_fen) == ("priced", yuan * 100)


@pytest.mark.parametrize("place", ["湖北武汉", "湖北宜昌"])
def test_more_than_a_kilo_at_home_is_undefined_until_it_is_set(place):  # C8
    receipt = price(WUHAN_SHOP, place, 1500)
    assert (receipt.outcome, receipt.fee_fen, receipt.reason) == ("undefined", None, "add_undefined")
    assert receipt.lines[0].why == "S1-03"


def test_an_unknown_weight_is_undefined_and_says_so():
    for weight in (None, 0):
        receipt = price(WUHAN_SHOP, "湖北武汉", weight)
        assert (receipt.outcome, receipt.fee_fen, receipt.reason) == ("undefined", None, "weight_unknown")


@pytest.mark.parametrize("city", [WUHAN_SHOP, SHANGHAI_SHOP])
def test_tibet_is_asked_first(city):  # S1-06, C6
    receipt = price(city, "西藏拉萨", 1000)
    assert (receipt.outcome, receipt.fee_fen, receipt.reason) == ("ask", None, "ask_first")
    assert receipt.lines[0].why == "S1-06"


def test_the_remote_surcharge_is_a_row_on_top():  # C6, S2-05
    extra = next(x for x in surcharges_of() if not x.fallback_only)
    assert price(WUHAN_SHOP, "广西南宁", 1000, extra).fee_fen == 2700
    assert price(WUHAN_SHOP, "新疆喀什", 1000, extra).fee_fen == 3000
    assert price(WUHAN_SHOP, "广东深圳", 1000, extra).fee_fen == 1200


def test_the_fallback_is_the_base_and_a_flat_amount_and_says_so():  # C7
    extra = next(x for x in surcharges_of() if x.fallback_only)
    receipt = price(WUHAN_SHOP, "湖北武汉", 800, extra, carrier="SF", fallback=True)
    assert (receipt.fee_fen, receipt.fallback) == (2100, True)
    assert [(line.rule, line.fee_fen, line.why) for line in receipt.lines] == [
        ("first", 600, "S1-03"),
        ("fallback", 1500, "C7, S2-05"),
    ]


def test_an_address_known_only_to_its_province_is_not_guessed():
    receipt = compute(to="420000", shares=[Share(table(), 1, 800)])
    assert (receipt.outcome, receipt.reason) == ("undefined", "vague")
    assert receipt.lines[0].numbers["region"] == "420100"
    assert compute(to="440000", shares=[Share(table(), 1, 800)]).fee_fen == 1200
    assert compute(to="", shares=[Share(table(), 1, 800)]).reason == "no_place"


def test_a_receipt_is_kept_and_read_back():
    receipt = price(WUHAN_SHOP, "贵州贵阳", 2500)
    assert read_receipt(receipt.as_json()) == receipt
    assert [(x.rule, x.fee_fen) for x in receipt.lines] == [("first", 1500), ("add", 3000)]
    assert receipt.lines[1].numbers["steps"] == 2


def row(*codes: str, first: int = 1, fen: int = 1000, add: int | None = 1, add_fen: int | None = 500, **also):
    return ZoneRow(9, "行", codes, first, fen, add, add_fen, **also)


def test_by_piece_and_by_volume():
    pieces = table(valuation="pieces", zones=(row("1", first=2, fen=800, add=3, add_fen=200),))
    assert compute(to="420100", shares=[Share(pieces, 2)]).fee_fen == 800
    assert compute(to="420100", shares=[Share(pieces, 6)]).fee_fen == 1200
    volume = table(valuation="volume", zones=(row("1", first=10_000, add=10_000),))
    assert compute(to="420100", shares=[Share(volume, 1, None, 20_001)]).fee_fen == 2000
    assert compute(to="420100", shares=[Share(volume, 1, 500, None)]).reason == "volume_unknown"


@pytest.mark.parametrize(
    ("rule", "pieces", "amount_fen", "weight_g", "free"),
    [
        (FreeRow(1, pieces=2), 2, 0, 900, True),
        (FreeRow(1, pieces=2), 1, 0, 900, False),
        (FreeRow(1, amount_fen=9900), 1, 9900, 900, True),
        (FreeRow(1, amount_fen=9900), 1, 9899, 900, False),
        (FreeRow(1, pieces=2, amount_fen=9900), 2, 5000, 900, False),
        (FreeRow(1, amount_fen=9900, within=1000), 1, 9900, 1000, True),
        (FreeRow(1, amount_fen=9900, within=1000), 1, 9900, 1001, False),
        (FreeRow(1, within=1000), 1, 0, None, False),
        (FreeRow(1, regions=("310000",), pieces=1), 1, 0, 900, False),
        (FreeRow(1, regions=("420000",), pieces=1), 1, 0, 900, True),
    ],
)
def test_free_shipping_needs_every_condition(rule, pieces, amount_fen, weight_g, free):
    held = table(zones=(row("1", first=1000, fen=1000, add=1000),), free=(rule,))
    receipt = compute(to="420100", shares=[Share(held, pieces, weight_g, None, amount_fen)])
    assert (receipt.lines[0].rule == "free") is free
    assert (receipt.fee_fen == 0) is free


def test_free_everywhere_does_not_reach_an_ask_first_region_unless_it_is_named():
    zones = (row("1", first=1000), row("540000", first=1000, ask_first=True))
    everywhere = table(zones=zones, free=(FreeRow(1, pieces=1),))
    named = table(zones=zones, free=(FreeRow(1, regions=("540000",), pieces=1),))
    assert compute(to="540100", shares=[Share(everywhere, 1, 500)]).outcome == "ask"
    assert compute(to="540100", shares=[Share(named, 1, 500)]).fee_fen == 0
    assert compute(to="", shares=[Share(everywhere, 1, 500)]).reason == "no_place"
    payer = table(zones=zones, seller_pays=True)
    assert compute(to="540100", shares=[Share(payer, 1, 500)]).outcome == "ask"
    assert compute(to="440100", shares=[Share(payer, 1, None)]).fee_fen == 0


def test_free_shipping_does_not_pay_for_the_dearer_courier():
    held = table(free=(FreeRow(1, pieces=1),))
    extra = Extra(1, "顺丰", "SF", (), 1500, True)
    assert compute(to="420100", shares=[Share(held, 1, 500)], extras=[extra], carrier="SF").fee_fen == 1500


def test_several_tables_charge_the_highest_first_fee_once_and_every_further_step():
    light = Table(1, "轻", "", "420100", "weight", (row("1", first=1000, fen=600, add=1000, add_fen=100),))
    heavy = Table(2, "重", "", "420100", "weight", (row("1", first=1000, fen=1500, add=1000, add_fen=700),))
    receipt = compute(to="420100", shares=[Share(light, 1, 3000), Share(heavy, 1, 2000)])
    assert [(x.rule, x.table, x.fee_fen) for x in receipt.lines] == [
        ("first_shared", "轻", 0),
        ("add", "轻", 200),
        ("first", "重", 1500),
        ("add", "重", 700),
    ]
    assert receipt.fee_fen == 2400
    asked = Table(3, "问", "", "420100", "weight", (row("1", first=1000, ask_first=True),))
    assert compute(to="420100", shares=[Share(light, 1, 500), Share(asked, 1, 500)]).outcome == "ask"
    assert compute(to="420100", shares=[Share(light, 1, None), Share(asked, 1, 500)]).outcome == "undefined"


CODES = ["1", "420000", "420100", "420111", "310000", "310115", "540000", "650100", "810001"]
ROWS = st.builds(
    lambda codes, first, fen, step, ask: ZoneRow(
        1, "行", tuple(codes), first, fen, *(step or (None, None)), ask_first=ask
    ),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True),
    st.integers(1, 3000),
    st.integers(0, 5000),
    st.none() | st.tuples(st.integers(1, 2000), st.integers(0, 3000)),
    st.sampled_from([False, False, False, True]),
)
FREE = st.builds(
    FreeRow,
    st.just(1),
    st.lists(st.sampled_from(CODES), max_size=2).map(tuple),
    st.integers(1, 5),
    st.none() | st.integers(1, 10_000),
    st.none() | st.integers(1, 3000),
)
TABLES = st.builds(
    Table,
    st.integers(1, 3),
    st.just("表"),
    st.just(""),
    st.just("420100"),
    st.sampled_from(["pieces", "weight", "volume"]),
    st.lists(ROWS, max_size=5).map(tuple),
    st.lists(FREE, max_size=2).map(tuple),
    st.sampled_from([False, False, False, True]),
)
MAYBE = st.none() | st.integers(0, 9000)
SHARES = st.lists(
    st.builds(Share, TABLES, st.integers(1, 8), MAYBE, MAYBE, st.integers(0, 20_000)), min_size=1, max_size=3
)
EXTRAS = st.lists(
    st.builds(
        Extra,
        st.just(1),
        st.just("加"),
        st.just(""),
        st.lists(st.sampled_from(CODES), max_size=2).map(tuple),
        st.integers(0, 3000),
    ),
    max_size=2,
)


@calm
@given(to=st.sampled_from([*CODES[1:], "", "540102", "310104"]), shares=SHARES, extras=EXTRAS)
def test_whatever_the_tables_say(to, shares, extras):
    receipt = compute(to=to, shares=shares, extras=extras)
    if receipt.outcome != "priced":
        assert receipt.fee_fen is None
        assert receipt.reason
        return
    assert receipt.reason == ""
    assert receipt.fee_fen == sum(line.fee_fen for line in receipt.lines)
    assert all(line.fee_fen >= 0 for line in receipt.lines)
    if receipt.fee_fen == 0:  # never by accident: somebody said free, or wrote a fee of 0 into the table
        assert all(
            line.rule in ("free", "seller_pays", "first_shared")
            or (line.rule in ("first", "add", "surcharge") and line.fee_fen == 0)
            for line in receipt.lines
        )


@calm
@given(tables=TABLES.filter(lambda t: not t.seller_pays and not t.free), grams=st.integers(1, 9000))
def test_the_most_specific_row_wins(tables, grams):
    receipt = compute(to="420111", shares=[Share(tables, 1, grams, grams)])
    for code in regions.path_of("420111"):
        rows = [zone for zone in tables.zones if code in zone.regions]
        if rows:
            if rows[0].ask_first:
                assert receipt.outcome == "ask"
            elif receipt.outcome == "priced":
                assert receipt.lines[0].fee_fen == rows[0].first_fen
            return
    assert receipt.reason == "no_zone"


@calm
@given(grams=st.integers(1, 60_000))
def test_more_weight_never_costs_less(grams):
    here = price(SHANGHAI_SHOP, "贵州贵阳", grams)
    more = price(SHANGHAI_SHOP, "贵州贵阳", grams + 1)
    assert here.fee_fen == -(-grams // 1000) * 1500
    assert more.fee_fen >= here.fee_fen
