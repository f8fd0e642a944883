"""Paying: choosing how, going to the provider, and the page that waits until it is known."""

import logging
from typing import Any

import segno
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.models import Payment
from zhanggui.connect.payment import asking, ports
from zhanggui.connect.payment.accounts import ways
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.orders.states import State
from zhanggui.people.http import attempt
from zhanggui.people.sessions import address_of
from zhanggui.storefront.actions.paying import take_turn
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import bought, paying
from zhanggui.storefront.saying import show, tell

log = logging.getLogger(__name__)


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
def choose(request: BuyerRequest) -> HttpResponse:
    """GET, POST /pay/?order=…&order=…: one payment for one or several orders (S0-12); then to the provider."""
    numbers = request.POST.getlist("order") or request.GET.getlist("order")
    orders = paying.orders(request.buyer, numbers)
    waiting = [order for order in orders if order.state == State.UNPAID]
    if not waiting:
        tell(request, _("这些订单已经不用付款了。"))
        return redirect("storefront:my-orders")
    providers = ways(request.buyer.merchant_id)
    refusal: Refused | None = None
    wanted = request.POST.get("provider", "")[:8]
    # "red" is what red packets pay whole; `open_payment` refuses it where money is asked.
    if request.method == "POST" and wanted not in (*providers, Payment.Provider.RED):
        refusal = Invalid(_("请选择支付方式。"), "provider")
    elif request.method == "POST":
        payment, refusal = attempt(
            open_payment,
            by=for_buyer(request.buyer, address=address_of(request)),
            order_ids=[order.pk for order in waiting],
            provider=wanted,
            at=now(),
            buyer_id=request.buyer.pk,
        )
        if payment is not None:
            done = payment.state != Payment.State.OPEN
            return redirect(
                f"{reverse('storefront:payment', args=[payment.number])}{'' if done else '?go=1'}"
            )
    pages = [bought.page(order, at=now()) for order in waiting]
    labels = dict(Payment.Provider.choices)
    context = {
        "pages": pages,
        "total_fen": sum(page.next_fen for page in pages),
        "providers": [(name, labels.get(name, name)) for name in providers],
        "refusal": refusal,
        "here": "my",
    }
    return show(request, "storefront/pay/choose.html", context, status=refusal.status if refusal else 200)


@require_GET
@window
@needs_buyer
def payment(request: BuyerRequest, number: str) -> HttpResponse:
    """GET /pay/<number>/: where it stands. While it is open the page asks again by itself, and the provider is asked
    at most every few seconds, whoever looks from how many windows. `go`: on the way to the provider. `unpaid`: what the
    provider said last, so that the page says the same while it is not our turn to ask. Nobody is sent to pay a payment
    whose time is over or of which an order was closed: the orders that are left get another.
    """
    row = paying.payment(request.buyer, number)
    trouble, said = "", ports.OPEN if request.GET.get("unpaid") else ""
    start = ports.Start()
    if row.state == Payment.State.OPEN:
        if request.GET.get("go") and not paying.over(row, at=now()):
            start, trouble = _start(request, row)
        else:
            heard, trouble = _ask(row)
            said = heard or said
            row = paying.payment(request.buyer, number)
    parts = list(row.parts.all())
    orders = [part.order for part in parts if part.order is not None]
    over = row.state == Payment.State.OPEN and paying.over(row, at=now())
    context = {
        "payment": row,
        "orders": orders,
        "rest": [order for order in orders if order.state == State.UNPAID and not order.cod],
        "withdrawn": over and any(order.state == State.CLOSED_UNPAID for order in orders),
        "failed": said == ports.OPEN and row.state == Payment.State.OPEN and not over,
        "auction": paying.auction(parts),
        "late": [part for part in parts if part.booked == "stray"],
        "start": start,
        "qr": segno.make(start.qr).svg_inline(scale=5, svgclass="qr", lineclass=None) if start.qr else "",
        "trouble": trouble,
        "go": bool(request.GET.get("go")) and bool(start.url),
        "open": row.state == Payment.State.OPEN,
        "over": over,
        "here": "my",
    }
    return show(request, "storefront/pay/payment.html", context)


def _start(request: Any, row: Payment) -> tuple[ports.Start, str]:
    """Where this is paid, else why one cannot get there now."""
    back = request.build_absolute_uri(reverse("storefront:payment", args=[row.number]))
    try:
        return ports.provider(row.provider).start(row, return_url=back, phone=_phone(request)), ""
    except (ports.Unreachable, ports.Declined, KeyError) as trouble:
        log.warning("payment %s cannot be started: %s", row.pk, type(trouble).__name__)
        return ports.Start(), _("支付平台暂时没有应答，请稍后重试或换一种支付方式。您没有被扣款。")


def _ask(row: Payment) -> tuple[str, str]:
    """Ask the provider, when it is our turn; what it says takes effect below: (its word, what to tell the buyer).
    Silence is no trouble of the buyer's.
    """
    if not take_turn(row):
        return "", ""
    try:
        return asking.hear(row, at=now()), ""
    except (ports.Unreachable, ports.Declined, Refused, KeyError) as trouble:
        log.info("payment %s cannot be asked for: %s", row.pk, type(trouble).__name__)
        return "", _("支付平台暂时没有应答，我们会继续确认。")


def _phone(request: Any) -> bool:
    agent = request.headers.get("User-Agent", "")
    return "Mobile" in agent or "Android" in agent
