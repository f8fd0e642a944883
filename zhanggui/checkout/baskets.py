"""Pricing baskets of any shops and buyers at a moment: one reading of the database, then the pure calculation.

The cart, the checkout, an agent's quote and the placing of an order all come here, so they cannot differ.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import permutations

from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.checkout.gathered import Gathered, gather
from zhanggui.checkout.handed_on import Spent
from zhanggui.freight.prepared import Tariff
from zhanggui.freight.quotes import Part
from zhanggui.freight.rules import Receipt
from zhanggui.promotions.pricing import engine, values
from zhanggui.promotions.pricing.keeping import digest
from zhanggui.shops.models import Shop

FREE = values.Postage(0, "priced", None)
"""Nothing of the basket has to be sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A basket of one shop. `lines`: (SKU id, pieces). `region`: GB/T 2260 code, "" unknown yet.

    `carrier_code` None: the shop's default. `fixed`: agreed price of a piece in fen by SKU (auction won, an agent's
    quote): such a SKU need not stand on the shelf. `cod`: paid on delivery, so no red packets.
    """

    shop: Shop
    lines: Sequence[tuple[int, int]]
    region: str = ""
    carrier_code: str | None = None
    wish: values.Wish = values.Wish()
    fixed: Mapping[int, int] = field(default_factory=dict)
    cod: bool = False


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as it leaves, presents in it: what the shop's own tables say of it. None: not known.

    `gifts`: pieces of presents in it. `fee_fen`: what the tables ask for it; `charged_fen`: what they asked for what was
    bought alone, which is all that the buyer pays for.
    """

    gifts: int
    pieces: int
    weight_g: int | None
    volume_cm3: int | None
    fee_fen: int | None
    charged_fen: int | None

    @property
    def borne_fen(self) -> int | None:
        """What the presents add to the cost of sending: the shop bears it."""
        if self.fee_fen is None or self.charged_fen is None:
            return None
        return max(self.fee_fen - self.charged_fen, 0)


@dataclass(frozen=True, slots=True)
class ShopBasket:
    """A priced basket of one shop.

    `sellable`: pieces that can be had by SKU (not tracked: absent). `quote`: the freight receipt, None when nothing is
    sent. `digest`: of what the buyer sees. `gone`: SKUs that are not on the shelf (any more); they are not priced.
    `priced` None: nothing is left to price. `goods`: the SKUs, presents included. `parcel`: as it leaves, None where no
    present is sent with it.
    """

    shop: Shop
    basket: values.Basket
    offers: tuple[values.Offer, ...]
    priced: values.Priced | None
    sellable: Mapping[int, int]
    quote: Receipt | None
    digest: str
    gone: tuple[int, ...]
    goods: Mapping[int, SkuInShop]
    parcel: Parcel | None = None

    def too_many(self) -> dict[int, int]:
        """SKUs of which more pieces are in the basket than can be had now, with how many can."""
        wanted: dict[int, int] = {}
        for item in self.basket.items:
            wanted[item.sku_id] = wanted.get(item.sku_id, 0) + item.pieces
        return {sku: self.sellable[sku] for sku, n in wanted.items() if n > self.sellable.get(sku, n)}


def price_baskets(
    *, buyer_id: int | None, merchant_id: int, shops: Sequence[Asked], at: datetime
) -> list[ShopBasket]:
    """Price the baskets of a buyer in these shops: one checkout, so nothing scarce counts twice (`price_read`).

    Seven statements however many shops and lines (one more per shop where an offer is for new buyers only). A shop of
    another merchant has no offers of this one; `merchant_id` says whose pages the buyer is on. Takes nothing.
    """
    mine = [asked for asked in shops if asked.shop.merchant_id == merchant_id]
    if len(mine) != len(shops):
        raise ValueError("a checkout is of one merchant")
    read = gather(((asked.shop, buyer_id, [sku for sku, _pieces in asked.lines]) for asked in shops), at=at)
    return price_read(read, [(buyer_id, asked) for asked in shops], at=at)


_MOST_ORDERS = 3
"""Shops of a checkout of which every order is tried: six of them."""


