"""One port, two worlds: streams answered by bare async code, every page by Django over WSGI.

Django under its own ASGI handler costs eleven times as much per page (docs/decisions/0003).
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhanggui.site.settings")

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import URLResolver, get_resolver

from zhanggui.site.bridge import Bridge
from zhanggui.site.proxies import PROXIES, seen_through
from zhanggui.site.threads import Threads

_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - all these need the settings

from zhanggui.site import doors  # noqa: E402
from zhanggui.site.live import Live  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = int(os.environ.get("ZHANGGUI_THREADS", "32"))
"""Pages answered at the same time by one process, at most; each holds one database connection meanwhile."""

_pages = Bridge(_django, Threads(THREADS, ending=connections.close_all), doors.ask, folder=settings.HOME)
_live = Live()


def read_all() -> None:
    """Read every module of pages now, not at the first request. Opens no connection."""
    _look_at(get_resolver())


def _look_at(resolver: URLResolver) -> None:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            _look_at(pattern)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one connection."""
    if scope["type"] == "http":
        scope = seen_through(scope, PROXIES)
    if scope["type"] == "lifespan":
        await _live.lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live/":
        await _live.stream(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/healthz":
        await _live.health(scope, receive, send)
    elif scope["type"] == "http":
        await _pages(scope, receive, send)
