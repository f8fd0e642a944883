"""Changes asked for: opened, decided, withdrawn."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.catalog.queries import skus_by_code
from zhanggui.freight.queries import carrier_named
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotFound
from zhanggui.orders import forms
from zhanggui.orders.actions import changes
from zhanggui.orders.changes import Kind
from zhanggui.orders.models import Change, Order
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_SEE)
def change(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/changes/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> None:
        changes.ask(
            by=request.actor,
            order=order,
            kind=values["kind"],
            wanted=_wanted(order, values),
            reason=values["reason"],
            at=now(),
        )

    return perform(request, order, "change", do, form=forms.Change(request.POST), versioned=False)


def _wanted(order: Order, values: dict[str, Any]) -> dict[str, Any]:
    kind, text = values["kind"], values["wanted"]
    if kind == Kind.ARTICLE:
        sku = skus_by_code(order.shop.merchant_id, [text]).get(text)
        if sku is None:
            raise Invalid(_("没有这个商家编码：%(code)s") % {"code": text[:40]}, "wanted")
        if values["line"] is None:
            raise Invalid(_("请选择要换的商品"), "line")
        return {"line_id": values["line"], "sku_id": sku.id}
    if kind == Kind.CARRIER:
        carrier = carrier_named(text)
        if carrier is None:
            raise Invalid(_("没有这家快递：%(name)s") % {"name": text[:40]}, "wanted")
        return {"carrier": carrier.code}
    if kind == Kind.WISH:
        return {"about": values["about"] or "other", "text": text}
    return {}


@require_POST
@needs(Power.CHANGE_DECIDE)
def decision(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/changes/<pk>/decision/"""
    order = order_of(request.actor, code, number)
    asked = _change(order, pk)

    def do(values: dict[str, Any]) -> str:
        if values["agree"] == "1":
            changes.agree(by=request.actor, change=asked, answer=values["answer"], at=now())
        else:
            changes.refuse(by=request.actor, change=asked, answer=values["answer"], at=now())
        return "decision"

    return perform(request, order, "decision", do, form=forms.Decision(request.POST), versioned=False)


@require_POST
@needs(Power.ORDER_SEE)
def withdrawal(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/changes/<pk>/withdrawal/"""
    order = order_of(request.actor, code, number)
    asked = _change(order, pk)

    def do(values: dict[str, Any]) -> str:
        changes.withdraw(by=request.actor, change=asked, at=now())
        return "decision"

    return perform(request, order, "decision", do, versioned=False)


def _change(order: Order, pk: int) -> Change:
    found = Change.objects.filter(order=order, pk=pk).select_related("order").first()
    if found is None:
        raise NotFound(_("没有这个修改申请。"))
    return found
