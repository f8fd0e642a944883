"""The books of one order: what every account holds, every posting that made it so, its payments and refunds."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.checkout import queries
from zhanggui.freight.wording import measure
from zhanggui.orders.queries.detail import order_of
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_GET
@needs(Power.LEDGER_SEE)
def books(request: Request, code: str, number: str) -> HttpResponse:
    """GET /orders/<code>/<number>/books/"""
    order = order_of(request.actor, code, number)
    request.actor.must(Power.LEDGER_SEE, shop_id=order.shop_id)
    parcel = queries.parcel_of(order)
    context = {
        "order": order,
        "books": queries.books_of(order),
        "parcel": parcel,
        "weight": measure(parcel.weight_g, "weight") if parcel is not None else "",
    }
    return render(request, "checkout/books.html", context)
