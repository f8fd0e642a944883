"""How low an offer can bring the goods together with all that runs beside it: looked at before it is approved.

Not a proof over all carts: the carts that bring the most off are tried, the cheapest margins first. The calculation
itself never goes below the floor without approval, whatever was found here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from zhanggui.catalog.models import ShopCategory, Sku
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import engine, values
from zhanggui.promotions.queries.live import as_values, with_left
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import skus_of

MOST_SKUS = 40
_MOST_PIECES = 20


@dataclass(frozen=True, slots=True)
class Breach:
    """A cart whose goods fall below their floor: so many pieces of a SKU, what they cost, what they may not go below."""

    sku_id: int
    title: str
    pieces: int
    goods_fen: int
    floor_fen: int
    offers: tuple[str, ...]


def breaches(offer: Offer) -> list[Breach]:
    """Carts that the offer would bring below the floor, with the offers that run at any time beside it, if all were
    approved to; the worst first. Four statements.
    """
    offers = _together(offer)
    own = offers[0]
    bundled = _bundled(own)
    levels = sorted({level for one in offers for level in one.levels} | _member_levels(offers) | {0})
    found: dict[int, Breach] = {}
    for sku, categories in _skus(offer, own):
        if bundled and found:
            break  # one cart is the whole bundle, whichever of its SKUs one begins with
        for pieces in _steps(own, sku.price_fen):
            for level in levels:
                breach = _lowest(own, offers, sku, bundled or [_item(sku, categories, pieces)], level)
                known = found.get(sku.pk)
                if breach and (known is None or _short(breach) > _short(known)):
                    found[sku.pk] = breach
    return sorted(found.values(), key=_short, reverse=True)


def _short(breach: Breach) -> int:
    return breach.floor_fen - breach.goods_fen


def _together(offer: Offer) -> list[values.Offer]:
    """The offer and those that run beside it, all as if they ran at its beginning and were approved to go below."""
    rows: QuerySet[Offer] = with_left(offer.starts_at).filter(
        Q(pk=offer.pk)
        | Q(
            merchant_id=offer.merchant_id,
            shop_ids__overlap=list(offer.shop_ids),
            state__in=RUNNING,
            starts_at__lt=offer.ends_at,
            ends_at__gt=offer.starts_at,
        )
    )
    shown = [
        replace(one, starts_at=offer.starts_at, ends_at=offer.ends_at, below_floor=True, regions=())
        for one in as_values(rows)
    ]
    return sorted(shown, key=lambda one: one.id != offer.pk)


def _member_levels(offers: Iterable[values.Offer]) -> set[int]:
    return {
        level for one in offers if isinstance(one.terms, values.Member) for level in one.terms.percents_bp
    }


def _skus(offer: Offer, own: values.Offer) -> Sequence[tuple[Any, frozenset[int]]]:
    """The SKUs of the offer with the thinnest margin, each with the shops' categories it stands in."""
    floor = Coalesce("floor_fen", "cost_fen")
    rows = (
        Sku.objects.select_related("product")
        .filter(merchant_id=offer.merchant_id, off_at__isnull=True, price_fen__gt=0)
        .annotate(floor=floor, thin=F("price_fen") - floor)
        .filter(floor__isnull=False)
    )
    named = skus_of(own.terms) if isinstance(own.terms, values.Bundle | values.Presale) else set()
    scope = own.scope
    if isinstance(own.terms, values.Flash) and own.terms.percent_bp is None:
        named = set(
            own.terms.prices
        )  # a price of its own is looked at, however fat the margin of the list price
    if named:
        rows = rows.filter(pk__in=sorted(named))
    elif scope.products or scope.skus or scope.categories:
        rows = rows.filter(
            Q(product_id__in=sorted(scope.products))
            | Q(pk__in=sorted(scope.skus))
            | Q(product__listings__categories__in=sorted(scope.categories))
        ).distinct()
    rows = rows.exclude(product_id__in=sorted(scope.except_products)).order_by("thin", "pk")[:MOST_SKUS]
    skus = list(rows)
    categories: dict[int, set[int]] = {}
    pairs = ShopCategory.objects.filter(
        shop_id__in=offer.shop_ids, listings__product__in=[sku.product_id for sku in skus]
    ).values_list("listings__product_id", "pk")
    for product_id, category_id in pairs:
        categories.setdefault(product_id, set()).add(category_id)
    return [(sku, frozenset(categories.get(sku.product_id, ()))) for sku in skus]


def _steps(own: values.Offer, price: int) -> list[int]:
    """The numbers of pieces at which the offer takes the most off."""
    terms, found = own.terms, {1, 2}
    needs: list[int] = []
    if isinstance(terms, values.Reduction):
        needs = [tier.at if terms.by_pieces else -(-tier.at // price) for tier in terms.tiers]
    elif isinstance(terms, values.Gift):
        needs = [at if terms.by_pieces else -(-at // price) for at, _present in terms.tiers]
    elif isinstance(terms, values.Coupon):
        needs = [-(-terms.threshold_fen // price)]
    elif isinstance(terms, values.BuyGet):
        needs = [terms.buy]
    return sorted(found | {need for need in needs if need <= _MOST_PIECES})


def _bundled(own: values.Offer) -> list[values.Item]:
    """The bundle's own cart; empty for the other kinds."""
    if not isinstance(own.terms, values.Bundle):
        return []
    rows = Sku.objects.select_related("product").filter(pk__in=sorted(own.terms.pieces)).order_by("pk")
    return [_item(row, frozenset(), own.terms.pieces[row.pk]) for row in rows]


def _lowest(
    own: values.Offer, offers: Sequence[values.Offer], sku: Any, items: Sequence[values.Item], level: int
) -> Breach | None:
    basket = values.Basket(tuple(items), values.Buyer(id=0, level=level, first_order=True))
    priced = engine.lowest(basket, at=own.starts_at, offers=offers, postage=lambda _goods: values.Postage(0))
    applied = {row.offer_id for row in priced.applied}
    if priced.goods_fen >= priced.floor_fen or own.id not in applied:
        return None
    names = tuple(one.name for one in offers if one.id in applied)
    pieces = sum(item.pieces for item in items)
    return Breach(sku.pk, sku.product.title, pieces, priced.goods_fen, priced.floor_fen, names)


def _item(sku: Any, categories: frozenset[int], pieces: int) -> values.Item:
    return values.Item(
        key=str(sku.pk),
        sku_id=sku.pk,
        product_id=sku.product_id,
        pieces=pieces,
        price_fen=sku.price_fen,
        cost_fen=sku.cost_fen,
        floor_fen=sku.floor_fen,
        categories=categories,
        virtual=sku.product.virtual,
        title=sku.product.title,
    )
