"""Who may send a large body where: asked of the router and the database before a byte of it is read.

A view that takes files says how many bytes (`kit.uploads.takes_files`); every other address takes what Django reads into the
memory. Without a session that the database knows, nobody sends more than a small form.
"""

import io
from typing import Any

from a2wsgi.wsgi import build_environ
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from zhanggui.customers.http import buyer_of
from zhanggui.customers.sessions import cookie_name
from zhanggui.kit.uploads import Takes, taken_by
from zhanggui.site.admission import fresh
from zhanggui.site.bodies import SMALL, Permit, Scope, Turned

_GUARDS = ("django.contrib.sessions.", "zhanggui.people.", "zhanggui.customers.")
_NOBODY = "请先登录，再传文件。 / Sign in first."  # not a text: both languages
_NOT_YOURS = "您不能在这里传文件。 / You may not send files here."  # not a text: both languages
_LARGE = f"这次提交的内容太大，最多 {SMALL // 1024} KB。 / Too large: at most {SMALL // 1024} KB."  # not a text: both languages
_AWAY = "数据库暂时连不上，请稍后重试。 / The database does not answer, try again later."  # not a text: both languages


def ask(scope: Scope) -> Permit:
    """What the sender of this request may send here. Raises Turned: 403, 413 or 503. Up to five statements; none for a
    request without a cookie of ours.
    """
    try:
        view = resolve(scope["path"]).func
    except Resolver404:
        view = None
    takes = taken_by(view)
    request = _request(scope)
    if not _has_cookie(request):
        raise Turned(403, _NOBODY) if takes else Turned(413, _LARGE)
    try:
        return fresh(lambda: _permit(request, view, takes))
    except DatabaseTrouble:
        raise Turned(503, _AWAY, again=5) from None


def _permit(request: Any, view: Any, takes: Takes | None) -> Permit:
    _through_the_guards(request)
    actor, buyer = getattr(request, "actor", None), buyer_of(request)
    of_buyer = getattr(view, "of_buyer", False)
    person = f"staff:{actor.staff_id}" if actor else ""
    if buyer is not None and (of_buyer or not person):
        person = f"buyer:{buyer.pk}"
    if takes is None:
        if not person:
            raise Turned(413, _LARGE)
        return Permit(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, person)
    if of_buyer:
        if buyer is None:
            raise Turned(403, _NOBODY)
    elif actor is None or request.owes:
        raise Turned(403, _NOBODY)
    elif not actor.can_somewhere(getattr(view, "power", None) or ""):
        raise Turned(403, _NOT_YOURS)
    return Permit(takes.most(), person, takes.refuses)


def _has_cookie(request: WSGIRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES or cookie_name() in request.COOKIES


def _request(scope: Scope) -> WSGIRequest:
    facts: Any = build_environ(scope, io.BytesIO())  # type: ignore[arg-type]
    return WSGIRequest(facts | {"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "0", "CONTENT_TYPE": ""})


def _through_the_guards(request: WSGIRequest) -> None:
    """Put on the request who is asking, as for every page."""

    def inside(_passed: HttpRequest) -> HttpResponse:
        buyer_of(_passed)
        return HttpResponse()

    handler: Any = inside
    for name in reversed(settings.MIDDLEWARE):
        if name.startswith(_GUARDS):
            handler = import_string(name)(handler)
    handler(request)
