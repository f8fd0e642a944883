"""A buyer's own orders. Another buyer's order is 404, on every address."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog.queries import window as shelf
from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions import following, refunds
from zhanggui.customers import queries as buyers
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order
from zhanggui.people.http import attempt
from zhanggui.people.sessions import address_of
from zhanggui.storefront.actions import carts, receivers
from zhanggui.storefront.actions.carts import InCart
from zhanggui.storefront.http import window
from zhanggui.storefront.numbers import number as number_of
from zhanggui.storefront.queries import bought
from zhanggui.storefront.saying import show, tell


@require_GET
@window
@needs_buyer
def index(request: BuyerRequest) -> HttpResponse:
    """GET /my/orders/?tab=&before=: a page of the list. Five statements."""
    tab = request.GET.get("tab", "all")
    tab = tab if tab in bought.TABS else "all"
    cards, onward = bought.cards(request.buyer, tab, before=number_of(request.GET.get("before", "")) or None)
    context: dict[str, Any] = {
        "cards": cards,
        "onward": onward,
        "tab": tab,
        "tabs": [(code, label) for code, (label, _condition) in bought.TABS.items()],
        "unpaid": [card for card in cards if card.unpaid and not card.order.cod],
        "here": "my",
    }
    return show(request, "storefront/orders/list.html", context)


@require_GET
@window
@needs_buyer
def order(request: BuyerRequest, number: str) -> HttpResponse:
    """GET /my/orders/<number>/: one order. Sixteen statements at most."""
    return _page(request, bought.order_of(request.buyer, number))


@require_POST
@window
@needs_buyer
def cancellation(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/cancellation/ (reason)."""
    reason = request.POST.get("reason", "")
    return _act(request, number, following.cancel, _("订单已取消。"), reason=reason)


@require_POST
@window
@needs_buyer
def extension(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/extension/ (days)."""
    days = number_of(request.POST.get("days", ""))
    return _act(request, number, following.extend, _("已延长收货时间。"), days=days)


@require_POST
@window
@needs_buyer
def confirmation(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/confirmation/."""
    return _act(request, number, following.confirm, _("已确认收货，谢谢惠顾。"))


@require_POST
@window
@needs_buyer
def refund(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/refund/ (line, reason): money back for what was paid and not sent; `keep`: after all not."""
    if request.POST.get("keep"):
        return _act(request, number, refunds.take_back, _("已撤销退款申请。"))
    lines = [number_of(text) for text in request.POST.getlist("line")]
    reason = request.POST.get("reason", "")
    reason = reason if reason in following.REASONS else ""
    return _act(
        request,
        number,
        refunds.ask_back,
        _("退款申请已提交，商家会尽快处理。"),
        line_ids=lines,
        reason=reason,
    )


@require_POST
@window
@needs_buyer
def receiver(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/receiver/ (address, version): the last edit before payment."""
    _row, clear = buyers.address(request.buyer, request.POST.get("address", ""))
    verb = partial(
        receivers.send_to,
        receiver=ArrivingReceiver.at(clear),
        version=number_of(request.POST.get("version", "")),
    )
    return _act(request, number, verb, _("收货地址已改好。"))


@require_POST
@window
@needs_buyer
def again(request: BuyerRequest, number: str) -> HttpResponse:
    """POST /my/orders/<number>/again/: the same things into the cart, at today's price; what is gone stays out."""
    row = bought.order_of(request.buyer, number)
    lines = [line for line in row.lines.all() if line.sku_id is not None and line.gift_of is None]
    cards = shelf.skus([line.sku_id for line in lines if line.sku_id], shop_id=row.shop_id, at=now())
    put = [
        InCart(row.shop_id, line.sku_id, line.pieces, cards[line.sku_id].price_fen)
        for line in lines
        if line.sku_id in cards and cards[line.sku_id].on
    ]
    if not put:
        raise NotFound(_("这些商品都已下架。"))
    by = for_buyer(request.buyer, address=address_of(request))
    carts.put_many(by=by, buyer=request.buyer, lines=put, add=False, at=now())
    gone = len(lines) - len(put)
    tell(request, _("已放进购物车。") + (_("有 %(n)s 种已下架。") % {"n": gone} if gone else ""))
    return redirect("storefront:cart")


def _act(
    request: BuyerRequest, number: str, verb: Callable[..., Any], done: str, **given: Any
) -> HttpResponse:
    """Do something to an own order and show it; a refusal is shown on the order's page."""
    row = bought.order_of(request.buyer, number)
    by = for_buyer(request.buyer, address=address_of(request))
    _nothing, refusal = attempt(verb, by=by, buyer=request.buyer, order=row, at=now(), **given)
    if refusal is not None:
        return _page(request, bought.order_of(request.buyer, number), refusal=refusal)
    tell(request, done)
    return redirect("storefront:my-order", number=row.number)


def _page(request: BuyerRequest, row: Order, *, refusal: Any = None) -> HttpResponse:
    page = bought.page(row, at=now())
    context = {
        "page": page,
        "order": row,
        "refusal": refusal,
        "reasons": following.REASONS,
        "addresses": buyers.addresses(request.buyer) if page.may["edit"] else [],
        "pay_url": f"{reverse('storefront:pay')}?{urlencode({'order': row.number})}",
        "review_url": _review_url(row) if page.may["review"] else "",
        "here": "my",
    }
    return show(request, "storefront/orders/order.html", context, status=refusal.status if refusal else 200)


def _review_url(row: Order) -> str:
    """Where the order is reviewed, once the room for it is there."""
    try:
        return reverse("reviews:write", args=[row.number])
    except NoReverseMatch:
        return ""
