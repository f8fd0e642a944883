"""The doubts about an offer, with the prices of the goods that its terms name and what else begins in its shops."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce

from zhanggui.catalog.models import Sku
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions.doubts import Doubt, Price, doubts, too_often
from zhanggui.promotions.models import Offer, OfferKind, OfferState
from zhanggui.promotions.pricing import values
from zhanggui.promotions.terms import read, skus_of
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import value

_STANDING = (OfferKind.MEMBER, OfferKind.FREE_POSTAGE)
"""Kinds that are no campaign but the way a shop sells."""
_LONG = timedelta(days=93)
"""Offers longer than a quarter are no campaign either."""
_NEAR = timedelta(days=31)
_COUNTED = (OfferState.REVIEW, OfferState.SCHEDULED, OfferState.LIVE, OfferState.ENDED)


def doubts_of(offer: Offer) -> list[Doubt]:
    """What looks wrong with a kept offer; nothing for one that cannot be read any more. At most three statements and
    one for each of its shops."""
    try:
        return doubts_about(read(offer.kind, offer.terms)) + _frequency(offer)
    except Invalid:
        return []


def doubts_about(terms: values.Terms) -> list[Doubt]:
    """What looks wrong with terms. At most one statement."""
    priced = isinstance(terms, values.Flash | values.Presale | values.Bundle)
    named = sorted(skus_of(terms)) if priced else []
    rows = (
        Sku.objects.filter(pk__in=named)
        .annotate(least=Coalesce("floor_fen", "cost_fen"))
        .values_list("pk", "product__title", "spec", "price_fen", "least")
        if named
        else []
    )
    prices = {
        pk: Price(f"{title} {spec}".strip(), price, least) for pk, title, spec, price, least in rows if price
    }
    return doubts(terms, prices)


def _frequency(offer: Offer) -> list[Doubt]:
    """Whether campaigns begin too often in one of its shops (S3-06). No shop is named: not every reader sees all."""
    if not _campaign(offer):
        return []
    begun = Offer.objects.filter(
        shop_ids__overlap=list(offer.shop_ids),
        state__in=_COUNTED,
        starts_at__gt=offer.starts_at - _NEAR,
        starts_at__lt=offer.starts_at + _NEAR,
        ends_at__lte=F("starts_at") + _LONG,
    )
    days: dict[int, set[date]] = defaultdict(set)
    for shop_ids, starts_at in (
        begun.exclude(pk=offer.pk).exclude(kind__in=_STANDING).values_list("shop_ids", "starts_at")
    ):
        for shop_id in shop_ids:
            days[shop_id].add(day_of(starts_at))
    own = day_of(offer.starts_at)
    found: list[Doubt] = []
    for shop in Shop.objects.filter(pk__in=offer.shop_ids).order_by("pk"):
        most = int(value("promotions.campaigns_a_month", shop, own))
        found += [one for one in too_often(days[shop.pk], own, most) if one not in found]
    return found


def _campaign(offer: Offer) -> bool:
    return offer.kind not in _STANDING and offer.ends_at - offer.starts_at <= _LONG
