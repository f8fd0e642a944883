"""One product: made, its words, its SKUs, its pictures, where it is listed."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.catalog import rows
from zhanggui.catalog.actions import filming, matrix, picturing, products
from zhanggui.catalog.actions import listings as shelf_verbs
from zhanggui.catalog.actions.guarding import Stale, Unfit
from zhanggui.catalog.forms import BasicsForm, ShelfForm, initial_of
from zhanggui.catalog.models import ABOVE, Classification, Listing, Picture, Product, Sku, Video
from zhanggui.catalog.queries import classes, goods
from zhanggui.catalog.queries.undoing import undoable
from zhanggui.catalog.specs import options_of
from zhanggui.catalog.views.found import frame, product_of, theirs
from zhanggui.journal import words
from zhanggui.journal.models import Entry
from zhanggui.kit import pictures
from zhanggui.kit.clock import in_china, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, NotAllowed, Refused
from zhanggui.kit.toasts import toast
from zhanggui.kit.uploads import MIB, takes_files
from zhanggui.people.http import Request, attempt, needs, say_when, show_refusal
from zhanggui.people.powers import Power
from zhanggui.shops.queries import shop_by_code
from zhanggui.shops.queries import visible_to as shops_visible_to

MOST_FILES = 20


def _asked(pk: Any) -> list[dict[str, Any]]:
    number = whole(str(pk or ""))
    row = Classification.objects.select_related(ABOVE).filter(pk=number).first() if number else None
    return row.asked if row else []


@needs(Power.CATALOG_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /goods/new/: a product begins as a draft of one shop."""
    shops = list(shops_visible_to(request.actor, Power.CATALOG_EDIT))
    leaves = classes.leaves()
    if request.method == "GET":
        initial = {"hold": Product.Hold.ORDER}
        form = BasicsForm(initial=initial, leaves=leaves, auto_id="id_%s")
        return render(
            request, "catalog/new.html", {"form": form, "shops": shops, "code": request.GET.get("shop", "")}
        )
    form = BasicsForm(request.POST, leaves=leaves, asked=_asked(request.POST.get("classification")))
    refusal: Refused | None = None
    code = request.POST.get("shop", "")
    if "again" not in request.POST and form.is_valid():
        shop = shop_by_code(code, actor=request.actor, power=Power.CATALOG_EDIT)
        made, refusal = attempt(products.create, by=request.actor, shop=shop, basics=form.basics(), at=now())
        if made is not None:
            return redirect("catalog:skus", made.pk)
    status = 200 if "again" in request.POST else show_refusal(form, refusal)
    return render(request, "catalog/new.html", {"form": form, "shops": shops, "code": code}, status=status)


@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def basics(request: Request, pk: int) -> HttpResponse:
    """GET, POST /goods/<id>/: the product's own words."""
    product = product_of(request, pk)
    leaves = classes.leaves(product.classification_id)
    if request.method == "GET":
        asked = product.classification.asked if product.classification else []
        form = BasicsForm(
            initial=initial_of(product, asked), leaves=leaves, asked=asked, told=product.attributes
        )
        return _basics(request, product, form)
    form = BasicsForm(
        request.POST,
        leaves=leaves,
        asked=_asked(request.POST.get("classification")),
        told=product.attributes,
    )
    if "again" in request.POST:
        return _basics(request, product, form)
    version = whole(request.POST.get("version", ""))
    if not form.is_valid() or version is None:
        return _basics(request, product, form, status=422)
    _done, refusal = attempt(
        products.change, by=request.actor, product=product, version=version, basics=form.basics(), at=now()
    )
    if refusal is None:
        return toast(request, redirect("catalog:product", pk), _("已保存"))
    status = show_refusal(form, refusal)
    product = product_of(request, pk)
    others = theirs(product, version) if isinstance(refusal, Stale) else []
    return _basics(request, product, form, status=status, theirs=others)


