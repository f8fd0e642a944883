"""Sharing a product where the browser has no sheet of its own: the plain link, and a QR code for another phone."""

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhanggui.catalog.models import Listing
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound
from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import enter


@window
@require_GET
def show(request: Request, code: str, pk: int) -> HttpResponse:  # GET /s/<code>/goods/<pk>/share/?sku=
    shop = enter(request, code)
    rows = Listing.objects.filter(pk=pk, shop=shop).on_shelf(now()).select_related("product")
    listing = rows.first()
    if listing is None:
        raise NotFound(_("没有这件商品，或者它已经下架。"))
    sku = whole(request.GET.get("sku", ""))
    path = reverse("storefront:product", args=[shop.code, listing.pk]) + (f"?sku={sku}" if sku else "")
    link = request.build_absolute_uri(path)
    context = {
        "shop": shop,
        "face": shop.face,
        "title": listing.product.title,
        "link": link,
        "qr": segno.make(link).svg_inline(scale=5, svgclass="qr", lineclass=None),
    }
    return render(request, "storefront/share.html", context)