def price_read(
    read: Gathered,
    asked: Sequence[tuple[int | None, Asked]],
    *,
    at: datetime,
    checkouts: Sequence[Hashable] | None = None,
) -> list[ShopBasket]:
    """Price baskets from what was read already, giving them in the order of the list. No statement.

    What is scarce is handed on from basket to basket of a checkout: red packets, and what offers have left (coupons
    held, times, budget, shares). `checkouts`: which one each basket is of; None: all of a buyer are one. Its shops come
    by id; where baskets want the same thing, every order of up to three is tried and the cheapest taken (docs/laws/prices.md).
    """
    keys = [buyer_id for buyer_id, _one in asked] if checkouts is None else checkouts
    together: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        together.setdefault(key, []).append(place)
    spent: dict[int, int] = {}
    found: dict[int, ShopBasket] = {}
    for places in together.values():
        places.sort(key=lambda place: asked[place][1].shop.pk)
        priced, used = _in_order(read, asked, places, spent, at)
        if 1 < len(places) <= _MOST_ORDERS and used.contended(one.offers for one in priced.values()):
            orders = [(priced, used), *(_in_order(read, asked, o, spent, at) for o in _others(places))]
            priced, used = min(orders, key=lambda order: _worth(order[0].values()))
        found.update(priced)
        spent = used.packets
    return [found[place] for place in range(len(asked))]


def _others(places: Sequence[int]) -> list[tuple[int, ...]]:
    return list(permutations(places))[1:]


def _in_order(
    read: Gathered,
    asked: Sequence[tuple[int | None, Asked]],
    places: Sequence[int],
    packets: Mapping[int, int],
    at: datetime,
) -> tuple[dict[int, ShopBasket], Spent]:
    """The baskets at these places, the first one served first; with what all have used up."""
    spent = Spent(dict(packets))
    found = {}
    for place in places:
        found[place] = _price(read, *asked[place], spent, at)
        spent.add(found[place].priced)
    return found, spent


def _worth(baskets: Collection[ShopBasket]) -> tuple[int, int, int]:
    """What a checkout costs, to compare: unknown postages, then goods and postage, then cash."""
    priced = [one.priced for one in baskets if one.priced is not None]
    return (
        sum(one.due_fen is None for one in priced),
        sum(one.goods_fen if one.due_fen is None else one.due_fen for one in priced),
        sum(one.goods_fen if one.cash_fen is None else one.cash_fen for one in priced),
    )


def _price(read: Gathered, buyer_id: int | None, asked: Asked, spent: Spent, at: datetime) -> ShopBasket:
    shop = asked.shop
    sums: dict[int, int] = {}
    for sku_id, pieces in asked.lines:
        sums[sku_id] = sums.get(sku_id, 0) + pieces
    goods = read.goods_of(shop)
    gone = tuple(sku for sku in sums if sku not in goods or not (goods[sku].on or sku in asked.fixed))
    items = tuple(
        _item(goods[sku], pieces, asked.fixed.get(sku)) for sku, pieces in sums.items() if sku not in gone
    )
    sellable = read.sellable.get(shop.pk, {})
    offers = _within_stock(spent.left_of(read.offers_of(shop, buyer_id)), items, sellable)
    basket = values.Basket(
        items,
        spent.seen_by(read.buyer(shop, buyer_id)),
        asked.region,
        replace(asked.wish, packets=()) if asked.cod else asked.wish,
        read.setting(shop, "promotions.red_packets_per_order"),
    )
    if not items:
        return ShopBasket(shop, basket, offers, None, sellable, None, "", gone, goods)
    postage = postage_of(read.tariffs[shop.pk], items, asked.region, asked.carrier_code)
    packets = () if asked.cod else _packets(read, shop, buyer_id, spent.packets)
    priced = engine.price(basket, at=at, offers=offers, packets=packets, postage=postage)
    quote = priced.postage.receipt if isinstance(priced.postage.receipt, Receipt) else None
    parcel = _parcel(read.tariffs[shop.pk], items, priced, goods, asked) if priced.gifts else None
    return ShopBasket(shop, basket, offers, priced, sellable, quote, digest(priced), gone, goods, parcel)


