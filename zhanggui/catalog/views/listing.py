"""The list of goods: filters in the address, bulk on and off the shelf, undone with a click."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog import bulk as jobs
from zhanggui.catalog import gate, lexicon
from zhanggui.catalog.forms import ShelfForm
from zhanggui.catalog.models import Listing, Product, ShopCategory
from zhanggui.catalog.queries import classes, goods
from zhanggui.jobs.actions.running import run_here
from zhanggui.jobs.actions.stopping import undo
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import day_of, now
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, NotFound, Refused, Unreadable
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, needs
from zhanggui.people.powers import Power
from zhanggui.shops.policies import value
from zhanggui.shops.queries import visible_to as shops_visible_to

KINDS = [f"goods.{act}" for act in jobs.ACTS]


@require_GET
@needs(Power.CATALOG_SEE)
def index(request: Request) -> HttpResponse:
    """GET /goods/?shop=&state=&q=&role=&category=&shown=&trouble=&from=&to=&after=."""
    at = now()
    filters, refusal = _filters(request.GET)
    shops = list(shops_visible_to(request.actor, Power.CATALOG_SEE))
    page = goods.page(request.actor, filters, at=at, after=whole(request.GET.get("after", "")))
    chosen = next((shop for shop in shops if shop.code.lower() == filters.shop.lower()), None)
    context = {
        "filters": filters,
        "refusal": refusal,
        "page": page,
        "rows": [_row(listing, at) for listing in page.rows],
        "shops": shops,
        "shop": chosen,
        "states": goods.STATES,
        "roles": [pair for pair in Product.Role.choices if pair[0]],
        "classes": classes.tree(),
        "categories": list(goods.categories_of([chosen.pk])) if chosen else [],
        "narrowed": filters != goods.Filters(),
        "heroes": _heroes(chosen, at) if chosen else "",
        "may_edit": request.actor.can_somewhere(Power.CATALOG_EDIT),
        "topics": " ".join(f"shop:{shop.pk}" for shop in (shops[:20] if chosen is None else [chosen])),
        "shelf": ShelfForm(),
    }
    return render(request, "catalog/goods.html", context, status=422 if refusal else 200)


@require_POST
@needs(Power.CATALOG_EDIT)
def bulk(request: Request) -> HttpResponse:
    """POST /goods/bulk/: `act` on `ids`, or with `all=1` on the filter that stands in `filter`."""
    ids = _chosen(request)
    form = ShelfForm(request.POST)
    how: dict[str, Any] = {}
    act = request.POST.get("act", "")
    if act in ("on", "off"):
        if not form.is_valid():
            raise Invalid(_("请填写日期和时间"), "on_at")
        how = {name: told.isoformat() for name, told in form.cleaned_data.items() if told}
    if act in ("into", "out_of"):
        how = _category(request)
    job = jobs.begin(by=request.actor, act=act, how=how, ids=ids)
    answer = HttpResponseRedirect(_back(request))
    if job.total > jobs.AT_ONCE:
        return toast(request, answer, job.title)
    job = run_here(job)
    undoable = job.undo_until is not None and job.outcomes.filter(before__isnull=False).exists()
    way_back = reverse("catalog:bulk-undoing", args=[job.pk]) if undoable else ""
    return toast(request, answer, _summary(job), undo=way_back, bad=job.state == Job.State.FAILED)


@require_POST
@needs(Power.CATALOG_EDIT)
def bulk_undoing(request: Request, pk: int) -> HttpResponse:
    """POST /goods/bulk/<pk>/undoing/: takes one's own bulk act back."""
    mine = Job.objects.filter(pk=pk, staff_id=request.actor.staff_id, kind__in=KINDS).first()
    if mine is None:
        raise NotFound(_("没有可撤销的操作"))
    undoing = undo(by=request.actor, job=mine)
    if mine.total <= jobs.AT_ONCE:
        run_here(undoing)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"undone": True})
    return HttpResponseRedirect(reverse("catalog:goods"))


