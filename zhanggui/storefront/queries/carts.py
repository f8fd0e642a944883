"""The cart as its owner sees it: what lies in it, what of it can be had now, and what the ticked lines cost together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection

from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.checkout.baskets import Asked, ShopBasket, postage_of, price_read
from zhanggui.checkout.gathered import Gathered, gather
from zhanggui.checkout.models import CartLine
from zhanggui.customers.models import Buyer
from zhanggui.promotions import wording
from zhanggui.promotions.pricing import values
from zhanggui.promotions.queries.naming import names_for
from zhanggui.promotions.wording import Names
from zhanggui.shops.models import Shop
from zhanggui.storefront import cart_kept
from zhanggui.storefront.actions.carts import InCart

_NEAR = frozenset({"threshold", "threshold_pieces"})
"""Reasons that say how much is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cart. `left`: how many can be had now, None not limited. Prices of a piece in fen.

    `parts`: what the pieces cost now, as the price function says it before anything that counts for the basket as a whole.
    """

    shop: Shop
    sku_id: int
    pieces: int
    picked: bool
    seen_fen: int
    card: SkuInShop | None
    left: int | None
    parts: tuple[values.Part, ...] = ()

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
    def now_fen(self) -> int:
        """What a piece costs now, where all cost the same; else the first of them."""
        return self.parts[0].unit_fen if self.parts else self.price_fen

    @property
    def cut(self) -> bool:
        """Whether an offer makes the pieces, or some of them, cheaper than the list price."""
        return any(part.unit_fen < self.price_fen for part in self.parts)

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
    free: tuple[int, int] | None = None
    """The goods' sum from which the shop's table asks no postage, and what is missing to it. Fen."""

    @property
    def postage_fen(self) -> int | None:
        """To the address that the cart was priced for; None: not known."""
        return self.priced.postage_fen if self.priced else None

    @property
    def all_picked(self) -> bool:
        return all(line.picked for line in self.lines if line.can)

    @property
    def priced(self) -> values.Priced | None:
        return self.basket.priced if self.basket else None


@dataclass(frozen=True, slots=True)
class Cart:
    """The whole cart. Fen. `region`: of the address whose postage is told, "" where none is known. Red packets come
    with the checkout.
    """

    shops: list[ShopCart]
    region: str = ""

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


def cart(lines: Iterable[InCart], buyer: Buyer | None, *, at: datetime, region: str = "") -> Cart:
    """The cart with its prices, and the postage to a region. Nine statements whatever its length (one more where an
    offer is for new buyers).
    """
    rows = list(lines)
    if not rows:
        return Cart([], region)
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
        (buyer_id, Asked(shops[pk], [(line.sku_id, line.can) for line in held if line.counts], region))
        for pk, held in found.items()
        if any(line.counts for line in held)
    ]
    baskets = {basket.shop.pk: basket for basket in price_read(read, asked, at=at)}
    apart = _apart(read, buyer_id, found, region, at)
    names = within_reach(baskets.values())
    return Cart(
        [
            _shop_cart(read, shops[pk], held, baskets.get(pk), apart.get(pk), region, names)
            for pk, held in found.items()
        ],
        region,
    )


def _apart(
    read: Gathered, buyer_id: int | None, found: Mapping[int, list[Line]], region: str, at: datetime
) -> dict[int, ShopBasket]:
    """What is on the shelf and not ticked, priced for itself: its pieces have a price too. No statement."""
    asked = [
        (buyer_id, Asked(held[0].shop, [(one.sku_id, one.can) for one in held if _waits(one)], region))
        for held in found.values()
        if any(_waits(one) for one in held)
    ]
    return {one.shop.pk: one for one in price_read(read, asked, at=at)}


def _waits(line: Line) -> bool:
    return bool(line.can) and not line.counts


def _shop_cart(
    read: Gathered,
    shop: Shop,
    lines: list[Line],
    basket: ShopBasket | None,
    apart: ShopBasket | None,
    region: str,
    names: Names,
) -> ShopCart:
    both = [one.priced for one in (basket, apart) if one is not None and one.priced is not None]
    parts = {line.sku_id: line.parts for priced in both for line in priced.lines}
    lines = [replace(line, parts=parts.get(line.sku_id, ())) for line in lines]
    if basket is None or basket.priced is None:
        return ShopCart(shop, lines, basket)
    said, near = told(basket, names)
    return ShopCart(shop, lines, basket, said, near, _free(read, basket, region))


def _free(read: Gathered, basket: ShopBasket, region: str) -> tuple[int, int] | None:
    """From which sum of the goods the shop's own table asks nothing for this parcel, where that is still to reach: the
    sum and what is missing. The table itself is asked, at each sum that it names. No statement.
    """
    priced = basket.priced
    if not region or priced is None or not priced.postage_fen:
        return None
    tariff = read.tariffs[basket.shop.pk]
    sums = {row.amount_fen for table in tariff.books.tables for row in table.free if row.amount_fen}
    cost = postage_of(tariff, basket.basket.items, region, None)
    at = next((fen for fen in sorted(sums) if fen > priced.goods_fen and cost(fen).fee_fen == 0), None)
    return None if at is None else (at, at - priced.goods_fen)


def told(
    basket: ShopBasket, names: Names | None = None, *, apart: Collection[values.Kind] = ()
) -> tuple[list[str], list[str]]:
    """The offers of a basket in words: those that count, and those within reach with what is missing. `names`: of the
    goods that rules name. `apart`: kinds that the page tells of elsewhere, so that nothing is said twice.
    """
    priced = basket.priced
    if priced is None:
        return [], []
    offers = {offer.id: offer for offer in basket.offers if not (offer.held and offer.kind in apart)}
    said = [
        _named(offers.get(one.offer_id), wording.said(one)) for one in priced.applied if one.kind not in apart
    ]
    near = [one for one in priced.refused if one.code in _NEAR and one.offer_id in offers]
    near += [step for one in priced.applied if (step := _next(offers.get(one.offer_id), priced, basket))]
    return said, [_named(offers[one.offer_id], _step(offers[one.offer_id], one, names)) for one in near[:4]]


def _named(offer: values.Offer | None, words: str) -> str:
    return f"{offer.name} · {words}" if offer is not None else words


def _step(offer: values.Offer, one: values.NotApplied, names: Names | None) -> str:
    """What is missing, and what it would give: of a ladder the step that is named."""
    terms = offer.terms
    if isinstance(terms, values.Reduction) and not terms.repeat:
        tiers = tuple(tier for tier in terms.tiers if tier.at == one.numbers.get("at"))
        offer = replace(offer, terms=replace(terms, tiers=tiers)) if tiers else offer
    return f"{wording.reason(one)} · {wording.rule(offer, names)}"


def within_reach(baskets: Iterable[ShopBasket]) -> Names:
    """Names for the rules of the offers that these baskets tell of: in reach, or in the buyer's purse. At most three
    statements, none where they are for everything.
    """
    offers: dict[int, values.Offer] = {}
    for basket in baskets:
        if basket.priced is not None:
            told = {one.offer_id for one in basket.priced.refused if one.code in _NEAR}
            told |= {one.offer_id for one in basket.priced.applied}
            offers |= {one.id: one for one in basket.offers if one.id in told or one.held}
    return names_for(offers.values())


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
