"""The routes of this room for the walk of tests/test_routes.py, in the sections of urls.py."""

from typing import Any

from tests.cast import shop
from tests.routes import CANARY, Route, Stage
from zhanggui.people.powers import Power as P
from zhanggui.shops.models import Platform, Shop
from zhanggui.storefront.models import Asset, Face, Look, Notice
from zhanggui.storefront.tests import routes_buying


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
    Route("storefront:auctions", None, about=_own),
    Route("storefront:auction", None, about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:auction-bids", None, "POST", about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:auction-deposit", None, "POST", about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:categories", None, about=_own),
    Route("storefront:shop-coupons", None, about=_own),
    Route("storefront:shop-coupon", None, "POST", about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:product", None, about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:share", None, about=lambda s: _own(s) | {"pk": 1}),
    Route("storefront:search", None, about=_own),
    Route("storefront:search-all", None),
]

BUYING: list[Route] = routes_buying.BUYING


def _look(stage: Stage) -> dict[str, Any]:
    def make() -> Look:
        return Look.objects.create(
            shop=stage.shop,
            name=CANARY,
            made_by=CANARY,
            blocks=[{"kind": "notice", "key": "k1", "title": CANARY}],
        )

    return {"code": stage.shop.code, "pk": stage.kept("look", make).pk}


def _block(stage: Stage) -> dict[str, Any]:
    return _look(stage) | {"key": "k1"}


def _notice(stage: Stage) -> dict[str, Any]:
    notice = stage.kept("notice", lambda: Notice.objects.create(shop=stage.shop, text=CANARY, made_by=CANARY))
    return {"code": stage.shop.code, "pk": notice.pk}


def _asset(stage: Stage) -> dict[str, Any]:
    def make() -> Asset:
        size = {"width": 180, "height": 60, "size": 1}
        return Asset.objects.create(
            shop=stage.shop, name=f"{'0' * 32}.png", use="logo", title=CANARY, made_by="-", **size
        )

    return {"code": stage.shop.code, "pk": stage.kept("asset", make).pk}


def _code(stage: Stage) -> dict[str, Any]:
    return {"code": stage.shop.code}


E = P.SHOPFRONT_EDIT
DECORATION = [
    Route("storefront:decorations", E),
    Route("storefront:decoration", E, "GET POST", of_shop=_code),
    Route("storefront:face", E, "GET POST", of_shop=_code),
    Route("storefront:look", E, "GET POST", of_shop=_look),
    Route("storefront:blocks", E, "POST", of_shop=_look),
    Route("storefront:block", E, "POST", of_shop=_block),
    Route("storefront:block-place", E, "POST", of_shop=_block),
    Route("storefront:block-removal", E, "POST", of_shop=_block),
    Route("storefront:look-copy", E, "POST", of_shop=_look),
    Route("storefront:look-publication", E, "POST", of_shop=_look),
    Route("storefront:look-removal", E, "POST", of_shop=_look),
    Route("storefront:look-withdrawal", E, "POST", of_shop=_look),
    Route("storefront:notices", E, "GET POST", of_shop=_code),
    Route("storefront:notice", E, "GET POST", of_shop=_notice),
    Route("storefront:notice-removal", E, "POST", of_shop=_notice),
    Route("storefront:pictures", E, "GET POST", of_shop=_code),
    Route("storefront:picture-removal", E, "POST", of_shop=_asset),
]

WAITS = [
    Route("storefront:wanted", P.CATALOG_SEE),
    Route("storefront:waits", None, "GET POST"),
    Route("storefront:wait-removal", None, "POST", about=lambda s: {"pk": 1}),
]

ROUTES: list[Route] = [*WINDOW, *BUYING, *WAITS, *DECORATION]
