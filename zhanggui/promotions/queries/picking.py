"""Goods by what a person calls them: codes and category names to ids and back, and the search of the picker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from zhanggui.catalog.models import Product, ShopCategory, Sku

MOST = 12
"""How many of each kind the picker shows."""


@dataclass(slots=True)
class Goods:
    """What codes meant, and which meant nothing. Keys are as typed."""

    skus: dict[str, Sku] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    categories: dict[str, list[int]] = field(default_factory=dict)


def resolve(
    merchant_id: int,
    shop_ids: Sequence[int],
    *,
    skus: Iterable[str] = (),
    products: Iterable[str] = (),
    categories: Iterable[str] = (),
) -> Goods:
    """The goods of a merchant by code, and shop categories by name ("茶叶" or "茶叶/红茶"). At most three statements."""
    found = Goods()
    wanted = sorted(set(skus))
    if wanted:
        rows = Sku.objects.filter(merchant_id=merchant_id, code__in=wanted).select_related("product")
        found.skus = {row.code: row for row in rows}
    wanted = sorted(set(products))
    if wanted:
        listed = Product.objects.filter(merchant_id=merchant_id, code__in=wanted)
        found.products = {row.code: row for row in listed}
    wanted = sorted(set(categories))
    if wanted:
        ends = sorted({name.rpartition("/")[2].strip() for name in wanted})
        kept = ShopCategory.objects.filter(shop_id__in=list(shop_ids), name__in=ends).select_related("parent")
        for row in kept:
            for name in (row.name, _path(row)):
                if name in wanted:
                    found.categories.setdefault(name, []).append(row.pk)
    return found


def codes_of(
    *, skus: Iterable[int] = (), products: Iterable[int] = (), categories: Iterable[int] = ()
) -> dict[str, dict[int, str]]:
    """Codes and names of goods by id, for showing a rule again. At most three statements."""
    sku_ids, product_ids, category_ids = sorted(set(skus)), sorted(set(products)), sorted(set(categories))
    found: dict[str, dict[int, str]] = {"skus": {}, "products": {}, "categories": {}}
    if sku_ids:
        found["skus"] = dict(Sku.objects.filter(pk__in=sku_ids).values_list("pk", "code"))
    if product_ids:
        found["products"] = dict(Product.objects.filter(pk__in=product_ids).values_list("pk", "code"))
    if category_ids:
        rows = ShopCategory.objects.filter(pk__in=category_ids).select_related("parent")
        found["categories"] = {row.pk: _path(row) for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class Hit:
    """Something the picker offers: into which box it goes, what is written there, and what a person sees."""

    box: str
    code: str
    title: str
    detail: str = ""
    price_fen: int | None = None


def find(merchant_ids: Sequence[int], shop_ids: Sequence[int], text: str) -> list[Hit]:
    """Products, SKUs and categories whose code or title holds the text. Three statements."""
    text = text.replace("\0", "").strip()[:60]
    if not text:
        return []
    products = Product.objects.filter(merchant_id__in=list(merchant_ids)).filter(
        Q(code__istartswith=text) | Q(title__icontains=text)
    )
    skus = (
        Sku.objects.filter(merchant_id__in=list(merchant_ids), off_at__isnull=True)
        .filter(Q(code__istartswith=text) | Q(product__title__icontains=text) | Q(spec__icontains=text))
        .select_related("product")
    )
    categories = ShopCategory.objects.filter(shop_id__in=list(shop_ids), name__icontains=text)
    hits = [
        Hit("categories", _path(row), row.name, row.shop.code)
        for row in categories.select_related("parent", "shop").order_by("shop_id", "position", "pk")[:MOST]
    ]
    hits += [Hit("products", row.code, row.title) for row in products.order_by("code")[:MOST]]
    hits += [
        Hit("skus", row.code, row.product.title, row.spec, row.price_fen)
        for row in skus.order_by("code")[:MOST]
    ]
    return hits


def _path(row: ShopCategory) -> str:
    return f"{row.parent.name}/{row.name}" if row.parent else row.name
