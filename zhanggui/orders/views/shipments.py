"""Shipping one order or a part of it, extending the receipt, the call before a COD parcel."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.freight.queries import carrier_named
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid
from zhanggui.orders import forms
from zhanggui.orders.actions.calls import confirm
from zhanggui.orders.actions.receipt import extend
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.models import OrderLine
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_SHIP)
def shipment(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/shipments/: all lines that wait, or those ticked."""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        carrier = carrier_named(values["carrier"])
        if carrier is None:
            raise Invalid(_("没有这家快递：%(name)s") % {"name": values["carrier"]}, "carrier")
        lines = None
        if values["line_ids"]:
            rows = OrderLine.objects.filter(order=order, pk__in=values["line_ids"])
            lines = {row.pk: row.pieces - row.shipped_pieces for row in rows}
        elif order.lines.exists() and request.POST.get("ticked"):
            raise Invalid(_("请勾选要发出的商品"), "line")
        ship(
            by=request.actor,
            order=order,
            carrier=carrier.code,
            waybill=values["waybill"],
            lines=lines,
            at=now(),
        )

    return perform(request, order, "shipment", do, form=forms.Shipment(request.POST))


@require_POST
@needs(Power.ORDER_EXTEND)
def extension(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/extension/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        extend(by=request.actor, order=order, days=values["days"], at=now())

    return perform(request, order, "extension", do, form=forms.Extension(request.POST))


@require_POST
@needs(Power.COD_CONFIRM)
def call(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/call/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        confirm(
            by=request.actor,
            order=order,
            agreed=values["agreed"] == "1",
            whom=values["whom"],
            note=values["note"],
            at=now(),
        )

    return perform(request, order, "call", do, form=forms.Call(request.POST))
