"""The routes of this room for the walk of tests/test_routes.py."""

from typing import Any

from tests.routes import CANARY, Route, Stage
from zhanggui.catalog.models import Listing, ShopCategory
from zhanggui.catalog.tests.cast import classification, ready
from zhanggui.people.powers import Power as P


def _listing(stage: Stage) -> Listing:
    return stage.kept("catalog_listing", lambda: ready(f"{CANARY}茶", into=stage.shop))  # type: ignore[no-any-return]


def _category(stage: Stage) -> ShopCategory:
    return stage.kept("catalog_category", lambda: ShopCategory.objects.create(shop=stage.shop, name=CANARY))  # type: ignore[no-any-return]


def _product(stage: Stage) -> dict[str, Any]:
    return {"pk": _listing(stage).product_id}


def _of_category(stage: Stage) -> dict[str, Any]:
    return {"code": stage.shop.code, "pk": _category(stage).pk}


def _kind(stage: Stage) -> dict[str, Any]:
    return {"code": stage.kept("catalog_kind", lambda: classification("walk", name="走查")).code}


ROUTES: list[Route] = [
    Route("picture", None, about=lambda s: {"name": "0" * 32 + ".png"}),
    Route("catalog:goods", P.CATALOG_SEE),
    Route("catalog:bulk", P.CATALOG_EDIT, "POST", strict=True),
    Route("catalog:bulk-undoing", P.CATALOG_EDIT, "POST", about=lambda s: {"pk": 1}, strict=True),
    Route("catalog:categories", P.CATALOG_SEE),
    Route(
        "catalog:shop-categories",
        P.CATALOG_SEE,
        "GET POST",
        of_shop=lambda s: {"code": s.shop.code},
        strict=True,
    ),
    Route("catalog:category", P.CATALOG_SEE, "GET POST", of_shop=_of_category, strict=True),
    Route("catalog:category-place", P.CATALOG_EDIT, "POST", of_shop=_of_category),
    Route("catalog:category-removal", P.CATALOG_EDIT, "POST", of_shop=_of_category),
    Route("catalog:classifications", P.CATALOG_SEE, "GET POST", strict=True),
    Route("catalog:classification-sheet", P.CATALOG_SEE),
    Route("catalog:classification-file", P.CATALOG_EDIT, "GET POST", strict=True),
    Route("catalog:classification", P.CATALOG_SEE, "GET POST", about=_kind, strict=True),
    Route("catalog:classification-goods", P.CATALOG_EDIT, "POST", about=_kind, strict=True),
    Route("catalog:classification-place", P.CATALOG_EDIT, "POST", about=_kind, strict=True),
    Route("catalog:classification-retirement", P.CATALOG_EDIT, "POST", about=_kind, strict=True),
    Route("catalog:new", P.CATALOG_EDIT, "GET POST"),
    Route("catalog:terms", P.CATALOG_SEE, query="?q=最好"),
    Route("catalog:product", P.CATALOG_SEE, "GET POST", of_shop=_product, strict=True),
    Route("catalog:listings", P.CATALOG_EDIT, "POST", of_shop=_product, strict=True),
    Route(
        "catalog:listing",
        P.CATALOG_EDIT,
        "POST",
        of_shop=lambda s: {"pk": _listing(s).product_id, "listing": _listing(s).pk},
        data={"act": "shown"},
    ),
    Route(
        "catalog:listing-undoing",
        P.CATALOG_EDIT,
        "POST",
        of_shop=lambda s: {"pk": _listing(s).product_id, "listing": _listing(s).pk},
    ),
    Route("catalog:pictures", P.CATALOG_SEE, "GET POST", of_shop=_product, strict=True),
    Route("catalog:picture-new", P.CATALOG_EDIT, "POST", of_shop=_product),
    Route("catalog:video", P.CATALOG_EDIT, "POST", of_shop=_product),
    Route("catalog:video-removal", P.CATALOG_EDIT, "POST", of_shop=_product),
    Route("catalog:shelf", P.CATALOG_SEE, of_shop=_product),
    Route("catalog:skus", P.CATALOG_SEE, "GET POST", of_shop=_product, strict=True),
]
