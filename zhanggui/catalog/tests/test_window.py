"""What buyers' pages ask of the catalog: only what is on the shelf, in a constant number of statements."""

from datetime import timedelta

import pytest

from tests.cast import NOON, shop
from zhanggui.catalog.models import Picture, Product, ShopCategory, Sku
from zhanggui.catalog.queries import window
from zhanggui.catalog.tests.cast import own, shelved
from zhanggui.kit.refusals import NotFound

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def pictured(listing, name="a" * 32 + ".jpg", **also):
    values = {"width": 800, "height": 800, "size": 1, "alt": "一罐茶"} | also
    return Picture.objects.create(product=listing.product, name=name, **values)


def titles(page):
    return [card.title for card in page.rows]


def test_the_shelf_holds_what_is_on_it_to_the_second():
    tea = shelved("绿茶", at=NOON, listed={"off_at": NOON + timedelta(hours=2)})
    shelved("草稿", at=None)
    off = shelved("下架的")
    type(off).objects.filter(pk=off.pk).update(state="off")
    assert titles(window.shelf(own().pk, at=NOON - SECOND)) == []
    assert titles(window.shelf(own().pk, at=NOON)) == ["绿茶"]
    assert titles(window.shelf(own().pk, at=tea.off_at - SECOND)) == ["绿茶"]
    assert titles(window.shelf(own().pk, at=tea.off_at)) == []
    assert window.shelf(shop("OW02").pk, at=NOON).rows == []


def test_the_shelf_is_narrowed_and_ordered(django_assert_num_queries):
    gifts = ShopCategory.objects.create(shop=own(), name="礼盒")
    green = ShopCategory.objects.create(shop=own(), name="绿茶", parent=gifts)
    cheap = shelved("便宜", prices={"1罐": 1000}, categories=(green,), listed={"sold": 3})
    dear = shelved("贵", prices={"1罐": 9000, "2罐": 20000}, listed={"sold": 9, "shown": True}, role="hero")
    pictured(cheap, name="b" * 32 + ".jpg", position=1)
    pictured(cheap, position=0)
    here = own().pk
    with django_assert_num_queries(1):
        page = window.shelf(here, at=NOON)
    assert titles(page) == ["贵", "便宜"]
    assert (page.number, page.more, page.many) == (1, False, 2)
    assert page.rows[1].picture == "a" * 32 + ".jpg"
    assert page.rows[1].alt == "一罐茶"
    assert page.rows[0].skus == tuple(dear.product.skus.order_by("pk").values_list("pk", flat=True))
    assert set(page.rows[0].price_of.values()) == {9000, 20000}
    for given, found in {
        "category": (gifts.pk, ["便宜"]),
        "from_fen": (1001, ["贵"]),
        "to_fen": (9000, ["贵", "便宜"]),
        "shown": (True, ["贵"]),
        "uncategorised": (True, ["贵"]),
        "roles": (["hero"], ["贵"]),
        "order": ("price", ["便宜", "贵"]),
        "listing_ids": ([cheap.pk, dear.pk], ["便宜", "贵"]),
    }.items():
        assert titles(window.shelf(own().pk, at=NOON, **{given: found[0]})) == found[1], given
    with django_assert_num_queries(2):
        second = window.shelf(here, at=NOON, size=1, page=2)
    assert (titles(second), second.more, second.many) == (["便宜"], False, 2)
    assert [(one.name, [sub.name for sub in one.children]) for one in window.categories(own().pk)] == [
        ("礼盒", ["绿茶"])
    ]


def test_a_product_page_has_all_in_one_statement(django_assert_num_queries):
    shirt = shelved(
        "T恤",
        prices={"尺码:M;颜色:白": 5000, "尺码:M;颜色:灰": 5000, "尺码:L;颜色:白": 6000},
        attributes={"材质": "棉", "季节": ""},
        description="<p>好</p>",
        hold=Product.Hold.PAYMENT,
    )
    Sku.objects.create(product=shirt.product, merchant_id=1, code="old", off_at=NOON)
    pictured(shirt)
    pictured(shirt, name="c" * 32 + ".png", role="detail")
    with django_assert_num_queries(1):
        page = window.product(shirt.pk, at=NOON)
    assert page.card.title == "T恤"
    assert [one.name for one in page.pictures] == ["a" * 32 + ".jpg"]
    assert [one.name for one in page.details] == ["c" * 32 + ".png"]
    assert page.options == (("尺码", ("M", "L")), ("颜色", ("白", "灰")))
    assert [sku.values for sku in page.skus] == [("M", "白"), ("M", "灰"), ("L", "白")]
    assert page.attributes == (("材质", "棉"),)
    assert page.hold == "payment"
    draft = shelved("草稿", at=None)
    with pytest.raises(NotFound):
        window.product(draft.pk, at=NOON)
    assert window.product(draft.pk, at=NOON, preview=True).card.title == "草稿"
    assert set(window.cards_of([shirt.pk, draft.pk], at=NOON)) == {shirt.pk}
    assert window.card(shirt.pk).picture == "a" * 32 + ".jpg"
    assert window.card(draft.pk, at=NOON) is None


def test_the_skus_of_a_basket_in_two_statements(django_assert_num_queries):
    gifts = ShopCategory.objects.create(shop=own(), name="礼盒")
    green = ShopCategory.objects.create(shop=own(), name="绿茶", parent=gifts)
    tea = shelved("绿茶", prices={"规格:1罐": 1000, "规格:2罐": 1900}, categories=(green,))
    elsewhere = shelved("别店的", into=own("OW02"))
    pictured(tea)
    one, two = tea.product.skus.order_by("pk")
    other = elsewhere.product.skus.get()
    here = own().pk
    Sku.objects.filter(pk=two.pk).update(off_at=NOON, picture="d" * 32 + ".jpg", weight_g=None)
    with django_assert_num_queries(2):
        found = window.skus([one.pk, two.pk, other.pk, 999_999], shop_id=here, at=NOON)
    assert set(found) == {one.pk, two.pk, other.pk}
    assert (found[one.pk].on, found[two.pk].on, found[other.pk].on) == (True, False, False)
    assert found[one.pk].categories == {gifts.pk, green.pk}
    assert found[one.pk].picture == "a" * 32 + ".jpg"
    assert (found[two.pk].picture, found[two.pk].weight_g) == ("d" * 32 + ".jpg", None)
    assert found[other.pk].listing_id is None
    assert (found[one.pk].price_fen, found[one.pk].cost_fen) == (1000, 500)
    with django_assert_num_queries(0):
        assert window.skus([], shop_id=here, at=NOON) == {}
    assert window.listings_of(own().pk, [tea.product_id, elsewhere.product_id]) == {tea.product_id: tea.pk}
