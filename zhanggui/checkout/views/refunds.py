"""A refund of an own order: what would go back, line by line, and the two buttons that decide it."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhanggui.checkout import queries
from zhanggui.checkout.actions import refunds
from zhanggui.checkout.refunding import propose
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.money import yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders.models import Order
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.rules import OWN
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.shops.policies import value


@require_http_methods(["GET", "POST"])
@needs(Power.ORDER_SETTLE)
def refund(request: Request, code: str, number: str) -> HttpResponse:
    """GET, POST /orders/<code>/<number>/refund/ (version, do=settle or refuse, reason)."""
    order = order_of(request.actor, code, number)
    request.actor.must(Power.ORDER_SETTLE, shop_id=order.shop_id)
    if order.source != OWN:
        raise NotFound(_("没有这个页面。"))
    if request.method == "GET":
        return _show(request, order)
    version = whole(request.POST.get("version", "")) or 0
    if request.POST.get("do") == "refuse":
        _nothing, refusal = attempt(
            refunds.refuse,
            by=request.actor,
            order=order,
            version=version,
            reason=request.POST.get("reason", ""),
            at=now(),
        )
        said = _("已拒绝退款，买家会看到原因。")
    else:
        done, refusal = attempt(refunds.settle, by=request.actor, order=order, version=version, at=now())
        said = _said(done)
    if refusal is not None:
        return _show(request, order_of(request.actor, code, number), refusal)
    return toast(request, redirect("checkout:refund", code, number), said)


def _said(done: refunds.Settled | None) -> str:
    if done is None:
        return ""
    if done.waiting:
        return _("已记下您的确认，还要另一位同事确认才会退款。")
    return _("已退款 %(fen)s 元，现金部分正在原路退回。") % {"fen": yuan(done.refund_fen)}


def _show(request: Request, order: Order, refusal: Refused | None = None) -> HttpResponse:
    at = now()
    found = propose(order, list(order.lines.order_by("position")), at=at)
    limit = int(value("checkout.refund_two_from", order.shop, day_of(at)))
    look = order.extra.get(refunds.LOOK) or {}
    context = {
        "order": order,
        "found": found,
        "two": found is not None and found.refund_fen >= limit,
        "look": look if found is not None and look.get("fen") == found.refund_fen else None,
        "mine": look.get("staff") == request.actor.staff_id,
        "backs": queries.backs_of(order),
        "refusal": refusal,
    }
    template = "checkout/refund.html#panel" if request.htmx else "checkout/refund.html"
    return render(request, template, context, status=refusal.status if refusal else 200)
