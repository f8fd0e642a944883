"""Which shops one may decorate; a shop's face."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform
from zhanggui.shops.queries import shop_by_code, visible_to
from zhanggui.storefront.actions.face import change_face, face_of
from zhanggui.storefront.forms import FaceForm
from zhanggui.storefront.queries.looks import assets_of


@needs(Power.SHOPFRONT_EDIT)
@require_GET
def index(request: Request) -> HttpResponse:  # GET /decoration/
    rows = visible_to(request.actor, Power.SHOPFRONT_EDIT).filter(closed_at__isnull=True)
    shops = list(rows.select_related("face"))
    own = [shop for shop in shops if shop.platform == Platform.OWN]
    return render(
        request, "storefront/decoration/index.html", {"shops": own, "others": len(shops) - len(own)}
    )


@needs(Power.SHOPFRONT_EDIT)
@require_http_methods(["GET", "POST"])
def face(request: Request, code: str) -> HttpResponse:  # GET, POST /decoration/<code>/face/
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    assets = assets_of(shop.pk)
    refusal: Refused | None = None
    if request.method == "POST":
        form = FaceForm(request.POST, assets=assets)
        if form.is_valid():
            _done, refusal = attempt(change_face, by=request.actor, shop=shop, **form.cleaned_data)
            if refusal is None:
                return redirect("storefront:face", code=shop.code)
        status = show_refusal(form, refusal)
    else:
        form, status = FaceForm.of(face_of(shop), assets), 200
    about = {"shop": shop, "form": form, "tab": "face"}
    return render(request, "storefront/decoration/face.html", about, status=status)
