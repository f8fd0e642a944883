"""The routes of this room for the walk of tests/test_routes.py."""

from typing import Any

from tests.routes import Route, Stage
from zhanggui.catalog.models import Product, Sku
from zhanggui.people.powers import Power as P
from zhanggui.stock.models import Balance, Warehouse


def _shelf(stage: Stage) -> Any:
    def make() -> Balance:
        merchant = stage.shop.merchant_id
        product = Product.objects.create(merchant_id=merchant, code="SHELF", title="茶")
        sku = Sku.objects.create(merchant_id=merchant, code="SHELF", product=product)
        house = Warehouse.objects.create(merchant_id=merchant, name="样品仓", city=stage.shop.city)
        return Balance.objects.create(warehouse=house, sku=sku)

    return stage.kept("shelf", make)


ROUTES: list[Route] = [
    Route("stock:shelves", P.STOCK_SEE),
    Route("stock:safety", P.STOCK_MOVE, "POST", about=lambda s: {"pk": _shelf(s).pk}, strict=True),
    Route("stock:quota", P.STOCK_MOVE, "POST", about=lambda s: {"pk": _shelf(s).sku_id}, strict=True),
]
