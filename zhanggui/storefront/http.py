"""The door of the buyers' window: anybody may come in; a "no" is said in the buyers' frame, not in the clerks'."""

import functools
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.people.http import View


def window(view: View) -> View:
    """Mark a view as a page of the window (`view.power` None) and show its refusals to a buyer.

    What a buyer may not see and what does not exist are the same 404 page. A view may hang the shop it found on
    the request (`request.shop`), then the refusal keeps the shop's name and its way home.
    """

    @functools.wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return refused(request, NotFound(_("没有找到这个页面。")))
        except Refused as refusal:
            if request.headers.get("Accept", "").startswith("application/json"):
                raise
            return refused(request, refusal)

    shown.power = None  # type: ignore[attr-defined]
    return shown


def refused(request: Any, refusal: Refused) -> HttpResponse:
    """The page that tells a buyer why not."""
    context = {"refusal": refusal, "shop": getattr(request, "shop", None)}
    return render(request, "storefront/refusal.html", context, status=refusal.status)
