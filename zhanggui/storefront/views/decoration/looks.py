"""The versions of a shop's home page: the list by time, and what one does with a version as a whole."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.queries import shop_by_code
from zhanggui.storefront.actions import looks as verbs
from zhanggui.storefront.forms import LookForm
from zhanggui.storefront.models import Look
from zhanggui.storefront.queries.looks import looks_of
from zhanggui.storefront.views.decoration.editor import find, page


@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def index(request: Request, code: str) -> HttpResponse:  # GET, POST /decoration/<code>/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    if request.method == "GET":
        return _list(request, shop, LookForm())
    form = LookForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "starts_at", "ends_at")}
        made, refusal = attempt(verbs.draft_look, by=request.actor, shop=shop, at=now(), **given)
        if made is not None:
            return redirect("storefront:look", code=shop.code, pk=made.pk)
    return _list(request, shop, form, status=show_refusal(form, refusal))


@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def look(request: Request, code: str, pk: int) -> HttpResponse:  # GET, POST /decoration/<code>/looks/<id>/
    row = find(request, code, pk)
    if request.method == "GET":
        return page(request, row)
    form, refusal = LookForm(request.POST), None
    if form.is_valid():
        given = form.cleaned_data | {"version": form.cleaned_data["version"] or 0}
        _done, refusal = attempt(verbs.change_look, by=request.actor, look=row, at=now(), **given)
        if refusal is None:
            return redirect("storefront:look", code=row.shop.code, pk=row.pk)
    return page(request, row, head=form, status=show_refusal(form, refusal))


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def publication(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/looks/<id>/publication/
    row = find(request, code, pk)
    return _turn(request, row, verbs.publish, at=now())


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def withdrawal(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/looks/<id>/withdrawal/
    row = find(request, code, pk)
    return _turn(request, row, verbs.withdraw)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def copy(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/looks/<id>/copy/
    row = find(request, code, pk)
    name = request.POST.get("name", "").replace("\0", "") or _("%(name)s 副本") % {"name": row.name[:30]}
    made, refusal = attempt(verbs.copy_look, by=request.actor, look=row, name=name)
    if made is not None:
        return redirect("storefront:look", code=row.shop.code, pk=made.pk)
    return page(request, row, refusal=refusal, status=refusal.status if refusal else 200)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/looks/<id>/removal/
    row = find(request, code, pk)
    _done, refusal = attempt(verbs.drop_look, by=request.actor, look=row, version=_version(request))
    if refusal is None:
        return redirect("storefront:decoration", code=row.shop.code)
    return page(request, row, refusal=refusal, status=refusal.status)


def _turn(request: Request, row: Look, verb: Callable[..., None], **also: Any) -> HttpResponse:
    _done, refusal = attempt(verb, by=request.actor, look=row, version=_version(request), **also)
    if refusal is None:
        return redirect("storefront:look", code=row.shop.code, pk=row.pk)
    return page(request, row, refusal=refusal, status=refusal.status)


def _version(request: Request) -> int:
    return whole(request.POST.get("version", "")) or 0


def _list(request: Request, shop: Shop, form: LookForm, *, status: int = 200) -> HttpResponse:
    at = now()
    about = {"shop": shop, "rows": looks_of(shop.pk, at), "form": form, "tab": "looks", "at": at}
    return render(request, "storefront/decoration/looks.html", about, status=status)
