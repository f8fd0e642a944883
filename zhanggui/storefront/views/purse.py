"""A buyer's coupons and red packets: what they are worth, how long, and why one cannot be used."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import buying
from zhanggui.storefront.saying import show


@require_GET
@window
@needs_buyer
def coupons(request: BuyerRequest) -> HttpResponse:
    """GET /my/coupons/."""
    papers = buying.coupons(request.buyer, at=now())
    return show(request, "storefront/purse/coupons.html", {"papers": papers, "here": "my"})


@require_GET
@window
@needs_buyer
def red_packets(request: BuyerRequest) -> HttpResponse:
    """GET /my/red-packets/."""
    papers = buying.red_packets(request.buyer, at=now())
    total = sum(paper.left_fen for paper in papers if paper.usable)
    context = {"papers": papers, "total_fen": total, "here": "my"}
    return show(request, "storefront/purse/red_packets.html", context)
