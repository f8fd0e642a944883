"""The request as views see it, and the guard that every view wears."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor, power_name
from zhanggui.kit.refusals import NotAllowed, NotFound, Refused
from zhanggui.people.actors import PASSWORD, TWO_FACTOR
from zhanggui.people.models import Staff
from zhanggui.people.rules import TooMany

R = TypeVar("R")
View = Callable[..., HttpResponse]
_WHERE = {PASSWORD: "password", TWO_FACTOR: "two-factor"}


class Request(HttpRequest):
    """An HTTP request of a signed-in person."""

    actor: Actor
    user: Staff
    owes: str
    htmx: Any


def needs(power: str, *, even_owing: bool = False) -> Callable[[View], View]:
    """Guard a view: signed in, and holding the power in at least one shop ("" for any signed-in person).

    Who still owes a new password or the second factor is sent there first, except by the pages where that
    is done (`even_owing`).

    Which shop it is about is the view's business: it reads its rows through `queries.visible_to(actor)`,
    so that another shop's thing is 404 before anything is 403. The route test reads `view.power`.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.actor is None:
                query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
                return _sent_to(request, reverse("people:sign-in"), query)
            if request.owes and not even_owing:
                return _sent_to(request, reverse(f"people:{_WHERE[request.owes]}"))
            if power and not request.actor.can_somewhere(power):
                raise NotAllowed(
                    _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(power)}
                )
            return view(request, *args, **kwargs)

        guarded.power = power  # type: ignore[attr-defined]
        return guarded

    return wrap


def _sent_to(request: HttpRequest, address: str, query: str = "") -> HttpResponse:
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = address
        return answer
    return redirect(f"{address}?{query}" if query else address)


def attempt(verb: Callable[..., R], **given: Any) -> tuple[R | None, Refused | None]:
    """Run a verb; its refusal is given back instead of raised. A thing not seen (404) is still raised."""
    try:
        return verb(**given), None
    except NotFound:
        raise
    except Refused as refusal:
        return None, refusal


def show_refusal(form: Any, refusal: Refused | None) -> int:
    """Put a refusal beside the field it is about; gives the status of the answer (200 for none)."""
    if refusal is None:
        return 200 if form.is_valid() else 422
    field = getattr(refusal, "field", "")
    form.add_error(field if field in form.fields else None, refusal.message)
    return refusal.status


def say_when(answer: HttpResponse, refusal: Refused | None) -> HttpResponse:
    """Tell the other end when asking again is worth it, where it asked too often."""
    if isinstance(refusal, TooMany):
        answer["Retry-After"] = str(refusal.wait)
    return answer


def anybody(view: View) -> View:
    """Mark a view that needs no sign-in (signing in itself, health). The route test reads `view.power`."""
    view.power = None  # type: ignore[attr-defined]
    return view
