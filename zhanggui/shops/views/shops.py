"""The list of shops, opening one, one shop with its settings."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit import regions
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops import forms, queries
from zhanggui.shops.actions import settings as setting
from zhanggui.shops.actions import shops as verbs
from zhanggui.shops.models import Setting, Shop


@needs(Power.SHOP_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /shops/: the shops one may see."""
    rows = [(shop, regions.short_name(shop.city) or shop.city) for shop in queries.visible_to(request.actor)]
    about = {"rows": rows, "may_add": request.actor.can(Power.SHOP_EDIT)}
    return render(request, "shops/shops.html", about)


@needs(Power.SHOP_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /shops/new/: open a shop."""
    request.actor.must(Power.SHOP_EDIT)
    form = forms.ShopForm(request.POST or None)
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        shop, refusal = attempt(verbs.add_shop, by=request.actor, **form.cleaned_data)
        if shop is not None:
            return redirect("shops:shop", code=shop.code)
    status = 200 if request.method == "GET" else show_refusal(form, refusal)
    return render(request, "shops/shop_new.html", {"form": form}, status=status)


@needs(Power.SHOP_SEE)
@require_GET
def shop(request: Request, code: str) -> HttpResponse:
    """GET /shops/<code>/: what stands about a shop, and every setting."""
    return _page(request, queries.shop_by_code(code, actor=request.actor))


@needs(Power.SHOP_EDIT)
@require_POST
def details(request: Request, code: str) -> HttpResponse:
    """POST /shops/<code>/details/: name, city, goods."""
    row = queries.shop_by_code(code, actor=request.actor)
    form = forms.ShopEdit(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        _done, refusal = attempt(verbs.edit_shop, by=request.actor, shop=row, **form.cleaned_data)
        if refusal is None:
            return redirect("shops:shop", code=row.code)
    return _page(request, row, details=form, status=show_refusal(form, refusal))


@needs(Power.SHOP_EDIT)
@require_POST
def closing(request: Request, code: str) -> HttpResponse:
    """POST /shops/<code>/closing/: `want` "close" or "open"."""
    row = queries.shop_by_code(code, actor=request.actor)
    if request.POST.get("want") == "open":
        _done, refusal = attempt(verbs.reopen_shop, by=request.actor, shop=row)
    else:
        reason = request.POST.get("reason", "").replace("\0", "")[:200]
        _done, refusal = attempt(verbs.close_shop, by=request.actor, shop=row, reason=reason, at=now())
    if refusal is None:
        return redirect("shops:shop", code=row.code)
    return _page(request, row, refusal=refusal, status=refusal.status)


@needs(Power.SHOP_EDIT)
@require_POST
def values(request: Request, code: str, name: str) -> HttpResponse:
    """POST /shops/<code>/settings/<policy>/: let a value hold from a day on."""
    row = queries.shop_by_code(code, actor=request.actor)
    form = forms.SettingForm(request.POST)
    errors: dict[str, str] = {}
    status = 422
    if form.is_valid():
        given = form.cleaned_data
        _row, refusal = attempt(
            setting.set_value,
            by=request.actor,
            shop=row,
            name=name,
            text=given["value"],
            since=given["since"],
            at=now(),
            reason=given["reason"],
        )
        if refusal is None:
            return redirect(f"{reverse('shops:shop', args=[row.code])}#{name}")
        errors, status = {getattr(refusal, "field", "") or name: refusal.message}, refusal.status
    else:
        errors = {field: " ".join(map(str, said)) for field, said in form.errors.items()}
    wrong = {
        "name": name,
        "text": request.POST.get("value", ""),
        "since": request.POST.get("since", ""),
        "says": " ".join(errors.values()),
    }
    return _page(request, row, wrong=wrong, status=status)


@needs(Power.SHOP_EDIT)
@require_POST
def coming_removal(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /shops/<code>/coming/<id>/removal/: take back a value that does not hold yet."""
    row = queries.shop_by_code(code, actor=request.actor)
    coming = get_object_or_404(Setting, pk=pk, shop=row)
    _done, refusal = attempt(setting.drop_coming, by=request.actor, shop=row, setting=coming, at=now())
    if refusal is None:
        return redirect("shops:shop", code=row.code)
    return _page(request, row, refusal=refusal, status=refusal.status)


def _page(
    request: Request,
    row: Shop,
    *,
    details: Any = None,
    wrong: dict[str, str] | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    today = day_of(now())
    city = regions.short_name(row.city) or row.city
    about = {
        "shop": row,
        "city": city,
        "details": details
        or forms.ShopEdit(
            initial={"name": row.name, "city": city, "sells": row.sells, "version": row.version}
        ),
        "sections": queries.settings_of(row, today),
        "today": today.isoformat(),
        "may_edit": request.actor.can(Power.SHOP_EDIT, row.pk),
        "may_close": request.actor.can(Power.SHOP_EDIT),
        "wrong": wrong or {},
        "refusal": refusal,
    }
    return render(request, "shops/shop.html", about, status=status)
