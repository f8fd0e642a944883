"""Surcharges of a shop: added, edited, removed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.freight import queries
from zhanggui.freight.actions import surcharges as verbs
from zhanggui.freight.actions.tables import Stale
from zhanggui.freight.forms import SurchargeForm
from zhanggui.freight.models import Surcharge
from zhanggui.kit import regions
from zhanggui.kit.money import plain_yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power


def _form(data: Any = None, **initial: Any) -> SurchargeForm:
    listed = [(row.code, row.name) for row in queries.carriers()]
    return SurchargeForm(data, initial=initial, carriers=listed, every=_("所有快递"))


@needs(Power.FREIGHT_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request, code: str) -> HttpResponse:
    """GET, POST /freight/shops/<code>/surcharges/new/."""
    shop = get_object_or_404(queries.shops_visible_to(request.actor), code=code)
    if request.method == "GET":
        return render(request, "freight/surcharge.html", {"shop": shop, "form": _form(active=True)})
    form = _form(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        _made, refusal = attempt(verbs.add, by=request.actor, shop=shop, values=form.values())
        if refusal is None:
            return redirect("freight:shop", code)
    status = show_refusal(form, refusal)
    return render(request, "freight/surcharge.html", {"shop": shop, "form": form}, status=status)


@needs(Power.FREIGHT_EDIT)
@require_http_methods(["GET", "POST"])
def surcharge(request: Request, code: str, pk: int) -> HttpResponse:
    """GET, POST /freight/shops/<code>/surcharges/<id>/."""
    row = _found(request, code, pk)
    about: dict[str, Any] = {"shop": row.shop, "surcharge": row}
    if request.method == "GET":
        return render(request, "freight/surcharge.html", about | {"form": _filled(row)})
    form = _form(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        _done, refusal = attempt(
            verbs.edit, by=request.actor, surcharge=row, version=version, values=form.values()
        )
        if refusal is None:
            return redirect("freight:shop", code)
    status = show_refusal(form, refusal)
    if isinstance(refusal, Stale):
        row.refresh_from_db()
        about |= {"now": _filled(row)}
    return render(request, "freight/surcharge.html", about | {"form": form}, status=status)


@needs(Power.FREIGHT_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /freight/shops/<code>/surcharges/<id>/removal/."""
    row = _found(request, code, pk)
    version = whole(request.POST.get("version", ""))
    if version is None:
        raise Invalid(_("表单不完整，请刷新页面再试"), "version")
    verbs.delete(by=request.actor, surcharge=row, version=version)
    return toast(request, redirect("freight:shop", code), _("已删除附加费「%(name)s」") % {"name": row.name})


def _found(request: Request, code: str, pk: int) -> Surcharge:
    return get_object_or_404(queries.surcharges_visible_to(request.actor), shop__code=code, pk=pk)


def _filled(row: Surcharge) -> SurchargeForm:
    return _form(
        name=row.name,
        fee=plain_yuan(row.fee_fen),
        carrier=row.carrier.code if row.carrier else "",
        regions=regions.write_list(row.regions),
        why=row.why,
        active=row.active,
        fallback_only=row.fallback_only,
        version=row.version,
    )
