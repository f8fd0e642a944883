"""Turns away what no text can hold, before a view meets it: NUL, halves of surrogate pairs, foreign charsets.

PostgreSQL keeps neither in a text, so every field that came through would be a server error (reliability G7.3).
"""

import re
from collections.abc import Callable
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import override

from zhanggui.kit import errors
from zhanggui.kit.language import language_of

_ODD = re.compile("[\x00\ud800-\udfff]")
_URLENCODED = "application/x-www-form-urlencoded"


class OddInputMiddleware:
    """404 for an address that cannot be, 400 for a query, a cookie or a form field that cannot be.

    Stands behind the CSRF check, which has read a form before any view: an upload that was not read by then
    streams through its own view, which checks its fields itself, and its content may hold anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _ODD.search(request.path_info):
            return _said(request, errors.not_found)
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
            request.encoding = "utf-8"  # the page that says so is to be written all the same
            return _said(request, errors.bad_request)
        if _odd(request.GET) or any(map(_ODD.search, request.COOKIES.values())):
            return _said(request, errors.bad_request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Look at the fields of a form, without reading an upload that nobody has read."""
        if request.method != "POST" or not (request.content_type == _URLENCODED or hasattr(request, "_post")):
            return None
        return _said(request, errors.bad_request) if _odd(request.POST) else None


def _odd(fields: QueryDict) -> bool:
    return any(map(_ODD.search, chain(fields, *(values for _name, values in fields.lists()))))


def _said(request: HttpRequest, page: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    with override(language_of(request)):
        return page(request)
