"""A shop's own categories: two levels, by hand and by words and price (S4-05)."""

import pytest

from tests.cast import HOUSE, NOON
from zhanggui.catalog.actions import categories as verbs
from zhanggui.catalog.actions import products
from zhanggui.catalog.actions.categories import CategoryTold
from zhanggui.catalog.actions.guarding import Stale
from zhanggui.catalog.models import ShopCategory
from zhanggui.catalog.queries import window
from zhanggui.catalog.tests.cast import own, shelved
from zhanggui.kit.refusals import Invalid

pytestmark = pytest.mark.django_db


def add(name, **told):
    return verbs.add(by=HOUSE, shop=own(), told=CategoryTold(name, **told), at=NOON)


def inside(category):
    return {card.title for card in window.shelf(own().pk, at=NOON, category=category.pk).rows}


def test_by_hand_in_several_and_out_again():
    tea, coffee = shelved("绿茶"), shelved("咖啡")
    one, two = add("饮品"), add("礼物")
    verbs.file(by=HOUSE, shop=own(), listing_ids=[tea.pk, coffee.pk], into=[one.pk, two.pk], at=NOON)
    assert inside(one) == inside(two) == {"绿茶", "咖啡"}
    verbs.file(by=HOUSE, shop=own(), listing_ids=[coffee.pk], out_of=[two.pk], at=NOON)
    assert inside(two) == {"绿茶"}
    assert window.shelf(own().pk, at=NOON, uncategorised=True).rows == []


def test_automatic_by_words_and_price_and_it_follows_the_product():
    tea = shelved("明前绿茶", prices={"": 8000})
    shelved("红茶礼盒", prices={"": 20000})
    shelved("咖啡", prices={"": 3000})
    teas = add("茶", way="auto", words="绿茶，红茶")
    dear = add("贵的", way="auto", from_fen=10000)
    assert inside(teas) == {"明前绿茶", "红茶礼盒"}
    assert inside(dear) == {"红茶礼盒"}
    verbs.change(
        by=HOUSE, category=teas, version=1, told=CategoryTold("茶", way="auto", words="绿茶"), at=NOON
    )
    assert inside(teas) == {"明前绿茶"}
    type(tea).objects.filter(pk=tea.pk).update(state="off")
    products.change(by=HOUSE, product=tea.product, version=1, basics=products.Basics("乌龙", "P1"), at=NOON)
    type(tea).objects.filter(pk=tea.pk).update(state="on")
    assert inside(teas) == set()
    with pytest.raises(Invalid):
        verbs.file(by=HOUSE, shop=own(), listing_ids=[tea.pk], into=[teas.pk], at=NOON)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 31}, "name"),
        ({"name": "茶"}, "name"),
        ({"name": "甲", "way": "auto"}, "words"),
        ({"name": "甲", "way": "magic"}, "way"),
        ({"name": "甲", "from_fen": 2, "to_fen": 1}, "to_fen"),
        ({"name": "甲", "parent_id": 999_999}, "parent"),
    ],
)
def test_what_makes_no_sense_is_refused(told, field):
    add("茶")
    with pytest.raises(Invalid) as refusal:
        add(**told)
    assert refusal.value.field == field
    assert ShopCategory.objects.count() == 1


def test_there_are_two_levels():
    top = add("茶")
    below = add("绿茶", parent_id=top.pk)
    with pytest.raises(Invalid, match="S4-05"):
        add("明前", parent_id=below.pk)
    other = add("咖啡")
    with pytest.raises(Invalid):
        verbs.change(by=HOUSE, category=top, version=1, told=CategoryTold("茶", parent_id=other.pk), at=NOON)
    with pytest.raises(Stale):
        verbs.change(by=HOUSE, category=top, version=7, told=CategoryTold("茶"), at=NOON)
    tea = shelved("绿茶", categories=(below,))
    assert inside(top) == {"绿茶"}
    verbs.remove(by=HOUSE, category=top, at=NOON)
    assert [one.name for one in window.categories(own().pk)] == ["咖啡"]
    assert tea.categories.count() == 0


def test_they_move_up_and_down():
    names = [add(name) for name in "甲乙丙"]
    verbs.move(by=HOUSE, category=names[2], up=True, at=NOON)
    verbs.move(by=HOUSE, category=names[0], up=True, at=NOON)
    assert [one.name for one in window.categories(own().pk)] == ["甲", "丙", "乙"]
