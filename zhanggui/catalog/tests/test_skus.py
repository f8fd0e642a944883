import pytest

from tests import cast
from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.catalog.models import Product, Sku
from zhanggui.catalog.queries import skus_by_code, skus_by_id
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people.powers import Power

pytestmark = pytest.mark.django_db


def test_skus_are_found_by_the_sellers_codes():
    house = cast.merchant().pk
    rows = [
        NewSku("TS", "速干T恤", "TS-L", "尺码:L", 5990, weight_g=180),
        NewSku("TS", "速干T恤", "TS-M", "尺码:M", 5990),
    ]
    ids = add_skus(by=cast.HOUSE, merchant_id=house, rows=rows)
    assert add_skus(by=cast.HOUSE, merchant_id=house, rows=rows) == ids
    assert Product.objects.count() == 1
    found = skus_by_code(house, ["TS-L", "TS-M", "", "XX"])
    assert found["TS-L"].title == "速干T恤"
    assert found["TS-L"].weight_g == 180
    assert found["TS-M"].weight_g is None
    assert skus_by_code(house + 1, ["TS-L"]) == {}
    assert skus_by_id([ids["TS-M"]])[ids["TS-M"]].code == "TS-M"
    assert Entry.objects.filter(what="sku.added").count() == 2


@pytest.mark.parametrize("row", [NewSku("TS", "T恤", " "), NewSku("TS", "T恤", "TS-L", price_fen=-1)])
def test_a_sku_without_code_or_below_zero_is_refused(row):
    with pytest.raises(Invalid):
        add_skus(by=cast.HOUSE, merchant_id=1, rows=[row])
    assert not Sku.objects.exists()


def test_it_needs_the_power():
    with pytest.raises(NotAllowed):
        add_skus(by=cast.actor(Power.CATALOG_SEE), merchant_id=1, rows=[NewSku("TS", "T恤", "TS-L")])
    assert not Sku.objects.exists()
