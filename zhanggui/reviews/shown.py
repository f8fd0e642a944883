"""Pieces of HTML about reviews for other rooms' pages: a shop's standing, a product's reviews."""

from typing import Any

from django.template.loader import render_to_string

from zhanggui.kit.clock import now
from zhanggui.kit.sealed import masked_nick
from zhanggui.reviews import queries
from zhanggui.reviews.words import MARKS


def standing(request: Any, *, shop: Any, days: int | None = None, **_more: Any) -> str:
    """Credit level and scores of a shop; "" while nobody said anything. One statement with `days`, else two."""
    found = queries.shop_standing(shop.pk, now(), shop=shop, days=days)
    if not found.scores.many and not found.points:
        return ""
    return render_to_string("reviews/standing.html", {"standing": found}, request)


def of_product(request: Any, *, shop: Any, page: Any, **_more: Any) -> str:
    """What buyers said about a product. One statement."""
    rows = queries.of_product(page.card.product_id, shop.pk)
    told = [
        (
            row,
            "" if row.anonymous else masked_nick(row.buyer.nick),
            MARKS.get(row.mark, "") if row.mark is not None else "",
        )
        for row in rows
    ]
    return render_to_string("reviews/of_product.html", {"rows": told}, request)
