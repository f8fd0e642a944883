"""Goods as the window shows them: a listing with its picture and its SKUs, all in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from zhanggui.catalog.models import Listing, Picture, Product, Sku

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Cut:
    """A SKU as a price needs it. Unknown cost stays None."""

    id: int
    price_fen: int
    cost_fen: int | None
    floor_fen: int | None
    spec: str = ""


@dataclass(frozen=True, slots=True)
class Ware:
    """A listing in a list. `skus`: those that are sold, in their order; `picture`: (name, width, height) or None."""

    id: int
    shop_id: int
    shop_code: str
    product_id: int
    title: str
    copy: str
    from_fen: int
    to_fen: int
    sold: int
    virtual: bool
    instalments: bool
    picture: tuple[str, int, int] | None
    skus: tuple[Cut, ...]
    categories: frozenset[int]

    @property
    def cheapest(self) -> Cut | None:
        """The SKU whose price stands on the card."""
        return min(self.skus, key=lambda sku: (sku.price_fen, sku.id), default=None)


def on_shelf(shop_ids: Iterable[int], at: datetime) -> "QuerySet[Listing]":
    """The listings that stand on the shelf of these shops at a moment. No statement by itself."""
    return Listing.objects.filter(
        Q(off_at__isnull=True) | Q(off_at__gt=at),
        state=Listing.State.ON,
        on_at__lte=at,
        shop_id__in=sorted(set(shop_ids)),
    )


def wares(listing_ids: Iterable[int], *, shop_ids: Iterable[int], at: datetime) -> dict[int, Ware]:
    """Those of the listings that stand on the shelf of these shops, by id. One statement."""
    ids = sorted(set(listing_ids))
    if not ids:
        return {}
    skus = (
        Sku.objects.filter(product=OuterRef("product_id"), off_at__isnull=True)
        .order_by("position", "pk")
        .values(v=JSONObject(id="id", price="price_fen", cost="cost_fen", floor="floor_fen", spec="spec"))
    )
    picture = (
        Picture.objects.filter(product=OuterRef("product_id"), role=MAIN)
        .order_by("position", "pk")
        .values(v=JSONObject(name="name", width="width", height="height"))[:1]
    )
    through = Listing.categories.through.objects.filter(listing=OuterRef("pk")).values("shopcategory_id")
    rows = (
        on_shelf(shop_ids, at)
        .filter(pk__in=ids)
        .select_related("product", "shop")
        .annotate(cuts=ArraySubquery(skus), main=Subquery(picture), under=ArraySubquery(through))
    )
    return {row.pk: _ware(row) for row in rows}


def chosen(shop_id: int, wanted: dict[str, int], at: datetime) -> dict[str, list[int]]:
    """Ids of listings that a block shows when nobody picked, by kind of block. `wanted`: {kind: how many}. One statement.

    hero: products of that role, then what sells most; main: shown in the window (橱窗推荐), then what sells most;
    new: what came on the shelf last.
    """
    orders: dict[str, tuple[Q, tuple[str, ...]]] = {
        "hero": (Q(product__role=Product.Role.HERO), ("-sold", "pk")),
        "main": (Q(shown=True), ("-sold", "pk")),
        "new": (Q(), ("-on_at", "-pk")),
        "sold": (Q(), ("-sold", "pk")),
    }
    parts: list[Any] = []
    for kind, many in wanted.items():
        for name in (kind, "sold") if kind in ("hero", "main") else (kind,):
            which, order = orders[name]
            parts.append((kind, list(order), which, many))
    found: dict[str, list[int]] = {kind: [] for kind in wanted}
    rows: QuerySet[Any] | None = None
    for place, (_kind, order, which, many) in enumerate(parts):
        one = (
            on_shelf([shop_id], at)
            .filter(which)
            .annotate(part=Value(place, output_field=IntegerField()))
            .order_by(*order)
            .values_list("part", "pk")[:many]
        )
        rows = one if rows is None else rows.union(one, all=True)
    for place, pk in rows if rows is not None else ():
        kind, _order, _which, many = parts[place]
        if pk not in found[kind] and len(found[kind]) < many:
            found[kind].append(pk)
    return found


def _ware(row: Any) -> Ware:
    product = row.product
    main = row.main
    return Ware(
        id=row.pk,
        shop_id=row.shop_id,
        shop_code=row.shop.code,
        product_id=product.pk,
        title=product.title,
        copy=product.copy,
        from_fen=row.from_fen,
        to_fen=row.to_fen,
        sold=row.sold,
        virtual=product.virtual,
        instalments=product.instalments,
        picture=(main["name"], main["width"], main["height"]) if main else None,
        skus=tuple(Cut(c["id"], c["price"], c["cost"], c["floor"], c["spec"]) for c in row.cuts),
        categories=frozenset(row.under),
    )


def sku_ids(found: Iterable[Ware]) -> list[int]:
    """The SKUs of all wares."""
    return sorted({sku.id for ware in found for sku in ware.skus})


def in_order(ids: Sequence[int], found: dict[int, Ware]) -> list[Ware]:
    """The wares in the order of the ids, without those that left the shelf."""
    return [found[pk] for pk in ids if pk in found]
