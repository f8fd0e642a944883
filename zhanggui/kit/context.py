"""What every page's frame needs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token

from zhanggui.kit import menu

_PLACES = {
    "search_url": "orders:list",
    "jobs_url": "jobs:drawer",
    "jobs_list_url": "jobs:list",
    "palette_url": "console:palette",
    "notices_url": "console:notices",
    "keys_url": "console:keys",
    "drafts_url": "console:drafts",
    "acts_url": "console:acts",
    "profile_url": "people:me",
    "sign_out_url": "people:sign-out",
}
"""Addresses that the frame links to when the room has them."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The actor, the person's looks and the menu; no statement until a page shows a badge of the menu."""
    staff = getattr(request, "user", None)
    actor = getattr(request, "actor", None)
    nav: Callable[[], list[menu.Section]] = partial(menu.sections, actor, request.path)
    return {
        "actor": actor,
        "staff": staff,
        "theme": getattr(staff, "theme", "") or request.COOKIES.get("zg-theme", ""),
        "density": getattr(staff, "density", "") or request.COOKIES.get("zg-density", ""),
        "nav": nav,
        "csrf": partial(get_token, request),
        **{name: partial(menu.address, route) for name, route in _PLACES.items()},
        "search_text": request.GET.get("q", "") if request.path.startswith("/orders/") else "",
        "folded": request.COOKIES.get("zg-nav") == "folded",
    }
