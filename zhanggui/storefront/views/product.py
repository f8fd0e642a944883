"""The page of a product."""

import json
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from zhanggui.customers.http import buyer_of
from zhanggui.kit import regions
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.people.http import Request
from zhanggui.storefront import places
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.product import Wanted, described, look_at
from zhanggui.storefront.queries.shops import enter
from zhanggui.storefront.saying import show as page

REGION = "zg-region"
"""The cookie of the place one asked the postage for."""
_YEAR = 365 * 24 * 3600


@window
@require_GET
def show(request: Request, code: str, pk: int) -> HttpResponse:  # GET /s/<code>/goods/<pk>/?sku=&region=
    shop = enter(request, code)
    buyer = buyer_of(request)
    asked = _region(request.GET.get("city") or request.GET.get("region", ""))
    known = asked or ("" if buyer else _region(request.COOKIES.get(REGION, "")))
    found = look_at(shop, pk, at=now(), buyer=buyer, sku_id=whole(request.GET.get("sku", "")), region=known)
    about: dict[str, Any] = {
        "shop": shop,
        "face": shop.face,
        "found": found,
        "page": found.page,
        "described": described(found.page),
        "provinces": [(one, regions.short_name(one)) for one in regions.provinces()],
        "province": f"{found.sending.region[:2]}0000" if found.sending else "",
        "cities": _cities(found),
        "from": regions.short_name(shop.city) or shop.city,
        "reviews": places.filled(places.REVIEWS, request, shop=shop, page=found.page),
        "service": places.filled(places.SERVICE, request, shop=shop),
        "matrix": json.dumps(matrix(found), ensure_ascii=False),
        "lead": found.page.pictures[0].name if found.page.pictures else "",
    }
    answer = page(request, "storefront/product.html", about)
    if asked:
        answer.set_cookie(REGION, asked, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return answer


def matrix(found: Wanted) -> list[dict[str, Any]]:
    """What the page's script needs of each SKU: its values, whether it can be had, its price, its picture."""
    return [
        {
            "id": one.sku.id,
            "values": list(one.sku.values),
            "out": one.out,
            "left": one.left,
            "ladder": one.ladder,
            "picture": one.sku.picture,
            "spec": one.sku.spec,
        }
        for one in found.offered
    ]


def _region(text: str) -> str:
    return text if len(text) == 6 and regions.known(text) else ""


def _cities(found: Wanted) -> list[tuple[str, str]]:
    """The cities of the chosen province, where it makes a difference."""
    if found.sending is None or (not found.sending.vague and found.sending.region.endswith("0000")):
        return []
    province = f"{found.sending.region[:2]}0000"
    return [(one, regions.short_name(one)) for one in regions.children(province)]
