"""The request as views see it, and the guard that every view wears."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor, power_name
from zhanggui.kit.refusals import NotAllowed
from zhanggui.people.models import Staff

View = Callable[..., HttpResponse]


class Request(HttpRequest):
    """An HTTP request of a signed-in person."""

    actor: Actor
    user: Staff
    htmx: Any


def needs(power: str) -> Callable[[View], View]:
    """Guard a view: signed in, and holding the power in at least one shop ("" for any signed-in person).

    Which shop it is about is the view's business: it reads its rows through `queries.visible_to(actor)`,
    so that another shop's thing is 404 before anything is 403. The route test reads `view.power`.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.actor is None:
                answer = redirect(
                    f"{reverse('people:sign-in')}?{urlencode({'next': request.get_full_path()})}"
                )
                if request.headers.get("HX-Request"):
                    answer = HttpResponse(status=401)  # type: ignore[assignment]
                    answer["HX-Redirect"] = reverse("people:sign-in")
                return answer
            if power and not request.actor.can_somewhere(power):
                raise NotAllowed(
                    _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(power)}
                )
            return view(request, *args, **kwargs)

        guarded.power = power  # type: ignore[attr-defined]
        return guarded

    return wrap


def anybody(view: View) -> View:
    """Mark a view that needs no sign-in (signing in itself, health). The route test reads `view.power`."""
    view.power = None  # type: ignore[attr-defined]
    return view
