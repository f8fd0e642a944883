"""The SKU matrix: options × values, codes that stay, SKUs that leave and come back."""

import pytest

from tests.cast import HOUSE, NOON
from zhanggui.catalog.actions import matrix, products
from zhanggui.catalog.actions.guarding import Stale, Unfit
from zhanggui.catalog.actions.matrix import SkuRow
from zhanggui.catalog.models import Listing, Sku
from zhanggui.catalog.tests.cast import own, ready, shelved
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid

pytestmark = pytest.mark.django_db
OPTIONS = [("颜色", ["白", "灰"]), ("尺码", ["S", "M", "L"])]


@pytest.fixture
def shirt():
    """A product without SKUs."""
    return products.create(by=HOUSE, shop=own(), basics=products.Basics("T恤", "TS"), at=NOON)


def lay(product, rows=(), options=OPTIONS):
    product.refresh_from_db()
    return matrix.set_skus(
        by=HOUSE, product=product, version=product.version, options=options, rows=rows, at=NOON
    )


def on_sale(product):
    return dict(
        Sku.objects.filter(product=product, off_at=None).order_by("position").values_list("spec", "code")
    )


def test_every_combination_becomes_a_sku_with_a_code(shirt):
    lay(shirt, [SkuRow("颜色:白;尺码:S", 5990, "TS-白S", cost_fen=2100, weight_g=180)])
    assert on_sale(shirt) == {
        "颜色:白;尺码:S": "TS-白S",
        "颜色:白;尺码:M": "TS-01",
        "颜色:白;尺码:L": "TS-02",
        "颜色:灰;尺码:S": "TS-03",
        "颜色:灰;尺码:M": "TS-04",
        "颜色:灰;尺码:L": "TS-05",
    }
    one = Sku.objects.get(code="TS-白S")
    assert (one.price_fen, one.cost_fen, one.weight_g, one.floor_fen) == (5990, 2100, 180, None)
    assert Sku.objects.get(code="TS-01").weight_g is None
    listing = Listing.objects.get()
    assert (listing.from_fen, listing.to_fen) == (0, 5990)


def test_codes_and_rows_stay_when_the_matrix_changes(shirt):
    lay(shirt)
    before = {sku.spec: (sku.pk, sku.code) for sku in Sku.objects.all()}
    lay(shirt, options=[("颜色", ["灰"]), ("尺码", ["M", "L", "XL"])])
    assert on_sale(shirt)["颜色:灰;尺码:M"] == before["颜色:灰;尺码:M"][1]
    assert on_sale(shirt)["颜色:灰;尺码:XL"] == "TS-07"
    gone = Sku.objects.get(spec="颜色:白;尺码:S")
    assert (gone.off_at, gone.pk) == (NOON, before["颜色:白;尺码:S"][0])
    lay(shirt)
    again = Sku.objects.get(spec="颜色:白;尺码:S")
    assert (again.off_at, again.pk, again.code) == (None, *before["颜色:白;尺码:S"])
    assert Entry.objects.filter(what="sku.added").count() == 7


def test_one_is_taken_off_sale_by_itself(shirt):
    lay(shirt, [SkuRow("颜色:白;尺码:S", 100, on=False)])
    assert "颜色:白;尺码:S" not in on_sale(shirt)
    assert len(on_sale(shirt)) == 5


def test_without_options_there_is_one_sku(shirt):
    lay(shirt, [SkuRow("", 100, "ONE")], options=[])
    assert on_sale(shirt) == {"": "ONE"}


@pytest.mark.parametrize(
    ("options", "rows", "field"),
    [
        ([("颜色", [])], [], "options"),
        ([("", ["白"])], [], "options"),
        ([("颜色", ["白"]), ("颜色", ["灰"])], [], "options"),
        ([("颜:色", ["白"])], [], "options"),
        ([("颜色", ["白;灰"])], [], "options"),
        ([("颜色", ["长" * 31])], [], "options"),
        ([(f"规格{n}", ["1"]) for n in range(5)], [], "options"),
        ([("甲", [str(n) for n in range(16)]), ("乙", [str(n) for n in range(16)])], [], "options"),
        ([("颜色", ["白", "灰"])], [SkuRow("颜色:白", 1, "X"), SkuRow("颜色:灰", 1, "X")], "code"),
        ([("颜色", ["白"])], [SkuRow("颜色:白", 1, "OTHER-1")], "code"),
        ([("颜色", ["白"])], [SkuRow("颜色:白", -1)], "price_fen"),
        ([("颜色", ["白"])], [SkuRow("颜色:白", 1, weight_g=0)], "weight_g"),
        ([("颜色", ["白"])], [SkuRow("颜色:白", 1, picture="../x")], "picture"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(shirt, options, rows, field):
    shelved("别的", code="OTHER")
    with pytest.raises(Invalid) as refusal:
        lay(shirt, rows, options)
    assert refusal.value.field == field
    assert not Sku.objects.filter(product=shirt).exists()


def test_an_old_version_and_an_unfit_price_are_refused(shirt):
    with pytest.raises(Stale):
        matrix.set_skus(by=HOUSE, product=shirt, version=9, options=OPTIONS, rows=[], at=NOON)
    tea = ready(at=NOON).product
    with pytest.raises(Unfit):
        lay(tea, [SkuRow("", 0)], [])
    assert on_sale(tea) != {}
    assert Sku.objects.get(product=tea).price_fen == 9900


def test_the_number_of_statements_does_not_grow(shirt, django_assert_max_num_queries):
    with django_assert_max_num_queries(26):
        lay(shirt, options=[("甲", [str(n) for n in range(20)]), ("乙", [str(n) for n in range(10)])])
    assert Sku.objects.filter(product=shirt).count() == 200
