"""A buyer's own session: another cookie and another row than the staff's, so the two never mix in one browser.

`request.shopping` is read when something asks for it, and written when it changed. It holds the account (id and
epoch) once somebody signed in, and before that the anonymous cart.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from zhanggui.customers.actions.accounts import remember
from zhanggui.customers.models import Account
from zhanggui.kit.clock import now
from zhanggui.people import devices

BUYER, EPOCH, MERCHANT, CART = "buyer", "buyer_epoch", "merchant", "cart"
_LIVES = 30 * 24 * 3600


def cookie_name() -> str:
    """The cookie's name; bound to this host alone where the house is served over https."""
    return "__Host-zg-buyer" if settings.SESSION_COOKIE_SECURE else "zg-buyer"


class Shopping(SessionStore):
    """The same rows as Django's own, read by one plain statement: every page of a buyer reads one."""

    key_salt = "django.contrib.sessions.SessionStore"

    def load(self) -> dict[str, Any]:
        """What the session holds; {} when it ended. One statement."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
                [self.session_key, now()],
            )
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row[0])
        return found


class ShoppingMiddleware:
    """Puts `request.shopping` (a session) on every request and saves it when it was changed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        read: list[Shopping] = []

        def store() -> Shopping:
            read.append(Shopping(request.COOKIES.get(cookie_name()) or None))
            return read[0]

        request.shopping = SimpleLazyObject(store)
        response = self.get_response(request)
        if read:
            patch_vary_headers(response, ("Cookie",))
            _keep(request, read[0], response)
        return response


def _keep(request: HttpRequest, session: SessionStore, response: HttpResponse) -> None:
    if not session.modified:
        return
    if session.is_empty():
        if cookie_name() in request.COOKIES:
            response.delete_cookie(cookie_name(), path="/", samesite="Lax")
        return
    if response.status_code >= 500:
        return
    session.set_expiry(_LIVES)
    try:
        session.save()
    except UpdateError:  # it ended in another window while this request ran
        return
    response.set_cookie(
        cookie_name(),
        str(session.session_key),
        max_age=_LIVES,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        path="/",
    )


def begin(request: Any, account: Account, response: HttpResponse) -> HttpResponse:
    """Sign the buyer in: a fresh session key (no fixation), the browser noted. The caller merges the cart before."""
    token = devices.token_of(request) or secrets.token_urlsafe(32)
    request.shopping.flush()
    request.shopping[BUYER] = account.pk
    request.shopping[EPOCH] = account.epoch
    request.shopping[MERCHANT] = account.merchant_id
    remember(buyer=account.buyer, token=token, label=devices.label_of(request), at=now())
    devices.give_cookie(response, token)
    request.__dict__.pop("_buyer", None)
    return response


def leave(request: Any) -> None:
    """End the buyer's session here and in the database."""
    request.shopping.flush()
    request.__dict__.pop("_buyer", None)
