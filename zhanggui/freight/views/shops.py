"""The freight tables of all shops, of one shop, and the list of regions to pick from."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from zhanggui.freight import queries
from zhanggui.freight.quotes import tables_of
from zhanggui.freight.rules import Table
from zhanggui.freight.seeds import zones_of
from zhanggui.kit import regions
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


@dataclass(frozen=True, slots=True)
class _Row:
    shop: Shop
    city: str
    tables: list[Table]
    cover: dict[str, int]
    extras: int
    may_edit: bool


@needs(Power.FREIGHT_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /freight/: every shop with its tables and how much of the country they cover. Six statements."""
    shops = list(queries.shops_visible_to(request.actor))
    tables = tables_of(shops)
    extras: dict[int, int] = {}
    for row in queries.surcharges_visible_to(request.actor).filter(active=True):
        extras[row.shop_id] = extras.get(row.shop_id, 0) + 1
    rows = []
    for shop in shops:
        held = tables[shop.pk]
        usual = next(
            (t for t in held if t.carrier == "" and t.is_default and t.ships_from == shop.city), None
        )
        cover = queries.coverage(usual) if usual else {"none": 34}
        may = request.actor.can(Power.FREIGHT_EDIT, shop.pk)
        rows.append(_Row(shop, regions.short_name(shop.city), held, cover, extras.get(shop.pk, 0), may))
    return render(
        request,
        "freight/shops.html",
        {"rows": rows, "open_costs": queries.open_costs(request.actor).count()},
    )


@needs(Power.FREIGHT_SEE)
@require_GET
def shop(request: Request, code: str) -> HttpResponse:
    """GET /freight/shops/<code>/: one shop's tables with a map of each, and its surcharges."""
    row = get_object_or_404(queries.shops_visible_to(request.actor), code=code)
    templates = {t.pk: t for t in queries.visible_to(request.actor).filter(shop=row)}
    tables = [
        (templates[table.id], table, queries.tile_map(table), queries.coverage(table))
        for table in tables_of([row])[row.pk]
        if table.id in templates
    ]
    about = {
        "shop": row,
        "city": regions.full_name(row.city),
        "tables": tables,
        "surcharges": [
            (s, regions.write_list(s.regions))
            for s in queries.surcharges_visible_to(request.actor).filter(shop=row)
        ],
        "may_edit": request.actor.can(Power.FREIGHT_EDIT, row.pk),
        "shops": queries.shops_visible_to(request.actor),
        "usual": bool(zones_of(row.city)),
    }
    return render(request, "freight/shop.html", about)


@needs(Power.FREIGHT_SEE)
@require_GET
def region_list(request: Request) -> HttpResponse:
    """GET /freight/regions/?chosen=江浙沪: provinces and cities to pick from; a fragment for the picker."""
    codes, unknown = regions.read_list(request.GET.get("chosen", "")[:4000])
    chosen = set(codes)
    provinces = [
        (
            code,
            regions.short_name(code),
            [
                (city, regions.name_of(city), regions.write_list([city]))
                for city in regions.children(code)
                if regions.name_of(city) != regions.name_of(code)
            ],
        )
        for code in regions.provinces()
    ]
    groups = [(name, " ".join(members)) for name, members in regions.GROUPS.items()]
    listed = {one for code, _name, cities in provinces for one in (code, *(city[0] for city in cities))}
    own = [*(regions.write_list([code]) for code in codes if code not in listed | {"1"}), *unknown]
    about = {"provinces": provinces, "groups": groups, "chosen": chosen, "own": "、".join(own)}
    about["country"] = regions.name_of(regions.COUNTRY)
    page = "freight/regions.html#picker" if request.headers.get("HX-Request") else "freight/regions.html"
    return render(request, page, about)
