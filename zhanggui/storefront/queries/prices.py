"""What one piece costs now: list price, price under the live offers, and price with a coupon one can have.

Only the calculation of `promotions` decides; this asks it for a basket of one piece. Offers are loaded once a page.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from zhanggui.catalog.queries.window import Card
from zhanggui.customers.models import Buyer
from zhanggui.promotions import wording
from zhanggui.promotions.pricing import engine, values
from zhanggui.promotions.queries import live
from zhanggui.shops.models import Shop
from zhanggui.storefront.queries.goods import lines_of

TICKETS = (values.Kind.COUPON, values.Kind.VOUCHER)


def concerns(offer: values.Offer, item: values.Item, buyer: values.Buyer) -> bool:
    """Whether a piece of this can ever come under the offer: its scope holds, and where the terms name goods they name
    this one. What is for others (a member level, new buyers) does not concern a buyer who is known. No statement.
    """
    if not offer.scope.holds(item):
        return False
    if buyer.id is not None and (
        (offer.first_order_only and not buyer.first_order)
        or (offer.levels and buyer.level not in offer.levels)
    ):
        return False
    terms = offer.terms
    if isinstance(terms, values.Flash):
        named = item.sku_id in terms.prices or terms.percent_bp is not None
        return named and terms.shares.get(item.sku_id, 1) > 0
    if isinstance(terms, values.Bundle):
        return item.sku_id in terms.pieces
    if isinstance(terms, values.Presale):
        return item.sku_id in terms.prices
    return True


@dataclass(frozen=True, slots=True)
class Climate:
    """The offers of some shops at a moment, for one buyer. `takeable`: ids of coupons the buyer can still take."""

    at: datetime
    buyer: values.Buyer = values.Buyer()
    offers: Mapping[int, tuple[values.Offer, ...]] = field(default_factory=dict)
    takeable: frozenset[int] = frozenset()

    def about(self, shop_id: int, item: values.Item) -> list[values.Offer]:
        """The offers of a shop that are about a line."""
        return [offer for offer in self.offers.get(shop_id, ()) if offer.scope.holds(item)]


@dataclass(frozen=True, slots=True)
class Tag:
    """A price as it is shown, in fen. `now_fen`: under the offers; `coupon_fen`: with a coupon held or to be taken,
    None when no coupon makes it less. `why`: the rules that made it so, in words. `ends_at`: when the first of them ends.
    """

    list_fen: int
    now_fen: int
    coupon_fen: int | None = None
    why: tuple[str, ...] = ()
    coupon_why: tuple[str, ...] = ()
    ends_at: datetime | None = None

    @property
    def cut(self) -> bool:
        """Whether it costs less than the list price."""
        return self.now_fen < self.list_fen

    @property
    def best_fen(self) -> int:
        """The lowest price that the page may name."""
        return self.coupon_fen if self.coupon_fen is not None else self.now_fen


def climate(
    shops: Iterable[Shop], *, at: datetime, buyer: Buyer | None, takeable: Iterable[int] = ()
) -> Climate:
    """Load the offers of shops: one statement for each merchant, one or two for a buyer, however many goods."""
    shops = list(shops)
    buyer_id = buyer.pk if buyer is not None else None
    merchants: dict[int, list[int]] = defaultdict(list)
    for shop in shops:
        merchants[shop.merchant_id].append(shop.pk)
    offers: dict[int, tuple[values.Offer, ...]] = {}
    for merchant_id, ids in merchants.items():
        offers |= live.offers_for(merchant_id, ids, at=at, buyer_id=buyer_id)
    one = {offer.id: offer for held in offers.values() for offer in held}
    who = live.buyer(buyer_id, one.values(), shop_ids=[shop.pk for shop in shops])
    return Climate(at, who, offers, frozenset(takeable))


def tag(shop_id: int, item: values.Item, here: Climate) -> Tag:
    """The price of one piece. No statement; the engine is asked once, twice where a coupon is in reach."""
    offers = here.about(shop_id, item)
    if not offers:
        return Tag(item.price_fen, item.price_fen)
    plain = _priced(item, here, [offer for offer in offers if offer.kind not in TICKETS])
    names = {offer.id: offer for offer in offers}
    applied = [names[one.offer_id] for one in plain.applied if one.offer_id in names and one.off_fen > 0]
    shown = Tag(
        list_fen=item.price_fen,
        now_fen=plain.goods_fen,
        why=tuple(wording.rule(offer) for offer in applied),
        ends_at=min((offer.ends_at for offer in applied), default=None),
    )
    tickets = [
        replace(offer, held=1) if not offer.held and offer.id in here.takeable else offer
        for offer in offers
        if offer.kind in TICKETS and (offer.held or offer.id in here.takeable)
    ]
    if not tickets:
        return shown
    best = _priced(item, here, [offer for offer in offers if offer.kind not in TICKETS] + tickets)
    if best.goods_fen >= plain.goods_fen:
        return shown
    used = [names[one.offer_id] for one in best.applied if one.kind in TICKETS and one.offer_id in names]
    return replace(shown, coupon_fen=best.goods_fen, coupon_why=tuple(wording.rule(offer) for offer in used))


def tags(cards: Iterable[Card], here: Climate) -> dict[int, Tag]:
    """The price on each card (of its cheapest SKU), by listing id. One statement."""
    shown = list(cards)
    shops = {card.listing_id: card.shop_id for card in shown}
    return {pk: tag(shops[pk], item, here) for pk, item in lines_of(shown).items()}


def _priced(item: values.Item, here: Climate, offers: list[values.Offer]) -> values.Priced:
    basket = values.Basket(items=(item,), buyer=here.buyer)
    return engine.price(basket, at=here.at, offers=tuple(offers), postage=_later)


def _later(goods_fen: int) -> values.Postage:
    """The postage is not known on a card."""
    return values.Postage(None, "undefined")
