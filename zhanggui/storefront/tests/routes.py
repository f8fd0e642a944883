"""The routes of this room for the walk of tests/test_routes.py, in the sections of urls.py."""

from typing import Any

from tests.cast import shop
from tests.routes import Route, Stage
from zhanggui.shops.models import Platform, Shop
from zhanggui.storefront.models import Face


def own_shop(stage: Stage) -> Shop:
    """One of our own shops with an open door, of the stage's merchant."""

    def make() -> Shop:
        own = shop("OW91", platform=Platform.OWN, merchant=stage.shop.merchant)
        Face.objects.get_or_create(shop=own, defaults={"open": True})
        return own

    made: Shop = stage.kept("own_shop", make)
    return made


def _own(stage: Stage) -> dict[str, Any]:
    return {"code": own_shop(stage).code}


WINDOW = [
    Route("storefront:plaza", None),
    Route("storefront:home", None, about=_own),
    Route("storefront:categories", None, about=_own),
    Route("storefront:product", None, about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:search", None, about=_own),
    Route("storefront:search-all", None),
]

BUYING: list[Route] = []

DECORATION: list[Route] = []

ROUTES: list[Route] = [*WINDOW, *BUYING, *DECORATION]
