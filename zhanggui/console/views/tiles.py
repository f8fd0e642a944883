"""The home page's pieces that need nobody else: today's orders, one's jobs, one's last acts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from zhanggui.console import queries
from zhanggui.jobs.queries import mine_now
from zhanggui.kit.clock import now
from zhanggui.orders.queries.filters import visible_to
from zhanggui.orders.queries.views import VIEWS, counts, shown
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

LAST = 6


@needs(Power.ORDER_SEE)
@require_GET
def orders(request: Request) -> HttpResponse:  # GET /tiles/orders/
    """How many orders wait in each system view; every number opens the rows behind it. Few statements."""
    found = counts(visible_to(request.actor), at=now())
    base = reverse("orders:list")
    figures = [
        {
            "label": view.label,
            "many": shown(found[view.code]),
            "url": f"{base}?{urlencode({'view': view.code})}",
            "weight": ("bad" if view.urgent else "") if found[view.code] else "zero",
        }
        for view in VIEWS
        if view.code in found
    ]
    return render(request, "console/tiles.html#orders", {"figures": figures, "at": now()})


@needs("")
@require_GET
def jobs(request: Request) -> HttpResponse:  # GET /tiles/jobs/
    return render(request, "console/tiles.html#jobs", {"jobs": mine_now(request.actor)[:4]})


@needs("")
@require_GET
def acts(request: Request) -> HttpResponse:  # GET /tiles/acts/
    return render(request, "console/tiles.html#acts", {"acts": queries.last_acts(request.actor)[:LAST]})
