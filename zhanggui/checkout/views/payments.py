"""Payments: the list, one of them with its parts and refunds, and what a person decides about money that does not fit."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.checkout import queries
from zhanggui.checkout.actions import backs, straying
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.orders.models import Order
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power


@require_GET
@needs(Power.PAYMENT_SEE)
def index(request: Request) -> HttpResponse:
    """GET /payments/?state=&q=&day=&way=&backs=1&before=: the newest first, fifty a page.

    `day`, `way`: what came in at a provider on a day, with `backs` what went back; a day's bill links here.
    """
    state = request.GET.get("state", "")
    state = state if state in dict(queries.FILTERS) else ""
    wanted = request.GET.get("q", "").strip()[:64]
    day, way = _day(request.GET.get("day", "")), request.GET.get("way", "")
    way, backs_only = (way if way in Payment.Provider.values else ""), request.GET.get("backs") == "1"
    rows, more = queries.payments(
        request.actor,
        state=state,
        wanted=wanted,
        of_day=queries.of_day(day, way, backs_only) if day and way else None,
        before=whole(request.GET.get("before", "")),
    )
    about = {
        "rows": rows,
        "more": more,
        "state": state,
        "states": queries.FILTERS,
        "q": wanted,
        "day": day if way else None,
        "way": way,
        "way_label": dict(Payment.Provider.choices).get(way, ""),
        "backs_only": backs_only,
        "figures": queries.figures(request.actor),
        "stray": queries.stray() if request.actor.can(Power.LEDGER_SEE) else None,
    }
    return render(request, "checkout/payments.html", about)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_GET
@needs(Power.PAYMENT_SEE)
def payment(request: Request, number: str) -> HttpResponse:
    """GET /payments/<number>/"""
    return _show(request, get_object_or_404(queries.visible_to(request.actor), number=number))


@require_POST
@needs(Power.PAYMENT_SETTLE)
def back(request: Request, number: str) -> HttpResponse:
    """POST /payments/<number>/return/ (reason): give money that fits nothing back whole."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    reason = request.POST.get("reason", "")
    if not reason.strip() and found.state == Payment.State.WRONG:
        reason = _("金额不符，原路退回")
    made, refusal = attempt(straying.give_back, by=request.actor, payment=found, reason=reason, at=now())
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(request, redirect("checkout:payment", number), _("已申请原路退回。") if made else _seen())


@require_POST
@needs(Power.PAYMENT_SETTLE)
def assignment(request: Request, number: str) -> HttpResponse:
    """POST /payments/<number>/assignment/ (order: its id, reason): let stray money pay an order of the same buyer."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    order = Order.objects.filter(pk=whole(request.POST.get("order", "")) or 0).first()
    refusal: Refused | None = Invalid(_("请选择订单。"), "order")
    done = None
    if order is not None:
        reason = request.POST.get("reason", "")
        done, refusal = attempt(
            straying.assign, by=request.actor, payment=found, order=order, reason=reason, at=now()
        )
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(
        request, redirect("checkout:payment", number), _("已记为这个订单的付款。") if done else _seen()
    )


def _seen() -> str:
    return _("已记下您的确认，还要另一位同事确认才会生效。")


@require_POST
@needs(Power.PAYMENT_SETTLE)
def by_hand(request: Request, number: str, pk: int) -> HttpResponse:
    """POST /payments/<number>/backs/<id>/by-hand/ (bank_ref): it was repaid by bank; the second person books it."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    row = get_object_or_404(MoneyBack, payment=found, pk=pk)
    bank_ref = request.POST.get("bank_ref", "")
    done, refusal = attempt(backs.by_hand, by=request.actor, back=row, bank_ref=bank_ref, at=now())
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(request, redirect("checkout:payment", number), _("已记为线下退款。") if done else _seen())


@require_POST
@needs(Power.PAYMENT_SETTLE)
def recovery(request: Request, number: str, pk: int) -> HttpResponse:
    """POST /payments/<number>/backs/<id>/recovery/ (reason): the buyer gave back what came to him twice."""
    found = get_object_or_404(queries.visible_to(request.actor), number=number)
    row = get_object_or_404(MoneyBack, payment=found, pk=pk)
    reason = request.POST.get("reason", "")
    _done, refusal = attempt(backs.recovered, by=request.actor, back=row, reason=reason, at=now())
    if refusal is not None:
        return _show(request, found, refusal)
    return toast(request, redirect("checkout:payment", number), _("已记下追回。"))


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
    found.refresh_from_db()
    waits = found.state in (Payment.State.WRONG, Payment.State.STRAY) and not found.backs.exists()
    stray = waits and request.actor.can_somewhere(Power.PAYMENT_SETTLE)
    context = {
        "payment": found,
        "waits": waits,
        "two": stray and (found.told_fen or 0) >= straying.limit_of(found, now()),
        "look": found.look if waits else None,
        "look_order": _looked_at(found) if waits else None,
        "owed": queries.owed_by(found, now()) if stray else [],
        "may_see_books": request.actor.can_somewhere(Power.LEDGER_SEE),
        "of": Payment.objects.filter(number=found.told_number).first() if found.told_number else None,
        "parts": parts,
        "others": others,
        "backs": [back for back in backs_here if not others or back.order_id in mine],
        "may_settle": request.actor.can_somewhere(Power.PAYMENT_SETTLE),
        "refusal": refusal,
    }
    return render(request, "checkout/payment.html", context, status=refusal.status if refusal else 200)


def _looked_at(found: Payment) -> Order | None:
    """The order that the first person chose."""
    _do, _colon, pk = str((found.look or {}).get("do", "")).partition(":")
    return Order.objects.filter(pk=int(pk)).first() if pk.isdigit() else None
