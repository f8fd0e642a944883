"""到货通知: a buyer asks to hear of a SKU again; the team sees what is waited for."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.customers.acting import as_actor
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.kit.clock import now
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.people.sessions import address_of
from zhanggui.storefront.actions import waits
from zhanggui.storefront.http import window
from zhanggui.storefront.numbers import number
from zhanggui.storefront.queries import waits as queries
from zhanggui.storefront.queries.shops import enter
from zhanggui.storefront.saying import show, tell


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
def index(request: BuyerRequest) -> HttpResponse:
    """GET /my/waits/: what one waits for; POST (shop, sku): one more."""
    if request.method == "POST":
        shop = enter(request, request.POST.get("shop", "")[:20])
        by = as_actor(request.buyer, address=address_of(request))
        sku_id = number(request.POST.get("sku", ""))
        waits.wait_for(by=by, buyer=request.buyer, shop=shop, sku_id=sku_id, at=now())
        tell(request, _("记下了：到货后会显示在“我的 › 到货通知”里。"))
        return redirect("storefront:waits")
    about = {"waits": queries.of_buyer(request.buyer, at=now()), "here": "my"}
    return show(request, "storefront/waits/list.html", about)


@require_POST
@window
@needs_buyer
def forget(request: BuyerRequest, pk: int) -> HttpResponse:
    """POST /my/waits/<id>/removal/."""
    waits.forget(by=as_actor(request.buyer), buyer=request.buyer, wait_id=pk)
    tell(request, _("不再通知。"))
    return redirect("storefront:waits")


@needs(Power.CATALOG_SEE)
@require_GET
def wanted(request: Request) -> HttpResponse:
    """GET /waits/: what buyers wait for, the most wanted first."""
    return render(request, "storefront/waits/wanted.html", {"rows": queries.wanted(request.actor)})
