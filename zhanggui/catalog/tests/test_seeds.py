"""The demo's window: what it shows passes the gate, and laying it twice changes nothing."""

import io
import re

import pytest
from PIL import Image

from tests.cast import HOUSE, NOON
from zhanggui.catalog import seeds
from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.catalog.models import Listing, Picture, Product
from zhanggui.catalog.queries import window
from zhanggui.catalog.tests.cast import own
from zhanggui.site.demo.goods import SHELVES

pytestmark = pytest.mark.django_db


def test_all_goods_of_the_demo_go_on_the_shelf(settings, tmp_path):
    settings.HOME = tmp_path
    rows = [
        NewSku(one.code, one.title, f"{one.code}-{code}", spec, size.price_fen, size.cost_fen, size.weight_g)
        for goods in SHELVES.values()
        for one in goods
        for code, spec in one.kinds
        for size in [one.size_of(spec)]
    ]
    add_skus(by=HOUSE, merchant_id=own().merchant_id, rows=rows)
    laid = seeds.lay_window(HOUSE, own(), NOON)
    off = [(row.product.title, row.troubles) for row in laid if row.state != "on"]
    assert off == []
    assert len(laid) == sum(map(len, SHELVES.values()))
    assert Product.objects.filter(role="hero").count() == 3
    assert len(window.categories(own().pk)) == 3
    page = window.product(laid[0].pk, at=NOON)
    assert page.options
    assert len(page.pictures) == 2
    many = Picture.objects.count()
    seeds.lay_window(HOUSE, own(), NOON)
    assert (Picture.objects.count(), Listing.objects.count()) == (many, len(laid))


def test_a_picture_is_big_enough_and_each_product_has_its_own():
    one, two = seeds.plain("绿茶 明前", "TE1"), seeds.plain("红茶", "TE2")
    assert one != two
    with Image.open(io.BytesIO(one)) as picture:
        assert picture.size == (800, 800)


def test_two_bags_of_the_demo_cost_and_weigh_more_than_one():
    every = [one for goods in SHELVES.values() for one in goods]
    packed = [one for one in every if re.search(r":1[^\d.]", one.kinds[0][1])]
    assert len(packed) >= 7
    for one in packed:
        first, *others = [one.size_of(spec) for _code, spec in one.kinds]
        for smaller, larger in zip([first, *others], others, strict=False):
            assert smaller.price_fen * 3 / 2 < larger.price_fen, one.code
            assert smaller.weight_g < larger.weight_g, one.code
    for one in every:
        known = [words for words, _size in one.larger]
        assert all(any(spec.endswith(words) for _code, spec in one.kinds) for words in known), one.code
        assert all(size.cost_fen < size.price_fen for _words, size in one.larger)
