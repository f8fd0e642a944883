"""The home page of a shop."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from zhanggui.customers.http import buyer_of
from zhanggui.kit.clock import day_of, now
from zhanggui.people.http import Request
from zhanggui.shops import policies
from zhanggui.storefront import places
from zhanggui.storefront.http import window
from zhanggui.storefront.preview import wished
from zhanggui.storefront.queries import home
from zhanggui.storefront.queries.looks import look_at
from zhanggui.storefront.saying import show as page


@window
@require_GET
def show(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/
    shop, preview = wished(request, code)
    at = preview.at if preview else now()
    look = preview.look if preview and preview.look else look_at(shop.pk, at)
    numbers = policies.values(["storefront.low_stock", "reviews.score_days"], shop, day_of(at))
    filled = home.fill(shop, look, at=at, buyer=buyer_of(request), low=int(numbers["storefront.low_stock"]))
    first = next((row for row in filled if row.kind.code == "banner" and not row.failed), None)
    about = {
        "shop": shop,
        "face": shop.face if hasattr(shop, "face") else None,
        "here": "home",
        "side": next((row for row in filled if row.kind.code == "categories"), None),
        "blocks": [row for row in filled if row.kind.code != "categories"],
        "lead": first.data["slides"][0]["picture"] if first else "",
        "now_ms": int(at.timestamp() * 1000),
        "preview": preview,
        "look": look,
        "standing": places.filled(places.STANDING, request, shop=shop, days=numbers["reviews.score_days"]),
        "service": places.filled(places.SERVICE, request, shop=shop),
        "goods": any(row.kind.goods for row in filled),
    }
    return page(request, "storefront/home.html", about)
