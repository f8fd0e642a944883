"""The page of a product."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import enter


@window
@require_GET
def show(request: Request, code: str, pk: int) -> HttpResponse:  # GET /s/<code>/goods/<pk>/
    shop = enter(request, code)
    return render(request, "storefront/home.html", {"shop": shop, "face": shop.face})
