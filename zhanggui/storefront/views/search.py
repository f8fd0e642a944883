"""Searching the goods of a shop, and of all shops of the house. All that was chosen stands in the address."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from django.views.decorators.http import require_GET

from zhanggui.catalog.queries.window import Category, categories
from zhanggui.customers.http import buyer_of
from zhanggui.kit.clock import now
from zhanggui.people.http import Request
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import finding
from zhanggui.storefront.queries.shops import enter, open_shops

ORDERS = (
    ("", N_("综合")),
    ("sold", N_("销量")),
    ("new", N_("新品")),
    ("price", N_("价格从低到高")),
    ("price_down", N_("价格从高到低")),
)


@window
@require_GET
def of_shop(
    request: Request, code: str
) -> HttpResponse:  # GET /s/<code>/search/?q=&category=&from=&to=&order=&page=
    shop = enter(request, code)
    asked = finding.read(request.GET)
    tree = categories(shop.pk)
    found = finding.find([shop], asked, at=now(), buyer=buyer_of(request))
    here = _category(tree, asked.category)
    about = {"shop": shop, "face": shop.face, "tree": tree, "category": here, "here": "categories"}
    return _page(request, asked, found, **about)


@window
@require_GET
def of_house(request: Request) -> HttpResponse:  # GET /search/
    asked = finding.read(request.GET)
    found = finding.find(list(open_shops()), asked, at=now(), buyer=buyer_of(request))
    return _page(request, asked, found, here="categories")


def _page(request: Request, asked: finding.Asked, found: finding.Result, **about: Any) -> HttpResponse:
    category = about.get("category")
    about |= {
        "asked": asked,
        "found": found,
        "orders": ORDERS,
        "find_text": asked.text,
        "heading": asked.text or (category.name if category else _("全部商品")),
        "before": found.page.number - 1 if found.page.number > 1 else None,
        "after": found.page.number + 1 if found.page.more else None,
    }
    return render(request, "storefront/search.html", about)


def _category(tree: tuple[Category, ...], pk: int | None) -> Category | None:
    for category in tree:
        for one in (category, *category.children):
            if one.id == pk:
                return one
    return None
