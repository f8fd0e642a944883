"""The doubts about an offer, with the prices of the goods that its terms name."""

from django.db.models.functions import Coalesce

from zhanggui.catalog.models import Sku
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions.doubts import Doubt, Price, doubts
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import values
from zhanggui.promotions.terms import read, skus_of


def doubts_of(offer: Offer) -> list[Doubt]:
    """What looks wrong with a kept offer; nothing for one that cannot be read any more. At most one statement."""
    try:
        return doubts_about(read(offer.kind, offer.terms))
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
