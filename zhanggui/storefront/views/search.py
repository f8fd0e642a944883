"""Searching the goods of a shop, and of all shops of the house."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import enter


@window
@require_GET
def of_shop(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/search/
    shop = enter(request, code)
    return render(request, "storefront/home.html", {"shop": shop, "face": shop.face})


@window
@require_GET
def of_house(request: Request) -> HttpResponse:  # GET /search/
    return render(request, "storefront/home.html", {})
