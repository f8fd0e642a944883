"""The guard of the views of the rooms below `people` (jobs, journal); all others wear `people.http.needs`."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zhanggui.kit.actor import power_name
from zhanggui.kit.refusals import NotAllowed

View = Callable[..., HttpResponse]


def needs(power: str) -> Callable[[View], View]:
    """Guard a view: signed in, owing nothing, and holding the power in at least one shop ("" for any signed-in person).

    Which shop it is about is the view's business: it reads its rows through `queries.visible_to(actor)`,
    so that another shop's thing is 404 before anything is 403. The route test reads `view.power`.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.actor is None:
                door = resolve_url(settings.LOGIN_URL)
                if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
                    answer = HttpResponse(status=401)
                    answer["HX-Redirect"] = door
                    return answer
                return redirect(f"{door}?{urlencode({'next': request.get_full_path()})}")
            if getattr(request, "owes", ""):  # a new password or the second factor: the home page knows where
                return redirect("/")
            if power and not request.actor.can_somewhere(power):
                raise NotAllowed(
                    _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(power)}
                )
            return view(request, *args, **kwargs)

        guarded.power = power  # type: ignore[attr-defined]
        return guarded

    return wrap
