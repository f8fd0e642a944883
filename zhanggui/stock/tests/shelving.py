"""Filling shelves for the stories of the stock tests."""

from tests import cast
from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.stock.actions.movements import Inbound, receive_many
from zhanggui.stock.actions.promises import Want
from zhanggui.stock.models import Balance, Warehouse


def warehouse(city=cast.WUHAN, name="武汉仓"):
    return Warehouse.objects.get_or_create(
        merchant_id=cast.merchant().pk, name=name, defaults={"city": city}
    )[0]


def shelve(code="TEA", pieces=3, at=None):
    """A SKU with so many pieces on the shelf; gives its id."""
    sku = add_skus(by=cast.HOUSE, merchant_id=cast.merchant().pk, rows=[NewSku(code, "茶", code)])[code]
    if pieces:
        receive_many(by=cast.HOUSE, rows=[Inbound(sku, pieces, (at or warehouse()).pk, "PO1")])
    return sku


def want(line, sku, pieces=1, city=cast.WUHAN):
    return Want(line, sku, pieces, cast.merchant().pk, city)


def free(sku):
    return sum(b.on_hand - b.promised for b in Balance.objects.filter(sku_id=sku))
