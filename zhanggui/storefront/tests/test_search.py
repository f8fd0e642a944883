"""Searching from the window: words, filters that stay in the address, empty results that help."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from tests.cast import NOON
from zhanggui.catalog.models import ShopCategory
from zhanggui.kit.clock import now
from zhanggui.kit.language import COOKIE
from zhanggui.promotions.tests.offering import offer
from zhanggui.storefront.queries import finding
from zhanggui.storefront.tests.cast import open_shop, shelved, stocked

pytestmark = pytest.mark.django_db


def page(address):
    answer = Client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("typed", ["绿茶", "lvcha", "lc"])
def test_it_is_found_by_words_pinyin_and_initials(typed: str):
    open_shop()
    shelved("绿茶 明前")
    shelved("盖碗")
    found = page(f"/s/OW01/search/?q={typed}")
    assert "绿茶 明前" in found
    assert "盖碗" not in found


def test_filters_stay_in_the_address_of_orders_and_pages():
    shop = open_shop()
    leaf = ShopCategory.objects.create(shop=shop, name="茶叶")
    for number in range(30):
        shelved(f"绿茶{number}", prices={"": 5_000 + number}, categories=(leaf,))
    shelved("贵茶", prices={"": 90_000}, categories=(leaf,))
    found = page(f"/s/OW01/search/?q=茶&category={leaf.pk}&from=40&to=60&order=price")
    assert "贵茶" not in found
    assert 'rel="next"' in found
    link = found.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    for part in ("category=", "from=40", "to=60", "order=price", "page=2"):
        assert part in link
    assert "绿茶24" in page(f"/s/OW01/search/{link}")


def test_prices_the_wrong_way_round_are_turned_and_odd_words_count_as_nothing():
    asked = finding.read(QueryDict("from=60&to=40&category=x&order=rm&page=-3&q=%00茶"))
    assert (asked.from_fen, asked.to_fen) == (4_000, 6_000)
    assert (asked.category, asked.order, asked.page, asked.text) == (None, "", 1, "茶")


def test_an_empty_result_offers_a_way_on():
    open_shop()
    shelved("绿茶")
    found = page("/s/OW01/search/?q=飞机大炮")
    assert "没有找到" in found
    assert "/search/?q=" in found
    assert "清掉筛选" in page("/s/OW01/search/?q=绿茶&to=1")


def test_all_shops_of_the_house_are_searched_together_but_not_shut_ones():
    open_shop()
    other, shut = open_shop("OW02"), open_shop("OW03")
    shut.face.open = False
    shut.face.save()
    shelved("绿茶甲")
    shelved("绿茶乙", into=other)
    shelved("绿茶丙", into=shut)
    found = page("/search/?q=绿茶")
    assert "绿茶甲" in found
    assert "绿茶乙" in found
    assert "绿茶丙" not in found
    assert "/s/OW02/goods/" in found


def test_another_shops_category_finds_nothing_here():
    open_shop()
    other = open_shop("OW02")
    theirs = ShopCategory.objects.create(shop=other, name="茶具")
    shelved("盖碗", into=other, categories=(theirs,))
    assert "盖碗" not in page(f"/s/OW01/search/?category={theirs.pk}")


def test_it_costs_the_same_statements_however_many_goods(django_assert_num_queries):
    open_shop()
    offer("flash", terms={"percent_bp": 8_000}, ends_at=now() + timedelta(days=1))
    stocked(shelved("绿茶", at=NOON), 9)
    page("/s/OW01/search/?q=茶")
    with django_assert_num_queries(8):
        page("/s/OW01/search/?q=绿茶")
    for number in range(9):
        stocked(shelved(f"绿茶{number}"), 9)
    with django_assert_num_queries(8):
        page("/s/OW01/search/?q=绿茶")


def test_cards_of_all_shops_name_their_shop_and_cards_of_one_do_not():
    shops = [open_shop("OW01"), open_shop("OW02")]
    for shop, name in zip(shops, ("绿茶 明前", "绿茶 雨前"), strict=True):
        shelved(name, into=shop)
    found = page("/search/?q=绿茶")
    for shop in shops:
        assert f"<span>{shop.name}</span></span>" in found
    assert 'class="ware-shop"' not in page("/s/OW01/search/?q=绿茶")


def test_one_is_no_plural_in_english():
    open_shop()
    reader = Client()
    reader.cookies[COOKIE] = "en"
    for many, words in ((1, "1 product<"), (2, "2 products<")):
        shelved(f"绿茶 {many}")
        assert words in reader.get("/s/OW01/search/?q=绿茶").content.decode()
