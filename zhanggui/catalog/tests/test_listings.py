"""On and off the shelf: now, at a moment, back again; the gate has the last word."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import HOUSE, NOON
from zhanggui.catalog.actions import listings as verbs
from zhanggui.catalog.actions import products
from zhanggui.catalog.actions.guarding import Stale, Unfit
from zhanggui.catalog.models import Listing, Product
from zhanggui.catalog.queries import window
from zhanggui.catalog.tests.cast import own, ready
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.powers import Power
from zhanggui.shops.actions.settings import set_value

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def on(*listings, **also):
    return verbs.put_on(by=HOUSE, listing_ids=[one.pk for one in listings], at=NOON, **also)


def seen(at):
    return {card.listing_id for card in window.shelf(own().pk, at=at).rows}


def test_what_passes_the_gate_goes_on_the_shelf_and_the_rest_does_not():
    tea, bad = ready(), ready("最好的绿茶")
    came = on(tea, bad)
    assert came.done == [tea.pk]
    assert "最好" in came.refused[bad.pk]
    assert "S3-03" in came.refused[bad.pk]
    assert seen(NOON) == {tea.pk}
    bad.refresh_from_db()
    assert (bad.state, bad.troubles) == ("draft", ["terms"])
    assert [entry.object_id for entry in Entry.objects.filter(what="listing.on")] == [tea.pk]


def test_a_scheduled_one_appears_and_leaves_on_the_second():
    tea = ready()
    on(tea, on_at=NOON + 14 * HOUR, off_at=NOON + 20 * HOUR)
    assert seen(NOON + 14 * HOUR - SECOND) == set()
    assert seen(NOON + 14 * HOUR) == {tea.pk}
    assert seen(NOON + 20 * HOUR - SECOND) == {tea.pk}
    assert seen(NOON + 20 * HOUR) == set()
    with pytest.raises(Invalid):
        on(tea, on_at=NOON + 2 * HOUR, off_at=NOON + HOUR)


def test_it_is_taken_off_now_or_later_and_undone():
    tea, never = ready(), ready("红茶")
    on(tea)
    came = verbs.take_off(by=HOUSE, listing_ids=[tea.pk, never.pk], at=NOON + HOUR, off_at=NOON + 3 * HOUR)
    assert (came.done, list(came.refused)) == ([tea.pk], [never.pk])
    assert seen(NOON + 2 * HOUR) == {tea.pk}
    assert seen(NOON + 3 * HOUR) == set()
    off = verbs.take_off(by=HOUSE, listing_ids=[tea.pk], at=NOON + HOUR)
    assert seen(NOON + HOUR) == set()
    verbs.put_back(by=HOUSE, before=off.before, at=NOON + HOUR)
    assert seen(NOON + 2 * HOUR) == {tea.pk}
    Product.objects.filter(pk=tea.product_id).update(title="最好的茶")
    off = verbs.take_off(by=HOUSE, listing_ids=[tea.pk], at=NOON + HOUR)
    assert verbs.put_back(by=HOUSE, before=off.before, at=NOON + HOUR).refused
    assert seen(NOON + HOUR) == set()


def test_what_is_on_the_shelf_stays_fit_for_it():
    tea = ready(at=NOON - HOUR)
    told = products.Basics("最好的绿茶", tea.product.code, tea.product.classification_id)
    with pytest.raises(Unfit) as refusal:
        products.change(by=HOUSE, product=tea.product, version=1, basics=told, at=NOON)
    assert {check.code for check in refusal.value.checks} >= {"terms", "attributes", "postage"}
    assert Product.objects.get().title == "恩施玉露 明前绿茶"
    verbs.take_off(by=HOUSE, listing_ids=[tea.pk], at=NOON)
    products.change(by=HOUSE, product=tea.product, version=1, basics=told, at=NOON)
    assert Product.objects.get().title == "最好的绿茶"
    with pytest.raises(Stale):
        products.change(by=HOUSE, product=tea.product, version=1, basics=told, at=NOON)


def test_the_evening_before_tells_and_holds_what_would_fail():
    tea, later, fine = ready(), ready("红茶"), ready("黑茶")
    on(tea, fine, on_at=NOON + 14 * HOUR)
    on(later, on_at=NOON + 48 * HOUR)
    set_value(by=HOUSE, shop=own(), name="catalog.words_forbidden", text="玉露", since=NOON.date(), at=NOON)
    came = verbs.look_ahead(by=HOUSE, at=NOON + 9 * HOUR)
    assert came.done == [tea.pk]
    tea.refresh_from_db()
    assert (tea.state, tea.troubles, tea.on_at) == ("draft", ["terms"], NOON + 14 * HOUR)
    assert seen(NOON + 15 * HOUR) == {fine.pk}
    assert verbs.look_ahead(by=HOUSE, at=NOON + 10 * HOUR).done == []


def test_a_shop_has_at_most_five_heroes():
    teas = [ready(f"绿茶 {number}", role="hero") for number in range(6)]
    came = on(*teas)
    assert len(came.done) == 5
    assert "S3-05" in came.refused[teas[5].pk]
    plain = ready("白茶")
    on(plain)
    told = products.Basics("白茶", plain.product.code, role="hero")
    with pytest.raises(Exception, match="S3-05"):
        products.change(by=HOUSE, product=plain.product, version=1, basics=told, at=NOON)


def test_many_cost_as_many_statements_as_one(django_assert_max_num_queries):
    many = [ready(f"绿茶 {number}") for number in range(12)]
    with django_assert_max_num_queries(10):
        on(*many)
    with django_assert_max_num_queries(7):
        verbs.take_off(by=HOUSE, listing_ids=[one.pk for one in many], at=NOON)
    with django_assert_max_num_queries(7):
        verbs.show(by=HOUSE, listing_ids=[one.pk for one in many], shown=True, at=NOON)
    assert Listing.objects.filter(shown=True).count() == 12


def test_it_needs_the_power_in_every_shop():
    tea, other = ready(), ready("红茶", into=own("OW02"))
    someone = cast.actor(Power.CATALOG_EDIT, at=own())
    with pytest.raises(NotAllowed):
        verbs.put_on(by=someone, listing_ids=[tea.pk, other.pk], at=NOON)
    assert seen(NOON) == set()
    verbs.put_on(by=someone, listing_ids=[tea.pk], at=NOON)
    products.list_in(by=HOUSE, product=tea.product, shop=own("OW02"), at=NOON)
    with pytest.raises(NotAllowed):
        products.change(
            by=someone, product=tea.product, version=1, basics=products.Basics("茶", "T"), at=NOON
        )
