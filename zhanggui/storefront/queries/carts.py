"""The cart as its owner sees it: what lies in it, what of it can be had now, and what the ticked lines cost together."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.checkout.baskets import Asked, ShopBasket, price_read
from zhanggui.checkout.gathered import gather
from zhanggui.checkout.models import CartLine
from zhanggui.customers.models import Buyer
from zhanggui.promotions import wording
from zhanggui.promotions.pricing import values
from zhanggui.shops.models import Shop
from zhanggui.storefront import cart_kept
from zhanggui.storefront.actions.carts import InCart

_NEAR = frozenset({"threshold", "threshold_pieces"})
"""Reasons that say how much is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cart. `left`: how many can be had now, None not limited. Prices of a piece in fen."""

    shop: Shop
    sku_id: int
    pieces: int
    picked: bool
    seen_fen: int
    card: SkuInShop | None
    left: int | None

    @property
    def name(self) -> str:
        """What the form's fields of this line are called."""
        return f"{self.shop.pk}-{self.sku_id}"

    @property
    def gone(self) -> bool:
        """It cannot be bought in this shop any more."""
        return self.card is None or not self.card.on

    @property
    def sold_out(self) -> bool:
        """It is on the shelf, and there is none left."""
        return not self.gone and self.left is not None and self.left < 1

    @property
    def short(self) -> bool:
        """There are some, but fewer than are wanted."""
        return not self.gone and self.left is not None and 0 < self.left < self.pieces

    @property
    def can(self) -> int:
        """How many of the wanted pieces can be had."""
        return (
            0
            if self.gone or self.sold_out
            else min(self.pieces, self.left)
            if self.left is not None
            else self.pieces
        )

    @property
    def counts(self) -> bool:
        """Whether it is priced: ticked, and something can be had."""
        return self.picked and self.can > 0

    @property
    def price_fen(self) -> int:
        return self.card.price_fen if self.card else self.seen_fen

    @property
    def changed(self) -> bool:
        """The price is another one than when it was put in."""
        return not self.gone and self.price_fen != self.seen_fen


@dataclass(frozen=True, slots=True)
class ShopCart:
    """What lies in the cart of one shop, and what the ticked lines cost there."""

    shop: Shop
    lines: list[Line]
    basket: ShopBasket | None
    said: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    @property
    def all_picked(self) -> bool:
        return all(line.picked for line in self.lines if line.can)

    @property
    def priced(self) -> values.Priced | None:
        return self.basket.priced if self.basket else None


@dataclass(frozen=True, slots=True)
class Cart:
    """The whole cart. Fen; postage and red packets come with the address."""

    shops: list[ShopCart]

    @property
    def lines(self) -> list[Line]:
        return [line for shop in self.shops for line in shop.lines]

    @property
    def goods_fen(self) -> int:
        return sum(one.priced.goods_fen for one in self.shops if one.priced)

    @property
    def saved_fen(self) -> int:
        return sum(one.priced.discount_fen for one in self.shops if one.priced)

    @property
    def pieces(self) -> int:
        return sum(line.can for line in self.lines if line.counts)

    @property
    def changed(self) -> bool:
        return any(line.changed for line in self.lines)

    @property
    def dead(self) -> bool:
        """Something in it cannot be had any more."""
        return any(line.gone or line.sold_out for line in self.lines)


def held(request: Any, buyer: Buyer | None) -> list[InCart]:
    """What lies in the cart, the latest first: the buyer's own, else the browser's. One statement, or none."""
    if buyer is None:
        return list(reversed(cart_kept.lines_of(request)))
    rows = CartLine.objects.filter(buyer=buyer).order_by("-added_at", "-pk")
    return [InCart(*row) for row in rows.values_list("shop_id", "sku_id", "pieces", "seen_fen", "picked")]


