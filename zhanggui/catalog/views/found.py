"""What the product pages have in common: the product one may see, its panel of checks, what others changed."""

from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from zhanggui.catalog import changed as telling
from zhanggui.catalog import gate
from zhanggui.catalog.changed import Told
from zhanggui.catalog.models import ABOVE, Listing, Product
from zhanggui.catalog.queries import goods
from zhanggui.journal.models import Entry
from zhanggui.kit.clock import day_of, now
from zhanggui.people.http import Request
from zhanggui.people.powers import Power


def product_of(request: Request, pk: int) -> Product:
    """The product, or 404."""
    return get_object_or_404(
        goods.visible_to(request.actor).select_related(f"classification__{ABOVE}"), pk=pk
    )


def frame(request: Request, product: Product, tab: str) -> dict[str, Any]:
    """What every page of a product shows: tabs, where it is listed, the panel of checks. Eight statements."""
    at = now()
    listings = list(
        Listing.objects.filter(product=product).select_related("shop").defer("words").order_by("shop__code")
    )
    shops = request.actor.shops_with(Power.CATALOG_SEE)
    seen = [listing for listing in listings if shops is None or listing.shop_id in shops]
    may_edit = request.actor.can(Power.CATALOG_EDIT) or (
        bool(listings) and all(request.actor.can(Power.CATALOG_EDIT, listing.shop_id) for listing in listings)
    )
    rules = goods.rules_of(seen[0].shop, day_of(at)) if seen else goods.usual_rules()
    checks = gate.examine(goods.dossiers([product.pk])[product.pk], rules)
    return {
        "product": product,
        "tab": tab,
        "listings": seen,
        "may_edit": may_edit,
        "checks": checks,
        "stops": len(gate.failing(checks)),
        "at": at,
        "topics": " ".join(f"shop:{listing.shop_id}" for listing in seen[:20]),
    }


def theirs(product: Product, version: int | None) -> list[tuple[Entry, list[Told]]]:
    """What others changed since that version: the lines of the daybook, each in the words of the form. One statement."""
    lines = Entry.objects.filter(kind="product", object_id=product.pk).order_by("-at")[:10]
    return [
        (entry, telling.changes(entry.change))
        for entry in lines
        if version is not None and (entry.change.get("version") or [0, 0])[1] > version
    ]


def moment_texts(data: QueryDict) -> dict[str, str]:
    """The two moments of a form of the shelf as texts."""
    return {name: data.get(name, "")[:25] for name in ("on_at", "off_at")}
