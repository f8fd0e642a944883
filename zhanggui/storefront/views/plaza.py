"""The open shops of the house."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries.shops import open_shops


@window
@require_GET
def show(request: Request) -> HttpResponse:  # GET /s/
    return render(request, "storefront/plaza.html", {"shops": list(open_shops()), "here": "home"})
