"""The coupons of a shop, and taking one."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.customers.acting import as_actor
from zhanggui.customers.http import BuyerRequest, buyer_of, needs_buyer
from zhanggui.customers.lockout import count_claim
from zhanggui.kit.clock import now
from zhanggui.people.http import Request
from zhanggui.people.sessions import address_of
from zhanggui.promotions.actions import purses
from zhanggui.storefront.going import back
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.coupons import takeable
from zhanggui.storefront.queries.shops import enter
from zhanggui.storefront.saying import show as page
from zhanggui.storefront.saying import tell


@window
@require_GET
def index(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/coupons/
    shop = enter(request, code)
    buyer = buyer_of(request)
    tickets = takeable(shop.pk, at=now(), buyer_id=buyer.pk if buyer else None, named=True)
    return page(request, "storefront/coupons.html", {"shop": shop, "face": shop.face, "tickets": tickets})


@window
@require_POST
@needs_buyer
def take(request: BuyerRequest, code: str, pk: int) -> HttpResponse:  # POST /s/<code>/coupons/<offer>/
    shop = enter(request, code)
    count_claim(buyer_id=request.buyer.pk, address=address_of(request), at=now())
    purses.claim(by=as_actor(request.buyer), buyer=request.buyer, shop_id=shop.pk, offer_id=pk, at=now())
    tell(request, _("已领取，下单时自动选最省的用法。"))
    return redirect(back(request, reverse("storefront:shop-coupons", args=[shop.code])))