def _basics(
    request: Request, product: Product, form: BasicsForm, *, status: int = 200, **also: Any
) -> HttpResponse:
    return render(
        request,
        "catalog/basics.html",
        frame(request, product, "basics") | {"form": form} | also,
        status=status,
    )


@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def skus(request: Request, pk: int) -> HttpResponse:
    """GET, POST /goods/<id>/skus/: the matrix. `again` lays the rows anew, `fill` fills them, else all is saved."""
    product = product_of(request, pk)
    kept = list(Sku.objects.filter(product=product).order_by("position", "pk"))
    on_sale = [sku for sku in kept if sku.off_at is None]
    if request.method == "GET":
        options = options_of(product.options, [sku.spec for sku in on_sale])
        laid = (
            rows.laid(options, rows.shown_rows(kept))
            if options or not kept
            else rows.shown_rows(on_sale or kept)
        )
        return _skus(request, product, rows.shown_options(options), laid)
    typed, given = rows.posted_options(request.POST), rows.posted_rows(request.POST)
    version = whole(request.POST.get("version", ""))
    try:
        options_read = rows.read_options(typed)
        known = {row.spec: row for row in rows.shown_rows(kept)}
        known.update((row.spec, row) for row in given)
        laid = rows.laid(options_read, list(known.values()) if options_read else given)
        for row in laid:
            row.known = any(sku.spec == row.spec for sku in kept)
    except Invalid as broken:
        return _skus(request, product, typed, given, refusal=broken, status=broken.status)
    if "again" in request.POST:
        more = rows.shown_options(options_read)
        return _skus(request, product, more, laid)
    if "fill" in request.POST:
        wrong = rows.filled(laid, request.POST, over=request.POST["fill"] == "all")
        also = {"fill": request.POST, "fill_errors": wrong}
        return _skus(request, product, typed, laid, status=422 if wrong else 200, **also)
    read = rows.read_rows(laid)
    if read is None or version is None:
        return _skus(request, product, typed, laid, status=422)
    _done, refusal = attempt(
        matrix.set_skus,
        by=request.actor,
        product=product,
        version=version,
        options=options_read,
        rows=read,
        at=now(),
    )
    if refusal is None:
        return toast(request, redirect("catalog:skus", pk), _("已保存规格与价格"))
    if isinstance(refusal, Invalid):
        rows.blame(refusal, laid)
    product = product_of(request, pk)
    others = theirs(product, version) if isinstance(refusal, Stale) else []
    return _skus(request, product, typed, laid, refusal=refusal, status=refusal.status, theirs=others)


def _skus(
    request: Request,
    product: Product,
    options: list[rows.TypedOption],
    typed: list[rows.Typed],
    *,
    status: int = 200,
    **also: Any,
) -> HttpResponse:
    shown = Picture.objects.filter(product=product).order_by("position", "pk")
    context = frame(request, product, "skus") | {
        "wrong": rows.wrong_cells(typed),
        "options": list(enumerate(options)),
        "rows": list(enumerate(typed)),
        "pictures": list(shown),
        "optionless": not any(one.name.strip() for one in options),
    }
    return render(request, "catalog/skus.html", context | also, status=status)


@needs(Power.CATALOG_SEE)
@require_http_methods(["GET", "POST"])
def arranged(request: Request, pk: int) -> HttpResponse:
    """GET, POST /goods/<id>/pictures/: order, roles and texts of the pictures, saved at once."""
    product = product_of(request, pk)
    refusal: Refused | None = None
    if request.method == "POST":
        version = whole(request.POST.get("version", ""))
        if version is None:
            return pictures_page(request, product, status=422)
        _done, refusal = attempt(
            picturing.arrange,
            by=request.actor,
            product=product,
            version=version,
            rows=_picture_rows(request),
            at=now(),
        )
        if refusal is None:
            return toast(request, redirect("catalog:pictures", pk), _("已保存图片"))
        product = product_of(request, pk)
    return pictures_page(request, product, refusal=refusal, status=refusal.status if refusal else 200)


