"""All that prices need of the database, for any number of baskets, shops and buyers: seven statements, then pure values.

Nothing here is locked: a price is a reading. Stock, offers and red packets are taken when an order is placed.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from zhanggui.catalog.queries.window import SkuInShop
from zhanggui.freight.prepared import Tariff, prepare
from zhanggui.kit.clock import CHINA, day_of
from zhanggui.kit.prepared import ask
from zhanggui.promotions.newcomers import new_among
from zhanggui.promotions.pricing import values
from zhanggui.promotions.queries.live import offers_for
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy
from zhanggui.stock.queries import sellable_many


@dataclass(frozen=True, slots=True)
class Who:
    """A buyer as the calculation needs him. `packets`: (red packet, shops it holds in; none: everywhere)."""

    id: int
    nick: str = ""
    level: int = 0
    used: Mapping[int, int] = field(default_factory=dict)
    held: Mapping[int, int] = field(default_factory=dict)
    packets: tuple[tuple[values.Packet, tuple[int, ...]], ...] = ()


@dataclass(slots=True)
class Gathered:
    """What was read, by shop, SKU and buyer."""

    shops: Mapping[int, Shop]
    settings: Mapping[tuple[int, str], Any]
    offers: Mapping[int, tuple[values.Offer, ...]]
    goods: Mapping[tuple[int, int], SkuInShop]
    sellable: Mapping[int, Mapping[int, int]]
    tariffs: Mapping[int, Tariff]
    people: Mapping[int, Who]
    newcomers: frozenset[tuple[int, int]]
    _by_shop: dict[int, dict[int, SkuInShop]] = field(default_factory=dict)

    def setting(self, shop: Shop, name: str) -> Any:
        """What the shop set, else the policy's default."""
        return self.settings.get((shop.pk, name), policy(name).of_nobody(shop))

    def goods_of(self, shop: Shop) -> Mapping[int, SkuInShop]:
        """The shop's goods that were read, by SKU: one mapping for all baskets of the shop."""
        if not self._by_shop:
            for (shop_id, sku), card in self.goods.items():
                self._by_shop.setdefault(shop_id, {})[sku] = card
        return self._by_shop.get(shop.pk, {})

    def offers_of(self, shop: Shop, buyer_id: int | None) -> tuple[values.Offer, ...]:
        """The shop's live offers with the coupons of this buyer."""
        who = self.people.get(buyer_id) if buyer_id is not None else None
        held = who.held if who is not None else {}
        return tuple(replace(o, held=held[o.id]) if o.id in held else o for o in self.offers[shop.pk])

    def buyer(self, shop: Shop, buyer_id: int | None) -> values.Buyer:
        """The buyer as the calculation reads him."""
        who = self.people.get(buyer_id) if buyer_id is not None else None
        if who is None:
            return values.Buyer(id=buyer_id)
        return values.Buyer(who.id, who.level, (who.id, shop.pk) in self.newcomers, who.used)


def gather(
    asked: Iterable[tuple[Shop, int | None, Collection[int]]], *, at: datetime, stock: bool = True
) -> Gathered:
    """Read what baskets need. `asked`: shop, buyer, SKU ids. Seven statements (one more where an offer is for new buyers).

    Buyers, shops and SKUs may come in any number. Offers are read once per merchant.
    """
    asked = list(asked)
    shops = {shop.pk: shop for shop, _buyer, _skus in asked}
    settings = read_settings(list(shops.values()), at)
    offers = _offers(shops.values(), at)
    skus: dict[int, set[int]] = defaultdict(set)
    for shop, _buyer, ids in asked:
        skus[shop.pk].update(ids)
    for shop_id, live in offers.items():
        skus[shop_id].update(presents(live))
    pairs = [(shop_id, sku) for shop_id, ids in skus.items() for sku in sorted(ids)]
    buyers = {buyer for _shop, buyer, _skus in asked if buyer is not None}
    people = _people(buyers, {offer.id: offer for live in offers.values() for offer in live}.values(), at)
    return Gathered(
        shops,
        settings,
        offers,
        goods_of(pairs, at),
        sellable_many(skus, at=at) if stock else {},
        prepare(list(shops.values()), settings),
        people,
        _newcomers(asked, offers),
    )


def read_settings(shops: Sequence[Shop], at: datetime) -> dict[tuple[int, str], Any]:
    """What the shops set for themselves, by (shop, policy). One statement."""
    rows = ask(
        "SELECT shop_id, name, value FROM shops_setting WHERE shop_id = ANY(%s::bigint[]) AND since <= %s "
        "ORDER BY since, set_at",
        [[shop.pk for shop in shops], day_of(at)],
    )
    return {(shop, name): json.loads(value) for shop, name, value in rows}


def _offers(shops: Iterable[Shop], at: datetime) -> dict[int, tuple[values.Offer, ...]]:
    merchants: dict[int, list[int]] = defaultdict(list)
    for shop in shops:
        merchants[shop.merchant_id].append(shop.pk)
    found: dict[int, tuple[values.Offer, ...]] = {}
    for merchant_id, ids in sorted(merchants.items()):
        found.update(offers_for(merchant_id, ids, at=at, buyer_id=None))
    return found


def presents(offers: Iterable[values.Offer]) -> set[int]:
    """SKUs that these offers may give away (0 stands for "the same again" and is left out)."""
    found: set[int] = set()
    for offer in offers:
        if isinstance(offer.terms, values.Gift):
            found.update(present.sku_id for _at, present in offer.terms.tiers)
        elif isinstance(offer.terms, values.BuyGet):
            found.add(offer.terms.present.sku_id)
    return found - {0}


