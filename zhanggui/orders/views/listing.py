"""The order list (S6): one page of any filter, its counts, its columns."""

import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from zhanggui.freight.queries import carriers
from zhanggui.kit import regions
from zhanggui.kit.refusals import Invalid
from zhanggui.orders.marks import TEMPLATES
from zhanggui.orders.queries import filters, pages, views
from zhanggui.orders.states import CloseReason, Flag, Refund, State
from zhanggui.orders.views.columns import COLUMNS, shown_columns
from zhanggui.people.http import Request, needs
from zhanggui.people.models import Department
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


@require_GET
@needs(Power.ORDER_SEE)
def index(request: Request) -> HttpResponse:
    """GET /orders/?view=&shop=&q=…&after=&before=&day="""
    mine = filters.shops_of(request.actor)
    shops = {shop.pk: shop for shop in mine}
    trouble: Invalid | None = None
    try:
        wanted = filters.narrowing(request.actor, request.GET, shops=mine)
        day = request.GET.get("day", "").strip()
        cursor = request.GET.get("after", "") or request.GET.get("before", "")
        found = pages.page(
            wanted, shops=shops, cursor=cursor, on=filters.read_day(day, "day") if day else None
        )
    except Invalid as refusal:
        trouble = refusal
        wanted = filters.narrowing(request.actor, {}, shops=mine)
        found = pages.Page([], "", "")
    columns = shown_columns(request)
    context: dict[str, Any] = {
        "page": found,
        "wanted": wanted,
        "refusal": trouble,
        "shops": mine,
        "views": views.VIEWS,
        "columns": columns,
        "column_names": COLUMNS,
        "at": wanted.at,
        "form_key": secrets.token_urlsafe(12),
        "span": sum(columns.values()) + 2,
        "topics": _topics(wanted.shops or mine),
        "counts_query": _counts_query(wanted),
        "saved_url": _saved(wanted),
        **choices(request),
    }
    template = "orders/list.html"
    if request.htmx and request.headers.get("HX-Target", "").endswith("rows"):
        template = "orders/list.html#rows"
    return render(request, template, context, status=trouble.status if trouble else 200)


def choices(request: Request) -> dict[str, Any]:
    """What the bulk forms offer. One statement: the colleagues."""
    return {
        "flags": Flag.choices,
        "close_reasons": CloseReason.choices,
        "templates": TEMPLATES.values(),
        "colleagues": filters.colleagues(request.actor.shops_with(Power.ORDER_SEE)),
        "export_url": _url("connect:export-new"),
        "import_url": _url("connect:imports"),
    }


@require_GET
@needs(Power.ORDER_SEE)
def filter_form(request: Request) -> HttpResponse:
    """GET /orders/filter/?…: every filter as a form; fetched when it is opened, or a page of its own."""
    wanted = filters.narrowing(request.actor, request.GET)
    context = {
        "wanted": wanted,
        "states": State.choices,
        "refunds": [pair for pair in Refund.choices if pair[0]],
        "troubles": filters.TROUBLES.items(),
        "mark_kinds": filters.MARK_KINDS.items(),
        "departments": Department.choices,
        "flags": Flag.choices,
        "colleagues": filters.colleagues(request.actor.shops_with(Power.ORDER_SEE)),
        "carriers": carriers(),
        "provinces": [(code[:2], regions.name_of(code)) for code in regions.provinces()],
    }
    template = "orders/filter.html#fields" if request.htmx else "orders/filter.html"
    return render(request, template, context)


@require_GET
@needs(Power.ORDER_SEE)
def counts(request: Request) -> HttpResponse:
    """GET /orders/counts/: how many wait in each system view, for the shops of the filter."""
    mine = filters.shops_of(request.actor)
    wanted = filters.narrowing(request.actor, {"shop": request.GET.getlist("shop")}, shops=mine)
    numbers = views.counts(wanted.scope(), at=wanted.at)
    here = filters.narrowing(request.actor, _kept(request), shops=mine)
    context = {
        "views": views.VIEWS,
        "wanted": here,
        "numbers": {code: views.shown(number) for code, number in numbers.items()},
        "topics": _topics(here.shops or mine),
        "counts_query": _counts_query(here),
    }
    return render(request, "orders/list.html#views", context)


@require_GET
@needs(Power.ORDER_SEE)
def size(request: Request) -> HttpResponse:
    """GET /orders/size/?…: how many orders the whole filter holds, for "select all N"."""
    wanted = filters.narrowing(request.actor, request.GET)
    many = pages.how_many(wanted.rows(), pages.MOST_CHOSEN + 1)
    context = {"many": min(many, pages.MOST_CHOSEN), "over": many > pages.MOST_CHOSEN}
    return render(request, "orders/list.html#size", context)


def _kept(request: Request) -> dict[str, list[str]]:
    return {name: request.GET.getlist(name) for name in ("shop", "view") if name in request.GET}


def _topics(shops: Sequence[Shop]) -> str:
    return " ".join(f"shop:{shop.pk}" for shop in shops[:19])


def _counts_query(wanted: filters.Narrowing) -> str:
    return urlencode({"shop": [shop.code for shop in wanted.shops], "view": wanted.view.code}, doseq=True)


def _saved(wanted: filters.Narrowing) -> str:
    base = _url("console:views")
    return f"{base}?{urlencode({'page': 'orders:list', 'query': wanted.address})}" if base else ""


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
