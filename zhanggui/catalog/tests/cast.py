"""Products for the tests' stories: on the shelf, without the way through the gate."""

from datetime import datetime, timedelta
from typing import Any

from tests.cast import NOON
from tests.cast import shop as a_shop
from zhanggui.catalog.actions.finding import remember
from zhanggui.catalog.models import Classification, Listing, Picture, Product, ShopCategory, Sku
from zhanggui.shops.models import Platform, Shop


def own(code: str = "OW01", **also: Any) -> Shop:
    """A shop of our own mall."""
    return a_shop(code, **({"platform": Platform.OWN} | also))


def classification(code: str = "tea", **also: Any) -> Classification:
    """A leaf of the tree."""
    values = {"name": "茶叶", "attributes": [{"name": "产地", "must": True, "choices": []}]} | also
    return Classification.objects.get_or_create(code=code, defaults=values)[0]


def shelved(
    title: str = "恩施玉露 明前绿茶",
    *,
    at: datetime | None = NOON - timedelta(days=1),
    into: Shop | None = None,
    code: str = "",
    prices: dict[str, int] | None = None,
    categories: tuple[ShopCategory, ...] = (),
    listed: dict[str, Any] | None = None,
    **also: Any,
) -> Listing:
    """A product on the shelf since `at` (None: a draft), with a SKU for every spec in `prices` (fen)."""
    shop = into or own()
    code = code or f"P{Product.objects.count() + 1:03}"
    prices = prices or {"": 9900}
    names = {part.split(":")[0] for spec in prices for part in spec.split(";") if ":" in part}
    options = [
        [
            name,
            list(
                dict.fromkeys(
                    p.split(":")[1] for s in prices for p in s.split(";") if p.startswith(name + ":")
                )
            ),
        ]
        for name in sorted(names)
    ]
    thing = Product.objects.create(
        merchant_id=shop.merchant_id,
        code=code,
        title=title,
        **({"postage_included": True, "options": options} | also),
    )
    for place, (spec, fen) in enumerate(prices.items()):
        Sku.objects.create(
            product=thing,
            merchant_id=shop.merchant_id,
            code=f"{code}-{place + 1}",
            spec=spec,
            price_fen=fen,
            cost_fen=fen // 2,
            weight_g=300,
            position=place,
        )
    listing = Listing.objects.create(
        shop=shop,
        product=thing,
        state=Listing.State.ON if at else Listing.State.DRAFT,
        on_at=at,
        from_fen=min(prices.values()),
        to_fen=max(prices.values()),
        **(listed or {}),
    )
    listing.categories.set(categories)
    remember([thing.pk])
    return listing


def fit(**also: Any) -> dict[str, Any]:
    """What a product tells so that it passes the gate."""
    tea = classification()
    return {
        "classification": tea,
        "attributes": {"产地": "湖北恩施"},
        "description": "<p>明前采摘。</p>",
        "postage_included": False,
    } | also


def ready(title: str = "恩施玉露 明前绿茶", *, at: datetime | None = None, **also: Any) -> Listing:
    """A product that passes the gate, with a picture; a draft unless `at` is given."""
    listing = shelved(title, at=at, **(fit() | also))
    Picture.objects.create(
        product=listing.product, name=f"{listing.pk:032x}.jpg", width=800, height=800, size=1, alt=title
    )
    return listing
