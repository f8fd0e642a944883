"""The editor of one version: its blocks, each with the form of its kind."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhanggui.catalog.models import Listing
from zhanggui.kit.clock import now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Refused
from zhanggui.people.http import Request, attempt, needs, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.queries import shop_by_code
from zhanggui.storefront import blocks
from zhanggui.storefront.actions import looks as verbs
from zhanggui.storefront.forms import BlockForm, LookForm, initial_of
from zhanggui.storefront.models import Look
from zhanggui.storefront.queries.looks import assets_of, visible_to


def find(request: Request, code: str, pk: int) -> Look:
    """The look of that shop, or 404 for whoever may not edit it. Two statements."""
    shop = shop_by_code(code, actor=request.actor, power=Power.SHOPFRONT_EDIT)
    return get_object_or_404(visible_to(request.actor), shop=shop, pk=pk)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def add(request: Request, code: str, pk: int) -> HttpResponse:  # POST …/looks/<id>/blocks/
    row = find(request, code, pk)
    kind = request.POST.get("kind", "")
    key, refusal = attempt(verbs.add_block, by=request.actor, look=row, version=_version(request), kind=kind)
    return _there(row, str(key)) if refusal is None else page(request, row, refusal=refusal)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def change(request: Request, code: str, pk: int, key: str) -> HttpResponse:  # POST …/blocks/<key>/
    row = find(request, code, pk)
    kind = row.blocks[blocks.place_of(row.blocks, key)]["kind"]
    form = BlockForm(request.POST, kind=kind, assets=assets_of(row.shop_id))
    refusal: Refused | None = None
    if form.is_valid():
        codes = form.codes()
        listings = _ids(row.shop_id, codes)
        unknown = [code for code in codes if code not in listings]
        if unknown:
            form.add_error("codes", _("本店没有这些商家编码：%(codes)s") % {"codes": "、".join(unknown[:5])})
        else:
            refusal = _attempted(
                verbs.change_block,
                request,
                row,
                key,
                form.cleaned_data["version"],
                values=form.values(listings),
            )
            if refusal is None:
                return _there(row, key)
    status = show_refusal(form, refusal)
    return page(request, row, wrong={key: form}, status=status)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def move(request: Request, code: str, pk: int, key: str) -> HttpResponse:  # POST …/blocks/<key>/place/
    row = find(request, code, pk)
    up = request.POST.get("to") == "up"
    refusal = _attempted(verbs.move_block, request, row, key, _version(request), up=up)
    return _there(row, key) if refusal is None else page(request, row, refusal=refusal)


@needs(Power.SHOPFRONT_EDIT)
@require_POST
def remove(request: Request, code: str, pk: int, key: str) -> HttpResponse:  # POST …/blocks/<key>/removal/
    row = find(request, code, pk)
    refusal = _attempted(verbs.remove_block, request, row, key, _version(request))
    return _there(row, "") if refusal is None else page(request, row, refusal=refusal)


def page(
    request: Request,
    row: Look,
    *,
    head: LookForm | None = None,
    wrong: dict[str, BlockForm] | None = None,
    refusal: Refused | None = None,
    status: int | None = None,
) -> HttpResponse:
    """The editor. `wrong`: forms that were refused, by the key of their block: what was typed stays. Six statements."""
    assets = assets_of(row.shop_id)
    codes = dict(
        Listing.objects.filter(pk__in=sorted(blocks.listings_in(row.blocks))).values_list(
            "pk", "product__code"
        )
    )
    names = {asset.name: asset for asset in assets}
    shown = []
    for block in row.blocks:
        kind = blocks.KINDS[block["kind"]]
        form = (wrong or {}).get(block["key"]) or BlockForm(
            initial=initial_of(block, codes) | {"version": row.version},
            kind=kind.code,
            assets=assets,
            auto_id=f"b{block['key']}-%s",
        )
        slides = [names[slide["picture"]] for slide in block.get("slides", ()) if slide["picture"] in names]
        shown.append(
            {"block": block, "kind": kind, "form": form, "slides": slides, "open": bool(form.errors)}
        )
    about: dict[str, Any] = {
        "shop": row.shop,
        "look": row,
        "head": head
        or LookForm(initial={n: getattr(row, n) for n in ("name", "starts_at", "ends_at", "version")}),
        "blocks": shown,
        "kinds": [kind for kind in blocks.KINDS.values() if not _there_already(row, kind)],
        "refusal": refusal,
        "tab": "looks",
        "preview_at": max(row.starts_at, now()) if row.starts_at else now(),
    }
    status = status if status is not None else refusal.status if refusal else 200
    return render(request, "storefront/decoration/look.html", about, status=status)


def _there_already(row: Look, kind: blocks.Kind) -> bool:
    return kind.once and any(block["kind"] == kind.code for block in row.blocks)


def _attempted(
    verb: Callable[..., Any], request: Request, row: Look, key: str, version: int, **also: Any
) -> Refused | None:
    return attempt(verb, by=request.actor, look=row, version=version, key=key, **also)[1]


def _ids(shop_id: int, codes: list[str]) -> dict[str, int]:
    if not codes:
        return {}
    rows = Listing.objects.filter(shop_id=shop_id, product__code__in=codes)
    return dict(rows.values_list("product__code", "pk"))


def _there(row: Look, key: str) -> HttpResponse:
    address = reverse("storefront:look", args=[row.shop.code, row.pk])
    return redirect(f"{address}#block-{key}" if key else address)


def _version(request: Request) -> int:
    return whole(request.POST.get("version", "")) or 0