@takes_files(MOST_FILES * pictures.MOST_BYTES + MIB)
@needs(Power.CATALOG_EDIT)
@require_POST
def upload(request: Request, pk: int) -> HttpResponse:
    """POST /goods/<id>/pictures/new/: files, each encoded anew; one that is refused keeps none of them."""
    product = product_of(request, pk)
    files = request.FILES.getlist("picture")[: MOST_FILES + 1]
    kept: list[pictures.Kept] = []
    refusal: Refused | None = None
    try:
        if not files:
            raise Invalid(_("请选择图片"), "picture")
        if len(files) > MOST_FILES:
            raise Invalid(_("一次最多上传 %(most)s 张。") % {"most": MOST_FILES}, "picture")
        may = Listing.objects.filter(product=product).values_list("shop_id", flat=True)
        for shop_id in may:
            request.actor.must(Power.CATALOG_EDIT, shop_id=shop_id)
        kept = pictures.keep_all(files)
        picturing.add(
            by=request.actor, product=product, kept=kept, role=request.POST.get("role", "main"), at=now()
        )
    except NotAllowed:
        raise
    except Refused as trouble:
        refusal = trouble
        for one in kept:
            pictures.drop(one.name)
    if refusal is None:
        return toast(request, redirect("catalog:pictures", pk), _("已上传 %(many)s 张") % {"many": len(kept)})
    answer = pictures_page(request, product_of(request, pk), refusal=refusal, status=refusal.status)
    return say_when(answer, refusal)


def _picture_rows(request: Request) -> list[picturing.PictureRow]:
    told = request.POST
    found: list[tuple[int, int, picturing.PictureRow]] = []
    for text in told.getlist("picture"):
        pk = whole(text)
        if pk is None or f"gone-{pk}" in told:
            continue
        place = whole(told.get(f"place-{pk}", "").strip())
        row = picturing.PictureRow(pk, told.get(f"role-{pk}", "main"), told.get(f"alt-{pk}", "")[:200])
        found.append((999 if place is None else place, len(found), row))
    return [row for _place, _number, row in sorted(found, key=lambda one: one[:2])]


