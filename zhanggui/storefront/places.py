"""Places on buyers' pages that other rooms fill: scores of a shop, reviews of a product, talking to somebody.

A place nobody fills is not shown at all. A room below hangs its function here from the storefront's `ready`, a later
room from its own. A function takes the request and what the page is about, and gives a safe piece of HTML or "".
"""

import logging
from collections.abc import Callable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

log = logging.getLogger(__name__)
Filler = Callable[..., str]

STANDING = "shop.standing"
"""In the shop bar: credit level or the three scores. About: `shop`, `days` (over how many the scores are)."""
SERVICE = "shop.service"
"""Where the button 客服 leads: under the hotline. About: `shop`."""
REVIEWS = "product.reviews"
"""Below the details of a product. About: `shop`, `page` (catalog.queries.window.ProductPage)."""

_fillers: dict[str, list[Filler]] = {}


def fill(place: str, filler: Filler) -> None:
    """Hang a function into a place."""
    held = _fillers.setdefault(place, [])
    if filler not in held:
        held.append(filler)


def filled(place: str, request: Any, **about: Any) -> SafeString:
    """What stands in a place; a filler that fails leaves its part out, the page stays."""
    parts = []
    for filler in _fillers.get(place, ()):
        try:
            parts.append(str(filler(request, **about)))
        except Exception:
            log.exception("the place %s could not be filled", place)
    return mark_safe("".join(parts))
