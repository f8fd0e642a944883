"""Every part of the design system on one page, for those who build pages; only where debugging is on."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.kit.icons import ICONS
from zhanggui.people.http import Request, needs

_STATES = (
    "unpaid",
    "paid",
    "part_shipped",
    "shipped",
    "finished",
    "closed_unpaid",
    "closed_refunded",
    "running",
    "done",
    "failed",
    "cancelled",
    "paused",
)


@needs("")
@require_GET
def style(request: Request) -> HttpResponse:  # GET /style/
    if not settings.DEBUG:
        raise Http404
    return render(
        request, "console/style.html", {"icons": sorted(ICONS), "states": _STATES, "flags": range(6)}
    )
