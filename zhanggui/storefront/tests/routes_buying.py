"""The routes of a buyer's own pages for the walk of tests/test_routes.py. Anybody is let in as far as the door:
whose thing it is, is walked by test_own.py with two buyers.
"""

from tests.routes import Route

_KEY = {"key": "k" * 22}
_NUMBER = {"number": "100200300400"}


def _key(_stage: object) -> dict[str, str]:
    return _KEY


def _number(_stage: object) -> dict[str, str]:
    return _NUMBER


BUYING: list[Route] = [
    Route("storefront:sign-in", None, "GET POST"),
    Route("storefront:register", None, "GET POST"),
    Route("storefront:sign-out", None, "POST"),
    Route("storefront:my", None),
    Route("storefront:my-password", None, "GET POST"),
    Route("storefront:addresses", None),
    Route("storefront:address-new", None, "GET POST"),
    Route("storefront:address", None, "GET POST", about=_key),
    Route("storefront:address-default", None, "POST", about=_key),
    Route("storefront:address-removal", None, "POST", about=_key),
    Route("storefront:cart", None),
    Route("storefront:cart-changes", None, "POST"),
    Route("storefront:cart-lines", None, "POST"),
    Route("storefront:checkout", None, "GET POST"),
    Route("storefront:pay", None, "GET POST"),
    Route("storefront:payment", None, about=_number),
    Route("storefront:my-orders", None),
    Route("storefront:my-order", None, about=_number),
    Route("storefront:my-order-again", None, "POST", about=_number),
    Route("storefront:my-order-cancellation", None, "POST", about=_number),
    Route("storefront:my-order-confirmation", None, "POST", about=_number),
    Route("storefront:my-order-extension", None, "POST", about=_number),
    Route("storefront:my-order-refund", None, "POST", about=_number),
    Route("storefront:my-order-receiver", None, "POST", about=_number),
    Route("storefront:coupons", None),
    Route("storefront:red-packets", None),
    Route("storefront:favourites", None),
    Route("storefront:favourite", None, "POST", about=lambda _stage: {"pk": 1}),
]
