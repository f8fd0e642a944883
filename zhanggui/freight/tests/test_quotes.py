"""Quotes of a shop: its tables, its carriers, its surcharges, in a constant number of statements."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import cast
from zhanggui.freight.actions import tables
from zhanggui.freight.limits import Header
from zhanggui.freight.models import Carrier, Surcharge, Template
from zhanggui.freight.quotes import Part, Wish, quote, quote_many, side_by_side
from zhanggui.freight.rules import ZoneRow
from zhanggui.freight.seeds import lay_tables
from zhanggui.kit import regions
from zhanggui.kit.refusals import NotAllowed
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 1)


@pytest.fixture
def wuhan():
    shop = cast.shop("WH01")
    lay_tables(by=cast.HOUSE, shop=shop)
    return shop


@pytest.fixture
def shanghai():
    shop = cast.mall("SH01")
    lay_tables(by=cast.HOUSE, shop=shop)
    return shop


def ask(shop, place, weight_g, carrier_code=None, **also):
    to = regions.parse_address(place).region
    return quote(shop=shop, to=to, pieces=1, weight_g=weight_g, carrier_code=carrier_code, on=DAY, **also)


def test_the_oracles_of_the_seeds(wuhan, shanghai):  # requirements, section 6
    assert ask(wuhan, "湖北武汉", 800).fee_fen == 600
    assert ask(wuhan, "湖北宜昌", 800).fee_fen == 800
    assert ask(wuhan, "湖北武汉", 1500).outcome == "undefined"
    assert ask(shanghai, "江苏苏州", 2000).fee_fen == 1200
    assert ask(shanghai, "湖北武汉", 1000).fee_fen == 1200
    for shop in (wuhan, shanghai):
        assert ask(shop, "贵州贵阳", 3000).fee_fen == 4500
        assert ask(shop, "山西太原", 1000).fee_fen == 1500
        assert ask(shop, "黑龙江哈尔滨", 1000).fee_fen == 1500
        assert ask(shop, "广西南宁", 1000).fee_fen == 1200
        assert ask(shop, "西藏拉萨", 1000).outcome == "ask"


def test_the_remote_row_counts_once_it_is_switched_on(wuhan):  # C6
    Surcharge.objects.filter(shop=wuhan, fallback_only=False).update(active=True)
    assert ask(wuhan, "广西南宁", 1000).fee_fen == 2700
    assert ask(wuhan, "西藏拉萨", 1000).outcome == "ask"


def test_sf_falls_back_to_the_base_and_fifteen_until_its_table_is_there(wuhan):  # C7
    receipt = ask(wuhan, "广东深圳", 1000, "SF")
    assert (receipt.fee_fen, receipt.fallback) == (2700, True)
    header = Header("顺丰官方", "SF", cast.WUHAN, "weight")
    official = tables.create(by=cast.HOUSE, shop=wuhan, header=header, at=cast.NOON)
    rows = [ZoneRow(0, "全国", ("1",), 1000, 2200, 1000, 1000, why="官方价")]
    tables.edit(by=cast.HOUSE, template=official, version=1, header=header, zones=rows, free=[], at=cast.NOON)
    receipt = ask(wuhan, "广东深圳", 1500, "SF")
    assert (receipt.fee_fen, receipt.fallback) == (3200, False)
    assert [line.why for line in receipt.lines] == ["官方价", "官方价"]


def test_ems_without_its_table_has_no_price(wuhan):  # S1-03
    receipt = ask(wuhan, "广东深圳", 1000, "EMS")
    assert (receipt.outcome, receipt.fee_fen, receipt.reason) == ("undefined", None, "no_official")


def test_another_express_goes_by_the_ordinary_table_and_nobody_by_none(wuhan):
    assert ask(wuhan, "广东深圳", 1000, "YTO").fee_fen == 1200
    assert ask(wuhan, "广东深圳", 1000, "NOBODY").reason == "carrier_unknown"
    assert ask(cast.shop("WH02"), "广东深圳", 1000).reason == "no_table"


def test_a_shops_default_carrier_holds_where_none_is_named(wuhan):  # S0-24
    Setting.objects.create(shop=wuhan, name="freight.default_carrier", value="SF", since=DAY, set_by="x")
    assert ask(wuhan, "广东深圳", 1000).fallback
    assert ask(wuhan, "广东深圳", 1000, "").fee_fen == 1200


def test_a_shop_elsewhere_gets_no_table():
    shop = cast.shop("CD01", city="510100")
    assert lay_tables(by=cast.HOUSE, shop=shop) == []
    assert ask(shop, "四川成都", 500).reason == "no_table"


def test_laying_twice_lays_once_and_needs_the_power(wuhan):
    assert lay_tables(by=cast.HOUSE, shop=wuhan) == []
    assert Template.objects.filter(shop=wuhan).count() == 1
    other = cast.shop("WH09")
    with pytest.raises(NotAllowed):
        lay_tables(by=cast.actor(Power.FREIGHT_EDIT, at=wuhan), shop=other)
    assert not Template.objects.filter(shop=other).exists()


def test_articles_of_one_table_are_weighed_together(wuhan):
    to = "440300"
    apart = Wish(wuhan, to, (Part(1, 400), Part(1, 500)))
    assert quote_many([apart], on=DAY)[0].fee_fen == 1200
    unknown = Wish(wuhan, to, (Part(1, 400), Part(1, None)))
    assert quote_many([unknown], on=DAY)[0].reason == "weight_unknown"


def test_another_shops_table_is_none_of_ours(wuhan, shanghai):
    theirs = Template.objects.get(shop=shanghai)
    wish = Wish(wuhan, "440300", (Part(1, 400, template_id=theirs.pk),))
    assert quote_many([wish], on=DAY)[0].reason == "no_table"


@pytest.mark.parametrize("many", [1, 60])
def test_many_quotes_cost_as_many_statements_as_one(wuhan, shanghai, many):
    wishes = [
        Wish(shop, code, (Part(1, 900),), carrier)
        for shop in (wuhan, shanghai)
        for code in ("420100", "440300", "")
        for carrier in (None, "SF")
    ] * many
    with CaptureQueriesContext(
        connection,
    ) as seen:
        receipts = quote_many(wishes, on=DAY)
    assert len(receipts) == len(wishes)
    assert len(seen) <= 6


def test_carriers_stand_side_by_side(wuhan):
    rows = side_by_side(Wish(wuhan, "440300", (Part(1, 900),)), on=DAY)
    assert [(code, receipt.outcome, receipt.fee_fen) for code, _name, receipt in rows] == [
        ("", "priced", 1200),
        ("SF", "priced", 2700),
        ("EMS", "undefined", None),
    ]
    assert Carrier.objects.get(code="SF").name == rows[1][1]