@require_GET
@needs(Power.CATALOG_SEE)
def terms(request: Request) -> HttpResponse:
    """GET /goods/terms/?q=: the words that advertising may not use, and whether a text holds one."""
    text = request.GET.get("q", "")[:2000]
    rows = [(term, lexicon.KINDS.get(kind, "放行"), why, kind) for term, kind, why in lexicon.entries()]
    hits = (
        [(hit.term, lexicon.KINDS[hit.kind], hit.why) for hit in lexicon.lexicon().hits(text)] if text else []
    )
    kinds = [
        (kind, label, [row for row in rows if row[3] == kind])
        for kind, label in (*lexicon.KINDS.items(), ("allow", "放行"))
    ]
    return render(
        request,
        "catalog/terms.html",
        {"q": text, "hits": hits, "kinds": [one for one in kinds if one[2]], "many": len(rows)},
    )


def _row(listing: Listing, at: Any) -> dict[str, Any]:
    if listing.on_shelf(at):
        state = "on"
    elif listing.waits(at):
        state = "waiting"
    else:
        state = "draft" if listing.state == Listing.State.DRAFT else "off"
    return {
        "listing": listing,
        "state": state,
        "state_label": goods.STATES[state],
        "picture": getattr(listing, "card_picture", ""),
        "troubles": [gate.LABELS.get(code, code) for code in listing.troubles],
    }


def _filters(told: QueryDict) -> tuple[goods.Filters, Refused | None]:
    refusal: Refused | None = None
    prices: dict[str, int | None] = {}
    for name in ("from", "to"):
        text = told.get(name, "").strip()
        try:
            prices[name] = parse_yuan(text) if text else None
        except Unreadable as trouble:
            prices[name], refusal = None, trouble
    return (
        goods.Filters(
            shop=told.get("shop", "")[:20],
            state=told.get("state", "") if told.get("state", "") in goods.STATES else "",
            text=told.get("q", "")[:80],
            role=told.get("role", "") if told.get("role", "") in Product.Role.values else "",
            classification=told.get("class", "")[:30],
            category=whole(told.get("category", "")),
            uncategorised=told.get("category", "") == "none",
            shown=bool(told.get("shown")),
            trouble=bool(told.get("trouble")),
            from_fen=prices["from"],
            to_fen=prices["to"],
        ),
        refusal,
    )


def _heroes(shop: Any, at: Any) -> str:
    many = goods.heroes([shop.pk], at=at)[shop.pk]
    least = value("catalog.hero_least", shop, day_of(at))
    if many >= least:
        return ""
    return _("在架的主打商品只有 %(many)s 件，建议至少 %(least)s 件（S3-05）") % {
        "many": many,
        "least": least,
    }


def _chosen(request: Request) -> list[int]:
    if request.POST.get("all") == "1":
        filters, _refusal = _filters(QueryDict(request.POST.get("filter", "")[:2000]))
        rows = goods.narrowed(goods.listings_visible_to(request.actor, Power.CATALOG_EDIT), filters, at=now())
        return list(rows.order_by("pk").values_list("pk", flat=True)[: jobs.MOST + 1])
    ids = [
        number for text in request.POST.getlist("ids")[: jobs.MOST + 1] if (number := whole(text)) is not None
    ]
    seen = goods.listings_visible_to(request.actor).filter(pk__in=ids)
    return sorted(seen.values_list("pk", flat=True))


def _category(request: Request) -> dict[str, int]:
    pk = whole(request.POST.get("category", ""))
    shops = request.actor.shops_with(Power.CATALOG_EDIT)
    row = ShopCategory.objects.filter(pk=pk or 0).first()
    if row is None or (shops is not None and row.shop_id not in shops):
        raise Invalid(_("请先选店铺，再选分类"), "category")
    return {"shop": row.shop_id, "category": row.pk}


def _back(request: Request) -> str:
    back = request.POST.get("back", "")
    if back.startswith("/goods/") and url_has_allowed_host_and_scheme(back, None):
        return back
    return reverse("catalog:goods")


def _summary(job: Job) -> str:
    if job.state == Job.State.FAILED:
        return job.trouble
    parts = [job.title]
    if job.counts.get("refused"):
        parts.append(_("%(many)s 件没有处理") % {"many": job.counts["refused"]})
    said = job.outcomes.exclude(message="").order_by("row").values_list("message", flat=True)
    parts += list(dict.fromkeys(said))[:2]
    return "；".join(parts)  # not a text
