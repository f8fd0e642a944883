"""Which columns of the order list this browser shows."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

COLUMNS = {
    "goods": "商品",
    "buyer": "买家",
    "money": "金额",
    "state": "状态",
    "notes": "旗帜与备注",
    "courier": "快递",
    "owner": "负责人",
}
"""Columns that one may hide: code and message id."""
_COOKIE = "zg-columns"
_YEAR = int(timedelta(days=365).total_seconds())


@require_POST
@needs(Power.ORDER_SEE)
def columns(request: Request) -> HttpResponse:
    """POST /orders/columns/: which columns this browser shows; remembered for a year."""
    shown = set(request.POST.getlist("column"))
    answer = HttpResponseRedirect(back(request))
    answer.set_cookie(
        _COOKIE,
        ".".join(code for code in COLUMNS if code not in shown),
        max_age=_YEAR,
        samesite="Lax",
        httponly=True,
        secure=request.is_secure(),
    )
    return answer


def shown_columns(request: HttpRequest) -> dict[str, bool]:
    """Each column and whether this browser shows it."""
    hidden = set(request.COOKIES.get(_COOKIE, "").split("."))
    return {code: code not in hidden for code in COLUMNS}


def back(request: HttpRequest) -> str:
    """The list's address that a form names, if it is one of ours; else the list."""
    asked = request.POST.get("back", "")
    fits = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if fits and urlsplit(asked).path == reverse("orders:list") else reverse("orders:list")