def pictures_page(
    request: Request, product: Product, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    shown = list(Picture.objects.filter(product=product).order_by("position", "pk"))
    context = frame(request, product, "pictures") | {
        "pictures": list(enumerate(shown, 1)),
        "roles": Picture.Role.choices,
        "video": Video.objects.filter(product=product).first(),
        "video_mb": filming.most_mb(product, at=now()),
        "refusal": refusal,
    }
    return render(request, "catalog/pictures.html", context, status=status)


@needs(Power.CATALOG_SEE)
@require_GET
def shelf(request: Request, pk: int) -> HttpResponse:
    """GET /goods/<id>/shelf/: where it is listed, on the shelf or not, since and until when."""
    return _shelf(request, product_of(request, pk))


def _shelf(
    request: Request, product: Product, *, refusal: Refused | None = None, about: int = 0, status: int = 200
) -> HttpResponse:
    context = frame(request, product, "shelf")
    at = context["at"]
    listed = {listing.shop_id for listing in context["listings"]}
    taken_back = undoable(request.actor, context["listings"], at=now())
    context["places"] = [
        _place(listing, at) | {"last": (last := taken_back.get(listing.pk)), "last_said": _last(last)}
        for listing in context["listings"]
    ]
    context["others"] = [
        shop
        for shop in shops_visible_to(request.actor, Power.CATALOG_EDIT)
        if shop.pk not in listed and shop.merchant_id == product.merchant_id
    ]
    context |= {
        "refusal": refusal,
        "about": about,
        "failed": refusal.checks if isinstance(refusal, Unfit) else [],
    }
    return render(request, "catalog/shelf.html", context, status=status)


def _last(entry: Entry | None) -> str:
    return _("您刚才做的：%(what)s") % {"what": words.label_of(entry.what)} if entry else ""


def _place(listing: Listing, at: Any) -> dict[str, Any]:
    if listing.on_shelf(at):
        state = "on"
    elif listing.waits(at):
        state = "waiting"
    else:
        state = "draft" if listing.state == Listing.State.DRAFT else "off"

    def text(moment: Any) -> str:
        return in_china(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""

    return {
        "listing": listing,
        "state": state,
        "label": goods.STATES[state],
        "on_text": text(listing.on_at)
        if state == "waiting" or (listing.on_at and listing.on_at > at)
        else "",
        "off_text": text(listing.off_at) if listing.off_at and listing.off_at > at else "",
    }


@needs(Power.CATALOG_EDIT)
@require_POST
def list_in(request: Request, pk: int) -> HttpResponse:
    """POST /goods/<id>/listings/: list it in another shop of the merchant."""
    product = product_of(request, pk)
    shop = shop_by_code(request.POST.get("shop", ""), actor=request.actor, power=Power.CATALOG_EDIT)
    products.list_in(by=request.actor, product=product, shop=shop, at=now())
    return toast(
        request, redirect("catalog:shelf", pk), _("已放进「%(shop)s」，还是草稿") % {"shop": shop.name}
    )


@needs(Power.CATALOG_EDIT)
@require_POST
def place(request: Request, pk: int, listing: int) -> HttpResponse:
    """POST /goods/<id>/listings/<listing>/: `act` on, off, shown, unshown, with `on_at` and `off_at`."""
    product = product_of(request, pk)
    row = get_object_or_404(goods.listings_visible_to(request.actor), pk=listing, product=product)
    form = ShelfForm(request.POST)
    act = request.POST.get("act", "")
    refusal: Refused | None = None
    came: shelf_verbs.Came | None = None
    if not form.is_valid():
        refusal = Invalid(_("请填写日期和时间"), "on_at")
    elif act == "on":
        came, refusal = attempt(
            shelf_verbs.put_on, by=request.actor, listing_ids=[row.pk], at=now(), **form.cleaned_data
        )
    elif act == "off":
        came, refusal = attempt(
            shelf_verbs.take_off,
            by=request.actor,
            listing_ids=[row.pk],
            at=now(),
            off_at=form.cleaned_data["off_at"],
        )
    elif act in ("shown", "unshown"):
        came, refusal = attempt(
            shelf_verbs.show, by=request.actor, listing_ids=[row.pk], shown=act == "shown", at=now()
        )
    else:
        refusal = Invalid(_("没有这种操作。"), "act")
    if came is not None and came.refused:
        refusal = Unfit(came.refused[row.pk])
    if refusal is not None:
        return _shelf(request, product_of(request, pk), refusal=refusal, about=row.pk, status=refusal.status)
    way_back = reverse("catalog:listing-undoing", args=[pk, row.pk]) if came and came.before else ""
    said = {"on": _("已上架"), "off": _("已下架")}.get(act, _("已保存"))
    if form.cleaned_data["on_at"] or form.cleaned_data["off_at"]:
        said = _("已保存")
    return toast(request, redirect("catalog:shelf", pk), said, undo=way_back)


@needs(Power.CATALOG_EDIT)
@require_POST
def undoing(request: Request, pk: int, listing: int) -> HttpResponse:
    """POST /goods/<id>/listings/<listing>/undoing/: takes one's own last act on it back."""
    product = product_of(request, pk)
    row = get_object_or_404(goods.listings_visible_to(request.actor), pk=listing, product=product)
    came, refusal = attempt(shelf_verbs.take_back, by=request.actor, listing=row, at=now())
    if came is not None and came.refused:
        refusal = Unfit(came.refused[row.pk])
    asked_by_script = request.headers.get("Accept", "").startswith("application/json")
    if refusal is not None and asked_by_script:
        raise refusal
    if refusal is not None:
        return _shelf(request, product_of(request, pk), refusal=refusal, about=row.pk, status=refusal.status)
    if asked_by_script:
        return JsonResponse({"undone": True})
    return toast(request, redirect("catalog:shelf", pk), _("已撤销"))
