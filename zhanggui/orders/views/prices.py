"""Price, postage and concessions of an unpaid order."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.orders import forms
from zhanggui.orders.actions.concessions import decide, offer
from zhanggui.orders.actions.prices import change_price
from zhanggui.orders.models import Concession
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_PRICE)
def price(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/price/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        change_price(
            by=request.actor,
            order=order,
            line_totals=values["line_totals"] or None,
            postage_fen=values["postage"],
            reason=values["reason"],
            at=now(),
        )

    return perform(request, order, "price", do, form=forms.Price(request.POST))


@require_POST
@needs(Power.ORDER_PRICE)
def concession(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/concessions/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        points = int(values["percent"] * 100)
        offer(by=request.actor, order=order, basis_points=points, reason=values["reason"], at=now())

    return perform(request, order, "concession", do, form=forms.Concession(request.POST))


@require_POST
@needs(Power.CONCESSION_LEADER)
def decision(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/concessions/<pk>/decision/"""
    order = order_of(request.actor, code, number)
    asked = Concession.objects.filter(order=order, pk=pk).first()
    if asked is None:
        raise NotFound(_("没有这个订单。"))

    def do(values: dict[str, Any]) -> None:
        agree = values["agree"] == "1"
        decide(by=request.actor, concession=asked, agree=agree, reason=values["answer"], at=now())

    return perform(request, order, "decision", do, form=forms.Decision(request.POST), versioned=False)
