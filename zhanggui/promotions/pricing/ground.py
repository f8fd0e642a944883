"""The basket as the steps read it: lines by number, scopes as bit masks over them, and who may use which offer."""

from collections.abc import Iterable
from datetime import datetime

from zhanggui.kit.regions import path_of
from zhanggui.promotions.pricing.values import (
    Basket,
    Coupon,
    Flash,
    FreePostage,
    Item,
    Kind,
    Member,
    Numbers,
    Offer,
    Presale,
    Scope,
    Voucher,
)

CLASSES = {  # the order of the steps
    Kind.FLASH: 0,
    Kind.MEMBER: 0,
    Kind.PRESALE: 0,
    Kind.BUNDLE: 1,
    Kind.GIFT: 2,
    Kind.BUY_GET: 2,
    Kind.REDUCTION: 3,
    Kind.COUPON: 4,
    Kind.VOUCHER: 5,
    Kind.FREE_POSTAGE: 6,
}

Refusal = tuple[str, Numbers]
"""Why an offer does not count: a code of `wording.REASONS` and its numbers."""


def bits(mask: int) -> list[int]:
    """The numbers of the lines in a mask, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def share_of(amount: int, basis_points: int) -> int:
    """That many ten-thousandths of an amount, half up to the fen."""
    return (amount * basis_points + 5000) // 10000


class Ground:
    """One basket at one moment, indexed. Built once for each calculation."""

    __slots__ = (
        "_categories",
        "_products",
        "_skus",
        "at",
        "basket",
        "buyer",
        "fixed_fen",
        "free",
        "gross",
        "items",
        "path",
        "pieces",
    )

    def __init__(self, basket: Basket, at: datetime) -> None:
        self.basket, self.at, self.buyer = basket, at, basket.buyer
        self.items: tuple[Item, ...] = basket.items
        self.path: Iterable[str] = path_of(basket.region) if basket.region else ()
        self.pieces = [item.pieces for item in self.items]
        self.gross = [item.price_fen * item.pieces for item in self.items]
        self.free = 0
        self.fixed_fen = 0
        self._products: dict[int, int] = {}
        self._skus: dict[int, int] = {}
        self._categories: dict[int, int] = {}
        bit = 1
        for item in self.items:
            if item.fixed:
                self.fixed_fen += item.price_fen * item.pieces
            else:
                self.free |= bit
                self._products[item.product_id] = self._products.get(item.product_id, 0) | bit
                self._skus[item.sku_id] = self._skus.get(item.sku_id, 0) | bit
                for category in item.categories:
                    self._categories[category] = self._categories.get(category, 0) | bit
            bit <<= 1

    def reach(self, scope: Scope) -> int:
        """The lines in a scope; never a fixed one."""
        if scope.products or scope.skus or scope.categories:
            mask = 0
            for wanted, held in (
                (scope.products, self._products),
                (scope.skus, self._skus),
                (scope.categories, self._categories),
            ):
                if wanted:
                    for key, lines in held.items():
                        if key in wanted:
                            mask |= lines
        else:
            mask = self.free
        if scope.except_products:
            for key, lines in self._products.items():
                if key in scope.except_products:
                    mask &= ~lines
        return mask

    def of_sku(self, sku_id: int) -> int:
        """The lines of a SKU that are not fixed."""
        return self._skus.get(sku_id, 0)

    def bar(self, offer: Offer) -> Refusal | None:
        """Why an offer is not for this moment, buyer or address; None when nothing stands in the way."""
        if offer.starts_at > self.at:
            return "not_started", {"at": offer.starts_at.isoformat()}
        if offer.ends_at <= self.at:
            return "ended", {"at": offer.ends_at.isoformat()}
        buyer = self.buyer
        if offer.levels and buyer.level not in offer.levels:
            return "levels", {"levels": "/".join(map(str, sorted(offer.levels))), "has": buyer.level}
        if offer.first_order_only and not buyer.first_order:
            return "first_order", {}
        regions = offer.regions
        terms = offer.terms
        if regions and (found := self._elsewhere(regions)):
            return found
        if isinstance(terms, FreePostage) and terms.regions and (found := self._elsewhere(terms.regions)):
            return found
        if isinstance(terms, Coupon | Voucher) and offer.held <= 0:
            return "not_held", {}
        if isinstance(terms, Member) and not any(level <= buyer.level for level in terms.percents_bp):
            return "level", {"level": min(terms.percents_bp, default=0), "has": buyer.level}
        if offer.per_buyer is not None and buyer.used.get(offer.id, 0) >= offer.per_buyer:
            return "per_buyer", {"most": offer.per_buyer, "used": buyer.used.get(offer.id, 0)}
        if offer.left_times is not None and offer.left_times <= 0:
            return "times_gone", {}
        if offer.left_fen is not None and offer.left_fen <= 0:
            return "budget", {"left": offer.left_fen}
        return None

    def times_left(self, offer: Offer) -> int | None:
        """How often (pieces, sets) this buyer may use an offer in this basket; None without limit."""
        limits = [] if offer.left_times is None else [offer.left_times]
        if offer.per_buyer is not None:
            limits.append(offer.per_buyer - self.buyer.used.get(offer.id, 0))
        return min(limits) if limits else None

    def _elsewhere(self, regions: tuple[str, ...]) -> Refusal | None:
        if any(region == "1" for region in regions):
            return None
        if not self.basket.region:
            return "region_unknown", {}
        return None if any(region in self.path for region in regions) else ("region", {})


def unit_of(offer: Offer, item: Item, level: int) -> int | None:
    """What a price offer makes of one piece, in fen; None when it has no price for it."""
    terms = offer.terms
    if isinstance(terms, Flash):
        own = terms.prices.get(item.sku_id)
        if own is not None:
            return own
        return None if terms.percent_bp is None else share_of(item.price_fen, terms.percent_bp)
    if isinstance(terms, Member):
        reached = max((step for step in terms.percents_bp if step <= level), default=None)
        return None if reached is None else share_of(item.price_fen, terms.percents_bp[reached])
    if isinstance(terms, Presale):
        whole = terms.prices.get(item.sku_id)
        return None if whole is None else max(0, whole - max(0, terms.worth_fen - terms.deposit_fen))
    return None
