"""A shop's picture space."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Refused
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.assets import rule
from zhanggui.shops.models import Shop
from zhanggui.shops.queries import shop_by_code
from zhanggui.storefront.actions import assets as verbs
from zhanggui.storefront.forms import AssetForm
from zhanggui.storefront.models import Asset
from zhanggui.storefront.queries.looks import assets_of


@takes_files(20 * MIB)
@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def index(request: Request, code: str) -> HttpResponse:  # GET, POST /decoration/<code>/pictures/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    if request.method == "GET":
        return _page(request, shop, AssetForm(initial={"use": request.GET.get("use", "")}))
    form = AssetForm(request.POST, request.FILES)
    refusal: Refused | None = None
    if form.is_valid():
        given = form.cleaned_data
        _asset, refusal = attempt(
            verbs.add,
            by=request.actor,
            shop=shop,
            use=given["use"],
            title=given["title"],
            upload=given["picture"],
        )
        if refusal is None:
            return redirect("storefront:pictures", code=shop.code)
    return _page(request, shop, form, status=show_refusal(form, refusal))


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/pictures/<id>/removal/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    asset = get_object_or_404(Asset, shop=shop, pk=pk, dropped_at__isnull=True)
    _done, refusal = attempt(verbs.drop, by=request.actor, asset=asset, at=now())
    if refusal is None:
        return redirect("storefront:pictures", code=shop.code)
    return _page(request, shop, AssetForm(), refusal=refusal, status=refusal.status)


def _page(
    request: Request, shop: Shop, form: AssetForm, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    rows = [(asset, verbs.USES.get(asset.use, asset.use)) for asset in assets_of(shop.pk)]
    about = {
        "shop": shop,
        "form": form,
        "rows": rows,
        "rules": [(_(label), _said(shop, use)) for use, label in verbs.USES.items()],
        "refusal": refusal,
        "tab": "pictures",
    }
    return render(request, "storefront/decoration/pictures.html", about, status=status)


def _said(shop: Shop, use: str) -> str:
    """A platform's rule in words."""
    found = rule(shop.platform, use)
    if found is None:
        return _("不限")
    size = ""
    if found.width and found.height:
        size = f"{found.width}×{found.height}"
    elif found.width:
        size = _("宽 %(width)s") % {"width": found.width}
    elif found.widths:
        size = _("宽 %(width)s") % {"width": " / ".join(map(str, found.widths))}
    elif found.most_width:
        size = _("宽不超过 %(width)s") % {"width": found.most_width}
    return f"{size} {'/'.join(found.forms)}".strip()
