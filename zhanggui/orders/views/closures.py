"""Closing an unpaid order, or one of its lines."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.orders import forms
from zhanggui.orders.actions.closing import close, close_line
from zhanggui.orders.models import OrderLine
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_CLOSE)
def closure(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/closure/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        close(by=request.actor, order=order, reason=values["reason"], at=now())

    return perform(request, order, "closure", do, form=forms.Closure(request.POST))


@require_POST
@needs(Power.ORDER_CLOSE)
def line_closure(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/lines/<pk>/closure/"""
    order = order_of(request.actor, code, number)
    line = OrderLine.objects.filter(order=order, pk=pk).first()
    if line is None:
        raise NotFound(_("没有这个订单。"))

    def do(values: dict[str, Any]) -> None:
        close_line(by=request.actor, line=line, reason=values["reason"], at=now())

    return perform(request, order, "line-closure", do, form=forms.Closure(request.POST))
