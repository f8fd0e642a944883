"""The list of offers and their calendar."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.kit.clock import day_of, now
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.promotions import starters
from zhanggui.promotions.models import OfferKind
from zhanggui.promotions.queries import calendar as days
from zhanggui.promotions.queries import pages
from zhanggui.promotions.views.frame import frame, rows_of


@needs(Power.OFFER_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /offers/?shop=&kind=&state=&q=&after=&before="""
    at = now()
    wanted = pages.wanted_of(request.actor, request.GET)
    found = pages.page(request.actor, wanted, request.GET, at=at)
    context = frame(request, "promotions:offers") | {
        "wanted": wanted,
        "counts": pages.counts(request.actor, wanted, at=at),
        "page": found,
        "rows": rows_of(found.rows, shops=wanted.shops, at=at),
        "kinds": OfferKind.choices,
        "templates": starters.for_actor(request.actor),
        "unreadable": pages.unreadable(request.actor)[:20],
    }
    return render(request, "promotions/offers.html", context)


@needs(Power.OFFER_SEE)
@require_GET
def calendar(request: Request) -> HttpResponse:
    """GET /offers/calendar/?way=month|lanes&day=2026-11-01&shop=&kind=&state=&q="""
    at = now()
    today = day_of(at)
    wanted = pages.wanted_of(request.actor, request.GET)
    way = "lanes" if request.GET.get("way") == "lanes" else "month"
    view = days.view(request.actor, wanted, way=way, day=_day(request.GET.get("day", ""), today), at=at)
    keep = [(name, request.GET[name]) for name in ("way", "day") if request.GET.get(name)]
    context = frame(request, "promotions:calendar") | {
        "wanted": wanted,
        "view": view,
        "last": view.days[-1],
        "today": today,
        "kinds": OfferKind.choices,
        "keep": keep,
    }
    return render(request, "promotions/calendar.html", context)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return today
    return day if abs(day - today) < timedelta(days=4000) else today
