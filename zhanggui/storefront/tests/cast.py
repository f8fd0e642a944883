"""An open shop of ours with a look and goods, for the window's stories. Invented."""

from typing import Any

from zhanggui.catalog.tests.cast import own, shelved
from zhanggui.customers.models import Buyer
from zhanggui.shops.models import Platform, Shop
from zhanggui.stock.models import Balance, Warehouse
from zhanggui.storefront.models import Face, Look


def open_shop(code: str = "OW01", **face: Any) -> Shop:
    """A shop of ours with an open door."""
    shop = own(code)
    Face.objects.get_or_create(shop=shop, defaults={"open": True, "intro": "老街茶铺", **face})
    return shop


def look(shop: Shop, *kinds: str, **also: Any) -> Look:
    """A published look of blocks of these kinds, without a time unless given."""
    blocks = also.pop("blocks", None) or [{"kind": kind, "key": kind} for kind in kinds]
    values = {"name": "日常", "state": Look.State.READY, "made_by": "-"} | also
    return Look.objects.create(shop=shop, blocks=blocks, **values)


def stocked(listing: Any, pieces: int, safety: int = 0) -> None:
    """So many pieces of each SKU of a listing in the one warehouse."""
    house, _made = Warehouse.objects.get_or_create(
        merchant_id=listing.product.merchant_id, name="武汉仓", defaults={"city": "420100"}
    )
    for sku in listing.product.skus.all():
        Balance.objects.create(warehouse=house, sku=sku, on_hand=pieces, safety=safety)


def buyer(nick: str = "阿珍", **also: Any) -> Buyer:
    """A buyer of our own shops."""
    merchant_id = open_shop().merchant_id
    return Buyer.objects.get_or_create(
        merchant_id=merchant_id, platform=Platform.OWN, nick=nick, defaults=also
    )[0]


__all__ = ["buyer", "look", "open_shop", "shelved", "stocked"]
