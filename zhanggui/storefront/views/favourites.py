"""What a buyer likes."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog.models import Listing
from zhanggui.customers.acting import as_actor
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.people.sessions import address_of
from zhanggui.storefront.actions import favourites
from zhanggui.storefront.going import back
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import buying
from zhanggui.storefront.queries.shops import open_shops
from zhanggui.storefront.saying import show, tell


@require_GET
@window
@needs_buyer
def index(request: BuyerRequest) -> HttpResponse:
    """GET /my/favourites/."""
    rows = buying.favourites(request.buyer)
    return show(request, "storefront/favourites/list.html", {"favourites": rows, "here": "my"})


@require_POST
@window
@needs_buyer
def like(request: BuyerRequest, pk: int) -> HttpResponse:
    """POST /my/favourites/<listing>/: kept in mind, or (with `off`) forgotten; back to the page one was on."""
    by = as_actor(request.buyer, address=address_of(request))
    if request.POST.get("off"):
        favourites.unlike(by=by, buyer=request.buyer, listing_id=pk)
        tell(request, _("已取消收藏。"))
    else:
        listing = get_object_or_404(Listing.objects.filter(shop__in=open_shops()), pk=pk)
        favourites.like(by=by, buyer=request.buyer, listing=listing, at=now())
        tell(request, _("已收藏。"))
    return redirect(back(request, "/my/favourites/"))
