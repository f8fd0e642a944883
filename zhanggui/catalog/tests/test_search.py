"""Buyers find products by Chinese words, pinyin, initials, codes, and by what they typed a little wrongly."""

from datetime import timedelta

import pytest

from tests.cast import NOON
from zhanggui.catalog import words
from zhanggui.catalog.actions.finding import remember
from zhanggui.catalog.models import Product, ShopCategory, Term
from zhanggui.catalog.queries import search
from zhanggui.catalog.tests.cast import own, shelved

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    """A shop with a handful of things."""
    own()
    shelved(
        "65W 氮化镓充电器 三口", code="DG701", prices={"颜色:白色": 12900}, model="GN-65", listed={"sold": 5}
    )
    shelved("降噪蓝牙耳机 长续航", code="DG702", prices={"颜色:深空灰": 29900}, listed={"sold": 50})
    shelved(
        "头层牛皮通勤托特包 大容量", code="BG101", prices={"颜色:焦糖棕": 29900}, attributes={"材质": "牛皮"}
    )
    shelved("速干T恤 男款 透气圆领", code="TS201", prices={"尺码:XL": 5990})
    shelved("恩施玉露 明前绿茶 250克", code="TE401", copy="山里来的好茶")
    shelved("儿童保温杯 316不锈钢", code="BB803", at=None)
    return own()


def titles(shop, text, **also):
    return [card.title.split()[0] for card in search.find([shop.pk], text, at=NOON, **also).page.rows]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("充电器", "65W"),
        ("氮化镓 充电", "65W"),
        ("氮化镓充电器", "65W"),
        ("65w", "65W"),
        ("ｇｎ-65", "65W"),
        ("dg702", "降噪蓝牙耳机"),
        ("DG702-1", "降噪蓝牙耳机"),
        ("耳机", "降噪蓝牙耳机"),
        ("erji", "降噪蓝牙耳机"),
        ("lanya erji", "降噪蓝牙耳机"),
        ("lanyaerji", "降噪蓝牙耳机"),
        ("lyej", "降噪蓝牙耳机"),
        ("cdq", "65W"),
        ("chongdianq", "65W"),
        ("深空灰", "降噪蓝牙耳机"),
        ("牛皮包", "头层牛皮通勤托特包"),
        ("托特", "头层牛皮通勤托特包"),
        ("层牛", "头层牛皮通勤托特包"),
        ("t恤", "速干T恤"),
        ("绿茶", "恩施玉露"),
        ("山里", "恩施玉露"),
    ],
)
def test_it_is_found(shop, typed, first):
    assert titles(shop, typed)[:1] == [first]


@pytest.mark.parametrize(
    ("typed", "first", "meant"),
    [
        ("冲电器", "65W", "充电器"),
        ("充点器", "65W", "充电器"),
        ("蓝压耳机", "降噪蓝牙耳机", "蓝牙耳机"),
        ("chongdianqu", "65W", "充电器"),
        ("chngdianqi", "65W", "充电器"),
        ("emshi", "恩施玉露", "恩施"),
    ],
)
def test_what_was_typed_wrongly_is_found_and_said(shop, typed, first, meant):
    found = search.find([shop.pk], typed, at=NOON)
    assert [card.title.split()[0] for card in found.page.rows][:1] == [first]
    assert found.corrected == meant


def test_some_of_the_words_are_better_than_nothing(shop):
    found = search.find([shop.pk], "红色蓝牙耳机", at=NOON)
    assert found.some
    assert found.page.rows[0].title.startswith("降噪蓝牙耳机")


@pytest.mark.parametrize(
    "typed", ["自行车", "zzzzzz", "'", "\\", ":*", "q & w | !e", "%", "0" * 500, "<!>", "('"]
)
def test_nothing_is_found_where_nothing_is(shop, typed):
    assert titles(shop, typed) == []


def test_an_empty_text_gives_all_that_is_on_the_shelf(shop):
    assert len(titles(shop, " ")) == 5
    assert len(search.find([own("OW02").pk], " ", at=NOON).page.rows) == 0
    assert titles(shop, "充电器", order="price") == ["65W"]
    assert search.find([shop.pk], "充电器", at=NOON - timedelta(days=2)).page.rows == []


def test_it_is_narrowed_by_price_and_category(shop):
    gifts = ShopCategory.objects.create(shop=shop, name="礼物")
    shelved("充电器 迷你", prices={"": 3900}, categories=(gifts,))
    assert titles(shop, "充电器", to_fen=5000) == ["充电器"]
    assert titles(shop, "充电器", from_fen=5000) == ["65W"]
    assert titles(shop, "充电器", category=gifts.pk) == ["充电器"]
    assert titles(shop, "充电器", order="price_down") == ["65W", "充电器"]
    assert titles(shop, "充电器", order="sold") == ["65W", "充电器"]


def test_the_number_of_statements_is_constant(shop, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        search.find([shop.pk], "充电器", at=NOON)
    with django_assert_max_num_queries(9):
        search.find([shop.pk], "冲电器", at=NOON)
    with django_assert_max_num_queries(2):
        search.suggest([shop.pk], "充", at=NOON)


@pytest.mark.parametrize("typed", ["充", "chong", "cd", "充电"])
def test_suggestions_while_one_types(shop, typed):
    assert "充电器" in search.suggest([shop.pk], typed, at=NOON)


def test_nothing_is_suggested_that_finds_nothing(shop):
    assert search.suggest([shop.pk], "保温", at=NOON) == []
    assert search.suggest([own("OW02").pk], "充", at=NOON) == []
    assert search.suggest([shop.pk], "%_", at=NOON) == []


def test_a_change_of_the_product_changes_its_words(shop):
    tea = Product.objects.get(code="TE401")
    Product.objects.filter(pk=tea.pk).update(title="宜红工夫茶")
    assert titles(shop, "宜红") == []
    remember([tea.pk])
    assert titles(shop, "宜红") == ["宜红工夫茶"]
    assert titles(shop, "玉露") == []
    assert Term.objects.filter(word="工夫").exists()


def test_many_products_are_remembered_in_five_statements(shop, django_assert_num_queries):
    ids = list(Product.objects.values_list("pk", flat=True))
    with django_assert_num_queries(5):
        remember(ids)


@pytest.mark.parametrize(
    ("one", "other", "off"),
    [("chong", "chong", 0), ("chong", "chnog", 1), ("chong", "cong", 1), ("ab", "xyzw", 3)],
)
def test_the_distance_of_two_words(one, other, off):
    assert words.distance(one, other, 2) == off
