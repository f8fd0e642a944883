"""Who the buyer is, and the guard of the pages that only a buyer may see."""

import functools
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from zhanggui.customers.models import Account, Buyer
from zhanggui.customers.sessions import BUYER, EPOCH, MERCHANT
from zhanggui.shops.models import Platform, Shop

View = Callable[..., HttpResponse]


class BuyerRequest(HttpRequest):
    """A request of a signed-in buyer."""

    buyer: Buyer
    shopping: Any
    htmx: Any


def buyer_of(request: Any) -> Buyer | None:
    """The buyer whose session this is, or None. Read once per request: a disabled account, a changed password and
    a raised epoch hold at the next request. At most two statements (session, account); none without a cookie.
    """
    if "_buyer" not in request.__dict__:
        request._buyer = _read(request)
    found: Buyer | None = request._buyer
    return found


def _read(request: Any) -> Buyer | None:
    shopping = getattr(request, "shopping", None)
    if shopping is None or not shopping.session_key or BUYER not in shopping:
        return None
    accounts, buyers = (
        [field.attname for field in model._meta.concrete_fields] for model in (Account, Buyer)
    )
    columns = ", ".join([f"a.{name}" for name in accounts] + [f"b.{name}" for name in buyers])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM customers_account a JOIN customers_buyer b ON b.id = a.buyer_id "  # noqa: S608
            "WHERE a.buyer_id = %s AND a.epoch = %s AND a.disabled_at IS NULL",
            [shopping[BUYER], shopping.get(EPOCH)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    account = Account.from_db(connection.alias, accounts, row[: len(accounts)])
    account.buyer = Buyer.from_db(connection.alias, buyers, row[len(accounts) :])
    account.buyer.account = account
    return account.buyer


def needs_buyer(view: View) -> View:
    """Guard a view: a buyer is signed in (`request.buyer`), else to the door and back again.

    Whose thing it is about is the view's business: it reads rows of `request.buyer` only, so another buyer's
    thing is 404. The answer is kept by no cache. The route test reads `view.power`.
    """

    @functools.wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        buyer = buyer_of(request)
        if buyer is None:
            return to_door(request)
        request.buyer = buyer
        answer = view(request, *args, **kwargs)
        add_never_cache_headers(answer)
        return answer

    guarded.power = None  # type: ignore[attr-defined]
    guarded.of_buyer = True  # type: ignore[attr-defined]
    return guarded


def to_door(request: HttpRequest) -> HttpResponse:
    """To signing in, and from there back to the page that was asked for (a form: the page it stood on)."""
    back = request.get_full_path() if request.method == "GET" else _from_page(request)
    door = f"{resolve_url('storefront:sign-in')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = door
        return answer
    return redirect(door)


def _from_page(request: HttpRequest) -> str:
    page = request.headers.get("Referer", "")
    host = f"{request.scheme}://{request.get_host()}"
    return page.removeprefix(host) if page.startswith(f"{host}/") else "/my/"


def merchant_of(request: Any, where: str = "") -> int | None:
    """The merchant whose shops the visitor is in: of the shop in the address `where` ("/s/OW01/…"), else the one this
    browser visited last, else the first that has a shop of its own. None: there is none. At most two statements.
    """
    shops = Shop.objects.filter(platform=Platform.OWN, closed_at__isnull=True)
    parts = where.split("/")
    if len(parts) > 2 and parts[1] == "s":
        found = shops.filter(code__iexact=parts[2][:20]).values_list("merchant_id", flat=True).first()
        if found is not None:
            return found
    shopping = getattr(request, "shopping", None)
    if shopping is not None and shopping.session_key and MERCHANT in shopping:
        return int(shopping[MERCHANT])
    return shops.order_by("pk").values_list("merchant_id", flat=True).first()
