"""One freight table: made, edited row by row, copied, made the default, removed."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhanggui.freight import queries, rows
from zhanggui.freight.actions import tables as verbs
from zhanggui.freight.forms import CopyForm, HeaderForm
from zhanggui.freight.history import told
from zhanggui.freight.models import Template
from zhanggui.freight.quotes import as_table
from zhanggui.freight.seeds import lay_tables
from zhanggui.kit import regions
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


def _header_form(data: Any = None, **initial: Any) -> HeaderForm:
    listed = [(row.code, row.name) for row in queries.carriers()]
    return HeaderForm(data, initial=initial, carriers=listed, ordinary=_("普通快递"))


def _found(request: Request, code: str, pk: int) -> Template:
    return get_object_or_404(queries.visible_to(request.actor), shop__code=code, pk=pk)


@needs(Power.FREIGHT_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request, code: str) -> HttpResponse:
    """GET, POST /freight/shops/<code>/tables/new/."""
    shop = get_object_or_404(queries.shops_visible_to(request.actor), code=code)
    if request.method == "GET":
        form = _header_form(ships_from=regions.full_name(shop.city), valuation="weight")
        return render(request, "freight/table_new.html", {"shop": shop, "form": form})
    form = _header_form(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        made, refusal = attempt(verbs.create, by=request.actor, shop=shop, header=form.header(), at=now())
        if made is not None:
            return redirect("freight:table", shop.code, made.pk)
    status = show_refusal(form, refusal)
    return render(request, "freight/table_new.html", {"shop": shop, "form": form}, status=status)


@needs(Power.FREIGHT_EDIT)
@require_POST
def usual(request: Request, code: str) -> HttpResponse:
    """POST /freight/shops/<code>/tables/: lay the house's usual tables for the shop's city, if it has none."""
    shop = get_object_or_404(queries.shops_visible_to(request.actor), code=code)
    laid = lay_tables(by=request.actor, shop=shop)
    answer = redirect("freight:shop", code)
    return toast(request, answer, _("已按公司规则建好运费表")) if laid else answer


@needs(Power.FREIGHT_SEE)
@require_http_methods(["GET", "POST"])
def table(request: Request, code: str, pk: int) -> HttpResponse:
    """GET, POST /freight/shops/<code>/tables/<id>/: the whole table in one form, saved at once."""
    template = _found(request, code, pk)
    if request.method == "GET":
        values = _values(template)
        form = _header_form(
            name=template.name,
            carrier=template.carrier.code if template.carrier else "",
            ships_from=regions.full_name(template.ships_from),
            valuation=template.valuation,
            seller_pays=template.seller_pays,
        )
        return _page(request, template, form, rows.typed_zones(values), rows.typed_free(values))
    form = _header_form(request.POST)
    zones = rows.posted(request.POST, "zone", rows.ZONE)
    free = rows.posted(request.POST, "free", rows.FREE)
    if "more" in request.POST:
        return _page(request, template, form, zones, free, more=request.POST["more"])
    valuation = request.POST.get("valuation", "")
    zone_rows, free_rows = rows.read_zones(zones, valuation), rows.read_free(free, valuation)
    version = whole(request.POST.get("version", ""))
    if not form.is_valid() or zone_rows is None or free_rows is None or version is None:
        return _page(request, template, form, zones, free, status=422)
    _done, refusal = attempt(
        verbs.edit,
        by=request.actor,
        template=template,
        version=version,
        header=form.header(),
        zones=zone_rows,
        free=free_rows,
        at=now(),
    )
    if refusal is None:
        return toast(request, redirect("freight:table", code, pk), _("已保存运费表"))
    status = refusal.status
    if not (isinstance(refusal, Invalid) and rows.blame(refusal, zones, free)):
        status = show_refusal(form, refusal)
    theirs = []
    if isinstance(refusal, verbs.Stale):
        theirs = [
            entry
            for entry in queries.changes_of(template)
            if (entry.change.get("version") or [0, 0])[1] > version
        ]
        template.refresh_from_db()
    return _page(request, template, form, zones, free, status=status, theirs=theirs)


@needs(Power.FREIGHT_EDIT)
@require_POST
def copy(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /freight/shops/<code>/tables/<id>/copy/."""
    template = _found(request, code, pk)
    form = CopyForm(request.POST, shops=queries.shops_visible_to(request.actor, Power.FREIGHT_EDIT))
    refusal: Refused | None = None
    if form.is_valid():
        made, refusal = attempt(
            verbs.clone,
            by=request.actor,
            template=template,
            shop=form.cleaned_data["shop"],
            name=form.cleaned_data["name"],
            at=now(),
        )
        if made is not None:
            return redirect("freight:table", made.shop.code, made.pk)
    status = show_refusal(form, refusal)
    return render(request, "freight/table_copy.html", {"template": template, "form": form}, status=status)


@needs(Power.FREIGHT_EDIT)
@require_POST
def default(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /freight/shops/<code>/tables/<id>/default/."""
    template = _found(request, code, pk)
    verbs.make_default(by=request.actor, template=template, version=_version(request), at=now())
    return redirect("freight:shop", code)


@needs(Power.FREIGHT_EDIT)
@require_POST
def removal(request: Request, code: str, pk: int) -> HttpResponse:
    """POST /freight/shops/<code>/tables/<id>/removal/."""
    template = _found(request, code, pk)
    verbs.delete(by=request.actor, template=template, version=_version(request), at=now())
    return toast(
        request, redirect("freight:shop", code), _("已删除运费表「%(name)s」") % {"name": template.name}
    )


def _version(request: Request) -> int:
    version = whole(request.POST.get("version", ""))
    if version is None:
        raise Invalid(_("表单不完整，请刷新页面再试"), "version")
    return version


def _values(template: Template) -> Any:
    zones = template.zones.order_by("position", "pk")
    return as_table(template, zones, template.free_rules.order_by("position", "pk"))


def _page(
    request: Request,
    template: Template,
    form: HeaderForm,
    zones: list[rows.Typed],
    free: list[rows.Typed],
    *,
    status: int = 200,
    more: str = "",
    theirs: list[Any] | None = None,
) -> HttpResponse:
    if more == "zone" or not zones:
        zones = [*zones, rows.Typed(len(zones), dict.fromkeys(rows.ZONE, ""))]
    if more == "free":
        free = [*free, rows.Typed(len(free), dict.fromkeys(rows.FREE, ""))]
    editable = Shop.objects.none()
    may_edit = request.actor.can(Power.FREIGHT_EDIT, template.shop_id)
    if request.actor.can_somewhere(Power.FREIGHT_EDIT):
        editable = queries.shops_visible_to(request.actor, Power.FREIGHT_EDIT)
    about = {
        "template": template,
        "shop": template.shop,
        "form": form,
        "zones": zones,
        "free": free,
        "unit": {"pieces": _("件"), "weight": _("公斤"), "volume": _("立方米")}.get(
            str(form["valuation"].value()), ""
        ),
        "may_edit": may_edit,
        "theirs": [(entry, told(entry, template.valuation)) for entry in theirs or []],
        "changes": [(entry, told(entry, template.valuation)) for entry in queries.changes_of(template, 5)],
        "tiles": queries.tile_map(_values(template)),
        "copy": CopyForm(
            initial={"shop": template.shop.code, "name": f"{template.name[:20]} 2"},
            shops=editable,
            auto_id="copy_%s",
        ),
        "may_copy": editable.exists() if may_edit is False else True,
    }
    return render(request, "freight/table.html", about, status=status)
