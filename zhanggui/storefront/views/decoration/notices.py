"""A shop's notices."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.shops.queries import shop_by_code
from zhanggui.storefront.actions import notices as verbs
from zhanggui.storefront.forms import NoticeForm
from zhanggui.storefront.models import Notice
from zhanggui.storefront.queries.looks import notices_at


@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def index(request: Request, code: str) -> HttpResponse:  # GET, POST /decoration/<code>/notices/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    if request.method == "GET":
        return _page(request, shop, NoticeForm())
    form = NoticeForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("text", "starts_at", "ends_at")}
        _notice, refusal = attempt(verbs.put_up, by=request.actor, shop=shop, **given)
        if refusal is None:
            return redirect("storefront:notices", code=shop.code)
    return _page(request, shop, form, status=show_refusal(form, refusal))


@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def notice(request: Request, code: str, pk: int) -> HttpResponse:  # GET, POST …/notices/<id>/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    row = get_object_or_404(Notice, shop=shop, pk=pk)
    if request.method == "GET":
        names = ("text", "starts_at", "ends_at", "version")
        form, status = NoticeForm(initial={name: getattr(row, name) for name in names}), 200
    else:
        form, refusal = NoticeForm(request.POST), None
        if form.is_valid():
            given = form.cleaned_data | {"version": form.cleaned_data["version"] or 0}
            _done, refusal = attempt(verbs.change_notice, by=request.actor, notice=row, **given)
            if refusal is None:
                return redirect("storefront:notices", code=shop.code)
        status = show_refusal(form, refusal)
    about = {"shop": shop, "form": form, "notice": row, "tab": "notices"}
    return render(request, "storefront/decoration/notice.html", about, status=status)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/notices/<id>/removal/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    row = get_object_or_404(Notice, shop=shop, pk=pk)
    verbs.take_down(by=request.actor, notice=row)
    return redirect("storefront:notices", code=shop.code)


def _page(request: Request, shop: Shop, form: NoticeForm, *, status: int = 200) -> HttpResponse:
    shown = {notice.pk for notice in notices_at(shop.pk, now())}
    rows = [(row, row.pk in shown) for row in Notice.objects.filter(shop=shop).order_by("-pk")[:100]]
    about = {"shop": shop, "form": form, "rows": rows, "tab": "notices"}
    return render(request, "storefront/decoration/notices.html", about, status=status)
