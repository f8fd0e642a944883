"""What lies on the shelves: on hand, promised, kept back, set apart for shops; and changing the last two."""

from datetime import datetime, time

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog.models import Sku
from zhanggui.kit.clock import CHINA, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.people.queries import holders
from zhanggui.shops.models import Platform, Shop
from zhanggui.stock import queries
from zhanggui.stock.actions import limits
from zhanggui.stock.models import Balance


class SafetyForm(forms.Form):
    """Pieces kept back."""

    safety = forms.IntegerField(label="安全库存", min_value=0, max_value=limits.MOST)
    seen = forms.IntegerField(min_value=0, max_value=limits.MOST)
    sure = forms.BooleanField(required=False)


class QuotaForm(forms.Form):
    """Pieces set apart for a shop."""

    shop = forms.CharField(label="店铺", max_length=20)
    pieces = forms.IntegerField(label="配额件数", min_value=0, max_value=limits.MOST)
    sure = forms.BooleanField(required=False)
    until = forms.DateField(
        label="截止日期（可空）", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


@require_GET
@needs(Power.STOCK_SEE)
def index(request: Request) -> HttpResponse:
    """GET /stock/?q=&before="""
    return _show(request)


@require_POST
@needs(Power.STOCK_MOVE)
def safety(request: Request, pk: int) -> HttpResponse:
    """POST /stock/balances/<id>/safety/"""
    shelf = get_object_or_404(Balance.objects.all(), pk=pk)
    form = SafetyForm(request.POST)
    if not form.is_valid():
        return _show(request, Refused(_("请填写正确的数字")), 422, about=f"s{pk}")
    _done, refusal = attempt(
        limits.keep_back,
        by=request.actor,
        sku_id=shelf.sku_id,
        warehouse_id=shelf.warehouse_id,
        pieces=form.cleaned_data["safety"],
        seen=form.cleaned_data["seen"],
        sure=form.cleaned_data["sure"],
    )
    if refusal is not None:
        return _show(request, refusal, refusal.status, about=f"s{pk}")
    return toast(
        request,
        redirect("stock:shelves"),
        _("安全库存已改为 %(n)s 件。") % {"n": form.cleaned_data["safety"]},
    )


@require_POST
@needs(Power.STOCK_MOVE)
def quota(request: Request, pk: int) -> HttpResponse:
    """POST /stock/skus/<id>/quota/"""
    sku = get_object_or_404(Sku, pk=pk)
    form = QuotaForm(request.POST)
    if not form.is_valid():
        return _show(request, Refused(_("请选择店铺并填写正确的数字")), 422, about=f"q{pk}")
    held = request.actor.shops_with(Power.STOCK_MOVE)
    shops = Shop.objects.filter(code=form.cleaned_data["shop"], merchant_id=sku.merchant_id)
    shop = (shops if held is None else shops.filter(pk__in=sorted(held))).first()
    if shop is None:
        raise NotFound(_("没有这家店铺。"))
    until = form.cleaned_data["until"]
    _made, refusal = attempt(
        limits.set_quota,
        by=request.actor,
        shop=shop,
        sku=sku,
        pieces=form.cleaned_data["pieces"],
        until=datetime.combine(until, time(23, 59, 59), tzinfo=CHINA) if until else None,
        at=now(),
        seen=whole(request.POST.get(f"seen-{shop.code}", "")) or 0,
        sure=form.cleaned_data["sure"],
    )
    if refusal is not None:
        return _show(request, refusal, refusal.status, about=f"q{pk}")
    return toast(request, redirect("stock:shelves"), _("配额已保存。"))


def _show(
    request: Request, refusal: Refused | None = None, status: int = 200, about: str = ""
) -> HttpResponse:
    """`about`: the form that was refused, "s<balance>" or "q<SKU>"; it keeps what was typed and shows what is now."""
    text = request.GET.get("q", "")[:60]
    rows, more = queries.shelves(text=text, after=whole(request.GET.get("after", "")))
    held = request.actor.shops_with(Power.STOCK_MOVE)
    shops = Shop.objects.filter(closed_at=None, platform=Platform.OWN).order_by("code")
    may_keep_back = request.actor.can(Power.STOCK_MOVE)
    context = {
        "rows": rows,
        "more": more,
        "q": text,
        "shops": list(shops if held is None else shops.filter(pk__in=sorted(held))),
        "may_move": request.actor.can_somewhere(Power.STOCK_MOVE),
        "may_keep_back": may_keep_back,
        "who_may": []
        if may_keep_back
        else [one.name for one in holders(Power.STOCK_MOVE, []).filter(is_active=True)[:5]],
        "refusal": refusal,
        "about": about,
        "typed": request.POST if about else {},
        "doubtful": isinstance(refusal, limits.Doubtful),
    }
    return render(request, "stock/shelves.html", context, status=status)
