"""Pieces of HTML about reviews for other rooms' pages: a shop's standing, a product's reviews."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_noop as N_

from zhanggui.kit.clock import now
from zhanggui.kit.sealed import masked_nick
from zhanggui.reviews import queries
from zhanggui.reviews.words import MARKS


def standing(request: Any, *, shop: Any, days: int | None = None, **_more: Any) -> str:
    """Credit level (bazaar shops, also while it is none yet) and scores of a shop; "" while nobody said anything. One
    statement with `days`, else two.
    """
    found = queries.shop_standing(shop.pk, now(), shop=shop, days=days)
    said = found.scores.many or found.points or found.good or found.neutral or found.bad
    if not said:
        return ""
    return render_to_string("reviews/standing.html", {"standing": found}, request)


def of_product(request: Any, *, shop: Any, page: Any, **_more: Any) -> str:
    """What buyers said about a product, with the filter `?reviews=` of the address. One statement, two with a filter."""
    asked = request.GET.get("reviews", "") if request is not None else ""
    only = asked if asked in (queries.PICTURED, queries.ADDED) else ""
    found = queries.of_product(page.card.product_id, shop.pk, only=only)
    told = [
        (
            row,
            "" if row.anonymous else masked_nick(row.buyer.nick),
            MARKS.get(row.mark, "") if row.mark is not None else "",
        )
        for row in found.rows
    ]
    filters = (
        ("", N_("全部"), found.every),
        (queries.PICTURED, N_("有图"), found.pictured),
        (queries.ADDED, N_("有追加"), found.added),
    )
    about = {"rows": told, "found": found, "filters": filters, "only": only}
    return render_to_string("reviews/of_product.html", about, request)
