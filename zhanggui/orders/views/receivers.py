"""The receiver of an order: shown in clear for a reason, copied, changed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.orders import forms
from zhanggui.orders.actions import receivers
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform, show
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power

SHOWN_SECONDS = 60
"""How long a receiver stays in clear on the page (A5)."""


@never_cache
@require_POST
@needs(Power.RECEIVER_REVEAL)
def reveal(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/receiver/reveal/: one record, for a reason, for a minute."""
    order = order_of(request.actor, code, number)
    form = forms.Reveal(request.POST)
    if not form.is_valid():
        return show(request, order, act="reveal", error=forms.first_error(form), status=422)
    try:
        clear = receivers.reveal(by=request.actor, order=order, reason=form.cleaned_data["reason"], at=now())
    except Refused as refusal:
        return show(request, order, act="reveal", refusal=refusal, status=refusal.status)
    if request.htmx:
        context = {"order": order, "revealed": clear, "seconds": SHOWN_SECONDS, "at": now()}
        return render(request, "orders/order.html#clear", context)
    return show(request, order, revealed=clear)


@require_POST
@needs(Power.RECEIVER_REVEAL)
def copy(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/receiver/copies/: the page tells that the shown receiver was copied."""
    order = order_of(request.actor, code, number)
    request.actor.must(Power.RECEIVER_REVEAL, shop_id=order.shop_id)
    note_copy(by=request.actor, order=order)
    return HttpResponse(status=204)


@action
def note_copy(*, by: Actor, order: Order) -> None:
    """Write into the daybook that somebody copied the receiver from the page."""
    daybook.write(by=by, what="receiver.copied", on=order)


@require_POST
@needs(Power.ORDER_SEE)
def receiver(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/receiver/: changed at once, or asked for where stage or power demand it."""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> str:
        told = {name: values[name] for name in values if name != "reason"}
        asked = receivers.edit(
            by=request.actor,
            order=order,
            receiver=ArrivingReceiver(**told),
            reason=values["reason"] or _("客户要求"),
            at=now(),
        )
        return "receiver" if asked is None else "receiver-asked"

    return perform(request, order, "receiver", do, form=forms.Receiver(request.POST))
