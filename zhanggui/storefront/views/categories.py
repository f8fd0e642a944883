"""A shop's categories on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.catalog.queries.window import categories
from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import enter


@window
@require_GET
def show(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/categories/
    shop = enter(request, code)
    about = {"shop": shop, "face": shop.face, "tree": categories(shop.pk), "here": "categories"}
    return render(request, "storefront/categories.html", about)
