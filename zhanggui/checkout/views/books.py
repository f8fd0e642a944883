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
    """GET /orders/<code>/<number>/books/?account=: with the entries of one account only, or all."""
    order = order_of(request.actor, code, number)
    request.actor.must(Power.LEDGER_SEE, shop_id=order.shop_id)
    parcel = queries.parcel_of(order)
    found, account = queries.books_of(order), request.GET.get("account", "")
    account = (
        account if any(side.account == account for entry in found.entries for side in entry.sides) else ""
    )
    entries = [
        entry
        for entry in found.entries
        if not account or any(side.account == account for side in entry.sides)
    ]
    context = {
        "order": order,
        "books": found,
        "account": account,
        "entries": entries,
        "may_see": request.actor.can(Power.PAYMENT_SEE, order.shop_id),
        "parcel": parcel,
        "weight": measure(parcel.weight_g, "weight") if parcel is not None else "",
    }
    return render(request, "checkout/books.html", context)