def _parcel(
    tariff: Tariff,
    items: Sequence[values.Item],
    priced: values.Priced,
    goods: Mapping[int, SkuInShop],
    asked: Asked,
) -> Parcel | None:
    """The parcel with its presents. The buyer pays for what he bought (docs/laws/prices.md, 8); this is what it weighs."""
    gifts = [(goods.get(gift.sku_id), gift.pieces) for gift in priced.gifts]
    sent = [(card, pieces) for card, pieces in gifts if card is None or not card.virtual]
    if not sent:
        return None
    bought = [item for item in items if not item.virtual]
    pieces = sum(item.pieces for item in bought) + sum(n for _card, n in sent)
    weights: list[tuple[int | None, int]] = [(item.weight_g, item.pieces) for item in bought]
    volumes: list[tuple[int | None, int]] = [(item.volume_cm3, item.pieces) for item in bought]
    for card, n in sent:
        weights.append((card.weight_g if card else None, n))
        volumes.append((card.volume_cm3 if card else None, n))
    weight, volume = _total(weights), _total(volumes)
    part = Part(pieces, weight, volume, priced.goods_fen)
    fee = tariff.receipt(asked.region, [part], asked.carrier_code).fee_fen
    return Parcel(sum(n for _card, n in sent), pieces, weight, volume, fee, priced.postage.fee_fen)


def _item(card: SkuInShop, pieces: int, fixed: int | None) -> values.Item:
    return values.Item(
        key=str(card.sku_id),
        sku_id=card.sku_id,
        product_id=card.product_id,
        pieces=pieces,
        price_fen=card.price_fen if fixed is None else fixed,
        cost_fen=card.cost_fen,
        floor_fen=card.floor_fen,
        weight_g=card.weight_g,
        volume_cm3=card.volume_cm3,
        categories=card.categories,
        virtual=card.virtual,
        fixed=fixed is not None,
        instalments=card.instalments,
        title=card.title,
    )


def postage_of(
    tariff: Tariff, items: Sequence[values.Item], region: str, carrier_code: str | None
) -> Callable[[int], values.Postage]:
    """What sending these costs when the goods cost so much: the shop's own tables, to the fen as a quote says it.

    Presents are none of them: nobody pays postage for what he did not ask for (docs/laws/prices.md, 8).
    """
    sent = [item for item in items if not item.virtual]
    if not sent:
        return lambda _fen: FREE
    pieces = sum(item.pieces for item in sent)
    weight = _total([(item.weight_g, item.pieces) for item in sent])
    volume = _total([(item.volume_cm3, item.pieces) for item in sent])
    known: dict[int, values.Postage] = {}

    def cost(goods_fen: int) -> values.Postage:
        if goods_fen not in known:
            receipt = tariff.receipt(region, [Part(pieces, weight, volume, goods_fen)], carrier_code)
            known[goods_fen] = values.Postage(receipt.fee_fen, receipt.outcome, receipt)
        return known[goods_fen]

    return cost


def _total(measures: Collection[tuple[int | None, int]]) -> int | None:
    """A sum of measures, unknown when one is unknown."""
    whole = 0
    for measure, pieces in measures:
        if not measure:
            return None
        whole += measure * pieces
    return whole


def _packets(
    read: Gathered, shop: Shop, buyer_id: int | None, spent: Mapping[int, int]
) -> tuple[values.Packet, ...]:
    if buyer_id is None or buyer_id not in read.people:
        return ()
    left = [
        replace(packet, left_fen=packet.left_fen - spent.get(packet.id, 0))
        for packet, shops in read.people[buyer_id].packets
        if not shops or shop.pk in shops
    ]
    return tuple(packet for packet in left if packet.left_fen > 0)


def _within_stock(
    offers: tuple[values.Offer, ...], items: Sequence[values.Item], sellable: Mapping[int, int]
) -> tuple[values.Offer, ...]:
    """Offers whose presents are bounded by what the stock has beside what is bought."""
    bought: dict[int, int] = {}
    for item in items:
        bought[item.sku_id] = bought.get(item.sku_id, 0) + item.pieces

    def left(present: values.Present, offer: values.Offer) -> values.Present:
        if present.sku_id:
            skus = [present.sku_id]
        else:
            skus = [item.sku_id for item in items if offer.scope.holds(item)]
        if not skus or any(sku not in sellable for sku in skus):
            return present
        stock = sum(max(sellable[sku] - bought.get(sku, 0), 0) for sku in skus)
        return replace(present, left=stock if present.left is None else min(present.left, stock))

    def bounded(offer: values.Offer) -> values.Offer:
        terms = offer.terms
        if isinstance(terms, values.Gift):
            tiers = tuple((at, left(present, offer)) for at, present in terms.tiers)
            return replace(offer, terms=replace(terms, tiers=tiers))
        if isinstance(terms, values.BuyGet):
            return replace(offer, terms=replace(terms, present=left(terms.present, offer)))
        return offer

    return tuple(bounded(offer) for offer in offers)
