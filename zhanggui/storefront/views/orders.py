"""A buyer's own orders. Another buyer's order is 404, on every address."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import bought
from zhanggui.storefront.saying import show


@require_GET
@window
@needs_buyer
def index(request: BuyerRequest) -> HttpResponse:
    """GET /my/orders/?tab=&before=: a page of the list. Five statements."""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in bought.TABS else "all"
    cards, onward = bought.cards(request.buyer, tab, before=number(request.GET.get("before", "")) or None)
    context: dict[str, Any] = {
        "cards": cards,
        "onward": onward,
        "tab": tab,
        "tabs": [(code, label) for code, (label, _condition) in bought.TABS.items()],
        "here": "my",
    }
    return show(request, "storefront/orders/list.html", context)


@require_GET
@window
@needs_buyer
def order(request: BuyerRequest, number: str) -> HttpResponse:
    """GET /my/orders/<number>/: one order. A dozen statements."""
    page = bought.page(bought.order_of(request.buyer, number), at=now())
    return show(request, "storefront/orders/order.html", {"page": page, "order": page.order, "here": "my"})


def number(text: str) -> int:
    """A number out of an address or a form; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
