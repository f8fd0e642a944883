"""Goods as the window lists them: which ones a block shows by itself, and their cards as lines of a basket."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from zhanggui.catalog.models import Listing, Product, Sku
from zhanggui.catalog.queries.window import Card
from zhanggui.promotions.pricing import values

_ORDERS: dict[str, tuple[Q, tuple[str, ...]]] = {
    "hero": (Q(product__role=Product.Role.HERO), ("-sold", "pk")),
    "main": (Q(shown=True), ("-sold", "pk")),
    "new": (Q(), ("-on_at", "-pk")),
    "sold": (Q(), ("-sold", "pk")),
}


def chosen(shop_id: int, wanted: Mapping[str, int], at: datetime) -> dict[str, list[int]]:
    """Ids of listings that a block shows when nobody picked, by kind of block. `wanted`: {kind: how many}.

    hero: products of that role, then what sells most; main: shown in the window (橱窗推荐), then what sells most;
    new: what came on the shelf last. One statement.
    """
    parts = [
        (kind, name, many)
        for kind, many in wanted.items()
        for name in ((kind, "sold") if kind in ("hero", "main") else (kind,))
    ]
    found: dict[str, list[int]] = {kind: [] for kind in wanted}
    queries: list[QuerySet[Any, Any]] = []
    for place, (_kind, name, many) in enumerate(parts):
        which, order = _ORDERS[name]
        rows = Listing.objects.filter(shop_id=shop_id).on_shelf(at).filter(which).order_by(*order)
        part = Value(place, output_field=IntegerField())
        queries.append(rows.annotate(part=part).values_list("part", "pk", "sold", "on_at")[:many])
    if not queries:
        return found
    newest = {place for place, part in enumerate(parts) if part[1] == "new"}

    def order_of(row: tuple[int, int, int, datetime]) -> tuple[int, float, int]:
        """A union keeps no order: the same one again."""
        place, pk, sold, on_at = row
        return (place, -on_at.timestamp(), -pk) if place in newest else (place, -sold, pk)

    for place, pk, _sold, _on_at in sorted(queries[0].union(*queries[1:], all=True), key=order_of):
        kind, _name, many = parts[place]
        if pk not in found[kind] and len(found[kind]) < many:
            found[kind].append(pk)
    return found


def cheapest(card: Card) -> int | None:
    """The SKU whose price stands on a card; None when nothing of it is on sale."""
    return min(card.price_of, key=lambda sku: (card.price_of[sku], sku), default=None)


def lines_of(cards: Iterable[Card]) -> dict[int, values.Item]:
    """One piece of the cheapest SKU of each card as a line of a basket, by listing id. One statement."""
    wanted = {sku: card for card in cards if (sku := cheapest(card)) is not None}
    if not wanted:
        return {}
    through = Listing.categories.through.objects.filter(
        listing__product=OuterRef("product_id"), listing__in=[card.listing_id for card in wanted.values()]
    )
    rows = Sku.objects.filter(pk__in=sorted(wanted)).annotate(
        own=ArraySubquery(through.values("shopcategory_id")),
        upper=ArraySubquery(through.values(v=Coalesce("shopcategory__parent_id", "shopcategory_id"))),
    )
    fields = ("pk", "price_fen", "cost_fen", "floor_fen", "product__instalments", "own", "upper")
    return {
        wanted[pk].listing_id: values.Item(
            key="1",
            sku_id=pk,
            product_id=wanted[pk].product_id,
            pieces=1,
            price_fen=price,
            cost_fen=cost,
            floor_fen=floor,
            categories=frozenset([*own, *upper]),
            virtual=wanted[pk].virtual,
            instalments=instalments,
            title=wanted[pk].title,
        )
        for pk, price, cost, floor, instalments, own, upper in rows.values_list(*fields)
    }
