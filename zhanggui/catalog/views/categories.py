"""A shop's own categories: the tree, one category, its place, what stands in it."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.catalog.actions import categories as verbs
from zhanggui.catalog.forms import CategoryForm, category_initial
from zhanggui.catalog.models import Listing, ShopCategory
from zhanggui.catalog.queries import goods
from zhanggui.kit import pictures
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.kit.toasts import toast
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.people.http import Request, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops import assets
from zhanggui.shops.models import Shop
from zhanggui.shops.queries import shop_by_code
from zhanggui.shops.queries import visible_to as shops_visible_to


@require_GET
@needs(Power.CATALOG_SEE)
def index(request: Request) -> HttpResponse:
    """GET /goods/categories/: choose a shop."""
    shops = list(shops_visible_to(request.actor, Power.CATALOG_SEE).annotate(many=Count("categories")))
    if len(shops) == 1:
        return redirect("catalog:shop-categories", shops[0].code)
    return render(request, "catalog/category_shops.html", {"shops": shops})


@takes_files(20 * MIB)
@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def of_shop(request: Request, code: str) -> HttpResponse:
    """GET, POST /goods/categories/<code>/: the tree in its order; a new category."""
    shop = shop_by_code(code, actor=request.actor, power=Power.CATALOG_SEE)
    form = CategoryForm(parents=_tops(shop), initial={"way": ShopCategory.Way.MANUAL})
    if request.method == "GET":
        return _tree(request, shop, form)
    request.actor.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    form = CategoryForm(request.POST, request.FILES, parents=_tops(shop))
    refusal: Refused | None = None
    if form.is_valid():
        try:
            name = _picture(request, shop) or ""
            verbs.add(by=request.actor, shop=shop, told=form.told(name), at=now())
            return toast(request, redirect("catalog:shop-categories", shop.code), _("已新增分类"))
        except Refused as trouble:
            refusal = trouble
    return _tree(request, shop, form, status=show_refusal(form, refusal))


def _tree(request: Request, shop: Shop, form: CategoryForm, *, status: int = 200) -> HttpResponse:
    rows = list(goods.categories_of([shop.pk]).annotate(many=Count("listings")))
    tops = [row for row in rows if row.parent_id is None]
    tree = [(row, [one for one in rows if one.parent_id == row.pk]) for row in tops]
    context = {
        "shop": shop,
        "tree": tree,
        "form": form,
        "may_edit": request.actor.can(Power.CATALOG_EDIT, shop.pk),
        "uncategorised": Listing.objects.filter(shop=shop, categories=None).count(),
    }
    return render(request, "catalog/categories.html", context, status=status)


@takes_files(20 * MIB)
@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def one(request: Request, code: str, pk: int) -> HttpResponse:
    """GET, POST /goods/categories/<code>/<id>/."""
    shop = shop_by_code(code, actor=request.actor, power=Power.CATALOG_SEE)
    row = get_object_or_404(ShopCategory, pk=pk, shop=shop)
    parents = [top for top in _tops(shop) if top.pk != row.pk]
    if request.method == "GET":
        return _one(request, shop, row, CategoryForm(parents=parents, initial=category_initial(row)))
    request.actor.must(Power.CATALOG_EDIT, shop_id=shop.pk)
    form = CategoryForm(request.POST, request.FILES, parents=parents)
    version = whole(request.POST.get("version", ""))
    refusal: Refused | None = None
    if form.is_valid() and version is not None:
        try:
            name = _picture(request, shop)
            verbs.change(by=request.actor, category=row, version=version, told=form.told(name), at=now())
            return toast(request, redirect("catalog:shop-categories", shop.code), _("已保存分类"))
        except Refused as trouble:
            refusal = trouble
            row.refresh_from_db()
    return _one(request, shop, row, form, status=show_refusal(form, refusal) if version is not None else 422)


def _one(
    request: Request, shop: Shop, row: ShopCategory, form: CategoryForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "shop": shop,
        "row": row,
        "form": form,
        "may_edit": request.actor.can(Power.CATALOG_EDIT, shop.pk),
        "many": row.listings.count(),
    }
    return render(request, "catalog/category.html", context, status=status)


@needs(Power.CATALOG_EDIT)
@require_POST
def place(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /goods/categories/<code>/<id>/place/: `to` up or down."""
    shop = shop_by_code(code, actor=request.actor, power=Power.CATALOG_EDIT)
    row = get_object_or_404(ShopCategory, pk=pk, shop=shop)
    verbs.move(by=request.actor, category=row, up=request.POST.get("to") == "up", at=now())
    return redirect("catalog:shop-categories", shop.code)


@needs(Power.CATALOG_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /goods/categories/<code>/<id>/removal/."""
    shop = shop_by_code(code, actor=request.actor, power=Power.CATALOG_EDIT)
    row = get_object_or_404(ShopCategory, pk=pk, shop=shop)
    verbs.remove(by=request.actor, category=row, at=now())
    return toast(request, redirect("catalog:shop-categories", shop.code), _("已删除分类"))


def _tops(shop: Shop) -> list[ShopCategory]:
    return list(ShopCategory.objects.filter(shop=shop, parent=None).order_by("position", "pk"))


def _picture(request: Request, shop: Shop) -> str | None:
    """The name of a category picture that was sent along; None for none. Raises Invalid that names the rule."""
    file = request.FILES.get("picture")
    if file is None:
        return "" if "no_picture" in request.POST else None

    def rule(width: int, height: int, form: str) -> None:
        assets.check(shop.platform, "category", width, height, form)

    return pictures.keep(file, rule=rule).name
