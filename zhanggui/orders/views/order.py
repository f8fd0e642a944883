"""One order's page, its peek, its rows of money, the rest of its timeline, its print."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound
from zhanggui.orders.models import Order
from zhanggui.orders.queries.detail import mask, order_of, parcels_of, postings, sheet
from zhanggui.orders.queries.filters import visible_to
from zhanggui.orders.queries.pages import rows_of
from zhanggui.orders.queries.timeline import PAGE, changes_of, timeline
from zhanggui.orders.views.answers import row, show
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

_COLUMNS = {
    "goods": "goods_fen",
    "discount": "discount_fen",
    "adjust": "adjust_fen",
    "postage": "postage_fen",
    "due": "due_fen",
    "paid": "paid_fen",
    "refunded": "refunded_fen",
}
"""Parts of the money box and the column whose changes stand behind each."""


@require_GET
@needs(Power.ORDER_SEE)
def order(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/"""
    return show(request, order_of(request.actor, code, number), note=request.GET.get("done", ""))


@require_GET
@needs(Power.ORDER_SEE)
def by_id(request: Request, pk: int) -> HttpResponse:
    """GET /orders/ids/<id>/: to the page of an order that a lower room knows by its id only."""
    found = get_object_or_404(visible_to(request.actor).select_related("shop"), pk=pk)
    return redirect("orders:order", found.shop.code, found.number)


@require_GET
@needs(Power.ORDER_SEE)
def peek(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/peek/: a look without leaving the list."""
    found = order_of(request.actor, code, number)
    shown = rows_of(Order.objects.filter(pk=found.pk), shops={found.shop_id: found.shop}, at=now())[0]
    context = {"order": found, "r": shown, "parcels": parcels_of(found), "told": timeline(found.pk, most=3)}
    return render(request, "orders/peek.html", context)


@require_GET
@needs(Power.ORDER_SEE)
def line(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/row/: the order as it now stands in the list."""
    found = order_of(request.actor, code, number)
    return row(request, found)


@require_GET
@needs(Power.ORDER_SEE)
def money(request: Request, code: str, number: str, part: str) -> HttpResponse:
    """GET /orders/<code>/<number>/money/<part>/: the rows behind one number of the money box."""
    found = order_of(request.actor, code, number)
    if part not in _COLUMNS:
        raise NotFound(_("没有这个页面。"))
    books = part in ("paid", "refunded", "due") and request.actor.can(Power.LEDGER_SEE, found.shop_id)
    changes = changes_of(found.pk, _COLUMNS[part])
    lines = list(found.lines.order_by("position")) if part in ("goods", "discount", "adjust", "due") else []
    mask(lines, "title", "spec")
    context = {
        "order": found,
        "part": part,
        "lines": lines,
        "postings": postings(found) if books else [],
        "changes": changes,
        "no_books": part in ("paid", "refunded", "due") and not books,
    }
    template = "orders/money.html#rows" if request.htmx else "orders/money.html"
    return render(request, template, context)


@require_GET
@needs(Power.ORDER_SEE)
def more(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/timeline/?before=: earlier lines of the timeline."""
    found = order_of(request.actor, code, number)
    told = timeline(found.pk, before=whole(request.GET.get("before", "")))
    context = {"order": found, "told": told, "more": len(told) == PAGE}
    template = "orders/timeline.html#lines" if request.htmx else "orders/timeline.html"
    return render(request, template, context)


@require_GET
@needs(Power.ORDER_SEE)
def paper(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/print/: the order on paper, masked."""
    found = order_of(request.actor, code, number)
    return render(
        request, "orders/print.html", {"sheet": sheet(found, by=request.actor, at=now()), "order": found}
    )