def cart(lines: Iterable[InCart], buyer: Buyer | None, *, at: datetime) -> Cart:
    """The cart with its prices. Nine statements whatever its length (one more where an offer is for new buyers)."""
    rows = list(lines)
    if not rows:
        return Cart([])
    shops = {shop.pk: shop for shop in Shop.objects.filter(pk__in=sorted({row.shop_id for row in rows}))}
    by_shop: dict[int, list[InCart]] = defaultdict(list)
    for row in rows:
        if row.shop_id in shops:
            by_shop[row.shop_id].append(row)
    buyer_id = buyer.pk if buyer else None
    read = gather(
        ((shops[pk], buyer_id, [row.sku_id for row in held]) for pk, held in by_shop.items()), at=at
    )
    found = {
        pk: [
            Line(
                shops[pk],
                row.sku_id,
                row.pieces,
                row.picked,
                row.seen_fen,
                read.goods.get((pk, row.sku_id)),
                read.sellable.get(pk, {}).get(row.sku_id),
            )
            for row in held
        ]
        for pk, held in by_shop.items()
    }
    asked = [
        (buyer_id, Asked(shops[pk], [(line.sku_id, line.can) for line in held if line.counts]))
        for pk, held in found.items()
        if any(line.counts for line in held)
    ]
    baskets = {basket.shop.pk: basket for basket in price_read(read, asked, at=at)}
    return Cart([_shop_cart(shops[pk], held, baskets.get(pk)) for pk, held in found.items()])


def _shop_cart(shop: Shop, lines: list[Line], basket: ShopBasket | None) -> ShopCart:
    if basket is None or basket.priced is None:
        return ShopCart(shop, lines, basket)
    said, near = told(basket)
    return ShopCart(shop, lines, basket, said, near)


def told(basket: ShopBasket) -> tuple[list[str], list[str]]:
    """The offers of a basket in words: those that count, and those within reach with what is missing."""
    priced = basket.priced
    if priced is None:
        return [], []
    offers = {offer.id: offer for offer in basket.offers}
    said = [_named(offers.get(one.offer_id), wording.said(one)) for one in priced.applied]
    near = [one for one in priced.refused if one.code in _NEAR and one.offer_id in offers]
    near += [step for one in priced.applied if (step := _next(offers.get(one.offer_id), priced, basket))]
    return said, [_named(offers[one.offer_id], _step(offers[one.offer_id], one)) for one in near[:4]]


def _named(offer: values.Offer | None, words: str) -> str:
    return f"{offer.name} · {words}" if offer is not None else words


def _step(offer: values.Offer, one: values.NotApplied) -> str:
    """What is missing, and what it would give."""
    return f"{wording.reason(one)} · {wording.rule(offer)}"


def _next(offer: values.Offer | None, priced: values.Priced, basket: ShopBasket) -> values.NotApplied | None:
    """The next tier of a ladder whose lower one counts already, with what is missing to it."""
    if offer is None or not isinstance(offer.terms, values.Reduction) or offer.terms.repeat:
        return None
    inside = {item.key for item in basket.basket.items if offer.scope.holds(item)}
    lines = [line for line in priced.lines if line.key in inside]
    if offer.terms.by_pieces:
        has = sum(line.pieces for line in lines)
    else:
        has = sum(line.gross_fen - line.unit_off_fen - line.bundle_off_fen for line in lines)
    above = [tier.at for tier in offer.terms.tiers if tier.at > has]
    if not above:
        return None
    code = "threshold_pieces" if offer.terms.by_pieces else "threshold"
    return values.NotApplied(
        offer.id, offer.kind, code, {"at": min(above), "has": has, "short": min(above) - has}
    )


def count(request: Any, buyer: Buyer | None) -> int:
    """How many kinds of things lie in the cart, for the mark on the cart's sign. One statement, or none."""
    if buyer is None:
        return len(cart_kept.lines_of(request))
    return CartLine.objects.filter(buyer=buyer).count()


def counts(buyer_ids: Collection[int]) -> dict[int, int]:
    """How many kinds of things lie in the carts of these buyers; who has none is left out. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT buyer_id, count(*) FROM checkout_cartline WHERE buyer_id = ANY(%s) GROUP BY buyer_id",
            [sorted(set(buyer_ids))],
        )
        return dict(cursor.fetchall())
