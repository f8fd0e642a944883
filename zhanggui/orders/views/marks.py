"""Marks, the flag, the owner, and memos that somebody overwrote outside."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.orders import forms
from zhanggui.orders.actions import marks as verbs
from zhanggui.orders.actions.memos import settle
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.models import Mark, Overwrite
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.queries.detail import order_of
from zhanggui.orders.views.answers import perform
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power


@require_POST
@needs(Power.ORDER_MARK)
def mark(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/marks/: adds one; nobody's words are ever replaced, so no version is asked."""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> Outcome:
        return verbs.mark(
            by=request.actor,
            order=order,
            template=values["template"],
            wish=values["wish"],
            kind=values["kind"] or None,
            flag=values["flag"],
            must_read=values["must_read"],
            at=now(),
        )

    return perform(request, order, "mark", do, form=forms.Mark(request.POST), versioned=False)


@require_POST
@needs(Power.ORDER_MARK)
def mark_removal(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/marks/<pk>/removal/"""
    order = order_of(request.actor, code, number)
    found = Mark.objects.filter(order=order, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条标记。"))

    def do(values: dict[str, Any]) -> None:
        verbs.take_off(by=request.actor, mark=found, at=now())

    return perform(request, order, "mark-removal", do, versioned=False)


@require_POST
@needs(Power.ORDER_MARK)
def flag(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/flag/"""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> Outcome:
        return verbs.flag(by=request.actor, order=order, flag=values["flag"], at=now())

    return perform(request, order, "flag", do, form=forms.SetFlag(request.POST), versioned=False)


@require_POST
@needs(Power.ORDER_ASSIGN)
def owner(request: Request, code: str, number: str) -> HttpResponse:
    """POST /orders/<code>/<number>/owner/: a person by id; empty takes the order from its owner."""
    order = order_of(request.actor, code, number)

    def do(values: dict[str, Any]) -> Outcome:
        return only(assign_many(by=request.actor, order_ids=[order.pk], staff_id=values["owner"], at=now()))

    return perform(request, order, "owner", do, form=forms.Owner(request.POST))


@require_POST
@needs(Power.ORDER_MARK)
def settlement(request: Request, code: str, number: str, pk: int) -> HttpResponse:
    """POST /orders/<code>/<number>/overwrites/<pk>/settlement/"""
    order = order_of(request.actor, code, number)
    found = Overwrite.objects.filter(order=order, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条记录。"))

    def do(values: dict[str, Any]) -> None:
        settle(by=request.actor, overwrite=found, keep=values["keep"], at=now())

    return perform(request, order, "settlement", do, form=forms.Settlement(request.POST), versioned=False)
