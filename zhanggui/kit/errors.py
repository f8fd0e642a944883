"""Error pages: a sentence, a number one can copy, a way on; never a stack."""

import logging
import secrets
import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhanggui.kit.language import language_of

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be read."""
    return _answer(request, 400, _("这个请求读不懂，请回上一页重试。"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 raised by Django itself (ours name the missing power)."""
    return _answer(request, 403, _("您不能这样做。需要的话，请找店长或管理员开通权限。"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or none that this person may see."""
    return _answer(request, 404, _("没有找到这个页面，或者您看不到它。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a number that stands in the log too; 503 when the database cannot be reached."""
    number = secrets.token_hex(4)
    kind = sys.exc_info()[0]
    log.error("error number %s at %s %s: %s", number, request.method, request.path, kind and kind.__name__)
    away = kind is not None and issubclass(kind, OperationalError | InterfaceError)
    with override(language_of(request)):
        said = (
            _("数据库暂时连不上，已填写的内容不会丢，请稍后重试。")
            if away
            else _("出错了，我们已经记下来了。")
        )
        return _answer(request, 503 if away else 500, said, number)


def _answer(request: HttpRequest, status: int, said: str, number: str = "") -> HttpResponse:
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"code": str(status), "message": said, "number": number}, status=status)
    context: dict[str, Any] = {"status": status, "said": said, "number": number, "retry": status >= 500}
    if request.headers.get("HX-Request"):
        answer = render(request, "kit/error.html#sentence", context, status=status)
        answer["HX-Retarget"] = "#refusals"
        answer["HX-Reswap"] = "innerHTML show:top"
    else:
        answer = render(request, "kit/error.html", context, status=status)
    if number:
        answer["X-Error-Number"] = number
    return answer
