"""The names of goods that the rule of an offer speaks of: the first two of each list, as the rule names no more."""

from collections.abc import Iterable

from zhanggui.catalog.models import Product, ShopCategory, Sku
from zhanggui.promotions.pricing import values
from zhanggui.promotions.wording import Names, first_of, goods_of

_LONGEST = 18


def names_for(offers: Iterable[values.Offer]) -> Names:
    """Names for the rules of these offers. At most three statements, none for offers that name no goods."""
    skus: set[int] = set()
    products: set[int] = set()
    categories: set[int] = set()
    for offer in offers:
        skus |= set(first_of(goods_of(offer.terms))) | set(first_of(offer.scope.skus))
        products |= set(first_of(offer.scope.products))
        categories |= set(first_of(offer.scope.categories))
    rows = Sku.objects.filter(pk__in=sorted(skus)).values_list("pk", "product__title", "spec")
    titles = Product.objects.filter(pk__in=sorted(products)).values_list("pk", "title")
    shelves = ShopCategory.objects.filter(pk__in=sorted(categories)).values_list("pk", "name")
    return Names(
        skus={pk: f"{_short(title)} {spec}".strip() for pk, title, spec in rows} if skus else {},
        products={pk: _short(title) for pk, title in titles} if products else {},
        categories=dict(shelves) if categories else {},
    )


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[:_LONGEST]}…"
