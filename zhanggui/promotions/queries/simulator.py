"""The simulator: a pasted cart in a shop at a moment, priced as the engine prices every basket, with the lowest price.

Freight stands beside this room, so what the postage costs before offers is asked of the person (or left unknown).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from zhanggui.catalog.queries import window
from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.promotions.pricing import engine, values
from zhanggui.promotions.pricing.values import Kind
from zhanggui.promotions.queries.live import as_values, with_left
from zhanggui.promotions.states import RUNNING
from zhanggui.shops.models import Shop

MOST_LINES = 50
PURSE = (Kind.COUPON, Kind.VOUCHER)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is tried: pieces by SKU id, and who buys where and when.

    `held`: coupons and vouchers as if in the purse, by offer id; None: all of them. `also`: an offer that is
    tried although it is not approved yet. `postage_fen`: what freight asks before offers, None unknown.
    """

    shop: Shop
    pieces: Mapping[int, int]
    at: datetime
    level: int = 0
    region: str = ""
    first_order: bool = False
    held: frozenset[int] | None = None
    also: int | None = None
    postage_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the basket, the goods and offers by id, the price and the lowest price over all stacks."""

    basket: values.Basket
    goods: Mapping[int, SkuInShop]
    offers: Mapping[int, values.Offer]
    priced: values.Priced
    lowest: values.Priced
    missing: list[int] = field(default_factory=list)


def offers_at(shop: Shop, at: datetime, *, also: int | None = None) -> tuple[values.Offer, ...]:
    """The approved offers of a shop whose time holds the moment, coming ones too; and one more of any state.
    One statement."""
    running = Q(state__in=RUNNING, starts_at__lte=at, ends_at__gt=at)
    rows = with_left(at).filter(shop_ids__contains=[shop.pk])
    rows = rows.filter(running | Q(pk=also)) if also is not None else rows.filter(running)
    found = []
    for offer in as_values(rows.order_by("pk")):
        if offer.id == also:  # tried at that moment, whatever its times
            found.append(
                replace(offer, starts_at=min(offer.starts_at, at), ends_at=_after(offer.ends_at, at))
            )
        else:
            found.append(offer)
    return tuple(found)


def items_of(goods: Iterable[SkuInShop], pieces: Mapping[int, int]) -> tuple[values.Item, ...]:
    """Lines of a basket out of goods. No statement."""
    return tuple(
        values.Item(
            key=str(row.sku_id),
            sku_id=row.sku_id,
            product_id=row.product_id,
            pieces=pieces[row.sku_id],
            price_fen=row.price_fen,
            cost_fen=row.cost_fen,
            floor_fen=row.floor_fen,
            weight_g=row.weight_g,
            volume_cm3=row.volume_cm3,
            categories=row.categories,
            virtual=row.virtual,
            instalments=row.instalments,
            title=row.title,
        )
        for row in goods
    )


def flat(fee_fen: int | None) -> values.PostageOf:
    """A postage that does not depend on the goods; unknown for None."""
    known = values.Postage(fee_fen, "priced" if fee_fen is not None else "unknown")
    return lambda goods_fen: known


def try_cart(asked: Asked) -> Tried:
    """Price a cart. Three statements: the offers, the goods, their categories."""
    offers = offers_at(asked.shop, asked.at, also=asked.also)
    goods = window.skus(asked.pieces, shop_id=asked.shop.pk, at=asked.at)
    rows = [goods[pk] for pk in asked.pieces if pk in goods]
    held = tuple(
        replace(offer, held=int(asked.held is None or offer.id in asked.held))
        if offer.kind in PURSE
        else offer
        for offer in offers
    )
    basket = values.Basket(
        items=items_of(rows, asked.pieces),
        buyer=values.Buyer(level=asked.level, first_order=asked.first_order),
        region=asked.region,
    )
    postage = flat(asked.postage_fen)
    priced = engine.price(basket, at=asked.at, offers=held, postage=postage)
    lowest = engine.lowest(basket, at=asked.at, offers=offers, postage=postage)
    missing = [pk for pk in asked.pieces if pk not in goods]
    return Tried(basket, goods, {offer.id: offer for offer in offers}, priced, lowest, missing)


def _after(ends_at: datetime, at: datetime) -> datetime:
    return ends_at if ends_at > at else at + timedelta(days=1)
