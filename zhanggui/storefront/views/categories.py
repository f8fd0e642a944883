"""A shop's categories."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import enter


@window
@require_GET
def show(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/categories/
    shop = enter(request, code)
    return render(request, "storefront/home.html", {"shop": shop, "face": shop.face, "here": "categories"})