# IS TRUE: a plan that was made before the tables had statistics would walk all goods of the merchant.
_GOODS = """
SELECT v.shop, s.id, p.id, l.id, s.code, p.title, s.spec, s.price_fen, s.cost_fen, s.floor_fen, s.weight_g,
  s.volume_cm3, p.virtual, p.hold, p.instalments,
  ARRAY(SELECT lc.shopcategory_id FROM catalog_listing_categories lc WHERE lc.listing_id = l.id UNION
    SELECT c.parent_id FROM catalog_listing_categories lc JOIN catalog_shopcategory c ON c.id = lc.shopcategory_id
    WHERE lc.listing_id = l.id AND c.parent_id IS NOT NULL),
  coalesce(nullif(s.picture, ''), (SELECT name FROM catalog_picture x WHERE x.product_id = p.id AND x.role = 'main'
    ORDER BY x.position, x.id LIMIT 1), ''),
  coalesce(l.state = 'on' AND l.on_at <= %(at)s::timestamptz AND (l.off_at IS NULL OR l.off_at > %(at)s::timestamptz)
    AND (s.off_at IS NULL OR s.off_at > %(at)s::timestamptz), false),
  p.postage_included
FROM unnest(%(shops)s::bigint[], %(skus)s::bigint[]) AS v(shop, sku)
JOIN shops_shop h ON h.id = v.shop JOIN catalog_sku s ON s.id = v.sku
JOIN catalog_product p ON p.id = s.product_id AND (p.merchant_id = h.merchant_id) IS TRUE
LEFT JOIN catalog_listing l ON l.shop_id = v.shop AND l.product_id = p.id
"""


def goods_of(pairs: Sequence[tuple[int, int]], at: datetime) -> dict[tuple[int, int], SkuInShop]:
    """SKUs as shops sell them at a moment, by (shop, SKU): `catalog.queries.window.skus` for many shops. One statement."""
    if not pairs:
        return {}
    asked = {"at": at, "shops": [shop for shop, _ in pairs], "skus": [sku for _, sku in pairs]}
    return {
        (row[0], row[1]): SkuInShop(*(*row[1:15], frozenset(row[15]), *row[16:]))
        for row in ask(_GOODS, asked)
    }


_PEOPLE = """
SELECT 'who', b.id, jsonb_build_array(b.nick, b.level), NULL::timestamptz, NULL::timestamptz
FROM customers_buyer b WHERE b.id = ANY(%(buyers)s::bigint[])
UNION ALL
SELECT 'used', u.buyer_id, jsonb_build_array(u.offer_id, sum(u.times)), NULL, NULL FROM promotions_use u
WHERE u.buyer_id = ANY(%(buyers)s::bigint[]) AND u.offer_id = ANY(%(counted)s::bigint[]) AND u.state <> 'back' GROUP BY 2, u.offer_id
UNION ALL
SELECT 'held', c.buyer_id, jsonb_build_array(c.offer_id, count(*)), NULL, NULL FROM promotions_coupon c
WHERE c.buyer_id = ANY(%(buyers)s::bigint[]) AND c.state = 'free' AND c.good_from <= %(at)s::timestamptz AND c.good_until > %(at)s::timestamptz
GROUP BY 2, c.offer_id
UNION ALL
SELECT 'red', p.buyer_id, jsonb_build_array(p.id, p.left_fen, to_jsonb(i.shop_ids)), p.good_from, p.good_until
FROM promotions_redpacket p JOIN promotions_redpacketissue i ON i.id = p.issue_id
WHERE p.buyer_id = ANY(%(buyers)s::bigint[]) AND p.state = 'credited' AND p.left_fen > 0 AND p.good_from <= %(at)s::timestamptz
AND p.good_until >= %(at)s::timestamptz
"""


def _people(buyers: Collection[int], offers: Iterable[values.Offer], at: datetime) -> dict[int, Who]:
    """Buyers with their level, uses, coupons and red packets. One statement, none for nobody."""
    if not buyers:
        return {}
    counted = sorted(offer.id for offer in offers if offer.per_buyer is not None)
    who: dict[int, tuple[str, int]] = {}
    used: dict[int, dict[int, int]] = defaultdict(dict)
    held: dict[int, dict[int, int]] = defaultdict(dict)
    red: dict[int, list[tuple[values.Packet, tuple[int, ...]]]] = defaultdict(list)
    rows = ask(_PEOPLE, {"buyers": sorted(buyers), "counted": counted, "at": at})
    for kind, buyer, told, good_from, good_until in rows:
        v = json.loads(told)
        if kind == "who":
            who[buyer] = (v[0], v[1])
        elif kind == "used":
            used[buyer][v[0]] = int(v[1])
        elif kind == "held":
            held[buyer][v[0]] = int(v[1])
        else:
            packet = values.Packet(v[0], v[1], good_from.astimezone(CHINA), good_until.astimezone(CHINA))
            red[buyer].append((packet, tuple(v[2])))
    return {
        pk: Who(
            pk,
            nick,
            level,
            used[pk],
            held[pk],
            tuple(sorted(red[pk], key=lambda one: (one[0].good_until, one[0].id))),
        )
        for pk, (nick, level) in who.items()
    }


def _newcomers(
    asked: Sequence[tuple[Shop, int | None, Collection[int]]], offers: Mapping[int, Sequence[values.Offer]]
) -> frozenset[tuple[int, int]]:
    """(buyer, shop) of those who never bought there; asked only where an offer is for new buyers."""
    wanted = {shop_id for shop_id, live in offers.items() if any(offer.first_order_only for offer in live)}
    found: set[tuple[int, int]] = set()
    for shop_id in sorted(wanted):
        buyers = {buyer for shop, buyer, _ in asked if shop.pk == shop_id and buyer is not None}
        found.update((buyer, shop_id) for buyer in new_among(buyers, [shop_id]))
    return frozenset(found)
