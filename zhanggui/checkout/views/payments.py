"""Payments: the list, one of them with its parts and refunds, and what a person decides about money that does not fit."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.checkout import queries
from zhanggui.checkout.actions import backs
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power


@require_GET
@needs(Power.PAYMENT_SEE)
def index(request: Request) -> HttpResponse:
    """GET /payments/?state=&before=: the newest first, fifty a page."""
    state = request.GET.get("state", "")
    state = state if state in (*Payment.State.values, "trouble") else ""
    rows, more = queries.payments(request.actor, state=state, before=whole(request.GET.get("before", "")))
    states = [("", "全部"), ("trouble", "待处理"), *Payment.State.choices]
    return render(
        request, "checkout/payments.html", {"rows": rows, "more": more, "state": state, "states": states}
    )


@require_GET
@needs(Power.PAYMENT_SEE)
def payment(request: Request, number: str) -> HttpResponse:
    """GET /payments/<number>/"""
    return _show(request, get_object_or_404(queries.visible_to(request.actor), number=number))


@require_POST
@needs(Power.PAYMENT_SETTLE)
def back(request: Request, number: str) -> HttpResponse:
    """POST /payments/<number>/return/: give a wrong sum back whole."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    _made, refusal = attempt(backs.settle_wrong, by=request.actor, payment=found, at=now())
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(request, redirect("checkout:payment", number), _("已申请原路退回。"))


@require_POST
@needs(Power.PAYMENT_SETTLE)
def again(request: Request, number: str, pk: int) -> HttpResponse:
    """POST /payments/<number>/backs/<id>/again/: ask once more for a refund that failed."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    row = get_object_or_404(MoneyBack, payment=found, pk=pk)
    _made, refusal = attempt(backs.again, by=request.actor, back=row, at=now())
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(request, redirect("checkout:payment", number), _("已再次申请退款。"))


def _show(request: Request, found: Payment, refusal: Refused | None = None) -> HttpResponse:
    parts, others = queries.parts_of(request.actor, found)
    mine = {part.order_id for part in parts}
    backs_here = found.backs.select_related("order__shop").order_by("pk")
    context = {
        "payment": found,
        "parts": parts,
        "others": others,
        "backs": [back for back in backs_here if not others or back.order_id in mine],
        "may_settle": request.actor.can_somewhere(Power.PAYMENT_SETTLE),
        "refusal": refusal,
    }
    return render(request, "checkout/payment.html", context, status=refusal.status if refusal else 200)
