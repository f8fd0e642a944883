"""What buyers wait for, and what of it can be had again: by what can be sold now, never by what is on hand."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, Subquery

from zhanggui.catalog.models import Listing
from zhanggui.customers.models import Buyer
from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.stock.queries import sellable_many
from zhanggui.storefront.models import Wait

MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A SKU a buyer waits for. `back`: it can be had again; `listing_id` None: it left the shelf."""

    row: Wait
    listing_id: int | None
    back: bool


def of_buyer(buyer: Buyer, *, at: datetime) -> list[Waiting]:
    """What the buyer waits for, what is back first. Two statements."""
    here = Listing.objects.filter(shop=OuterRef("shop"), product=OuterRef("sku__product_id")).on_shelf(at)
    rows = list(
        Wait.objects.filter(buyer=buyer)
        .select_related("shop", "sku__product")
        .annotate(listing_id=Subquery(here.values("pk")[:1]))
        .order_by("-at", "-pk")[:MOST]
    )
    asked: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        asked[row.shop_id].append(row.sku_id)
    left = sellable_many(asked, at=at)
    found = []
    for row in rows:
        listing_id = row.listing_id
        pieces = left[row.shop_id].get(row.sku_id, 1)  # absent: nobody counts it
        found.append(
            Waiting(row, listing_id, listing_id is not None and row.sku.off_at is None and pieces > 0)
        )
    return sorted(found, key=lambda one: not one.back)


def wanted(actor: Actor) -> list[Any]:
    """What buyers wait for in the shops the actor sees goods of, the most wanted first. One statement."""
    shops = actor.shops_with(Power.CATALOG_SEE)
    rows = Wait.objects.all() if shops is None else Wait.objects.filter(shop__in=sorted(shops))
    grouped = rows.values(
        "shop__code", "sku_id", "sku__code", "sku__spec", "sku__product_id", "sku__product__title"
    )
    return list(grouped.annotate(many=Count("pk"), since=Min("at")).order_by("-many", "since")[:MOST])
