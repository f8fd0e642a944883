"""The coupons of a shop, and taking one."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from zhanggui.customers.acting import as_actor
from zhanggui.customers.http import BuyerRequest, buyer_of, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.coupons import takeable
from zhanggui.storefront.queries.shops import enter

try:
    from zhanggui.promotions.actions import purses
except ImportError:  # being built
    purses = None  # type: ignore[assignment]


@window
@require_GET
def index(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/coupons/
    shop = enter(request, code)
    buyer = buyer_of(request)
    tickets = takeable(shop.pk, at=now(), buyer_id=buyer.pk if buyer else None)
    return render(request, "storefront/coupons.html", {"shop": shop, "face": shop.face, "tickets": tickets})


@window
@require_POST
@needs_buyer
def take(request: BuyerRequest, code: str, pk: int) -> HttpResponse:  # POST /s/<code>/coupons/<offer>/
    shop = enter(request, code)
    purses.claim(by=as_actor(request.buyer), buyer=request.buyer, shop_id=shop.pk, offer_id=pk, at=now())
    back = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if inside else "storefront:shop-coupons", **({} if inside else {"code": shop.code}))
