"""One offer: its rule, its life with the verbs, what it used, its daybook; and the verbs themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog.models import Sku
from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import in_china, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import offers as verbs
from zhanggui.promotions.doubts import Doubt
from zhanggui.promotions.models import Offer, OfferState, Use
from zhanggui.promotions.pricing.values import Bundle
from zhanggui.promotions.queries import pages, picking
from zhanggui.promotions.queries.doubting import doubts_of
from zhanggui.promotions.rules import PURSE_KINDS, years_ahead
from zhanggui.promotions.terms import read_scope, value_of
from zhanggui.promotions.views.frame import STATES, frame, names_of, row_of, said_all
from zhanggui.promotions.wording import goods_of

_WAY = (OfferState.DRAFT, OfferState.REVIEW, OfferState.SCHEDULED, OfferState.LIVE, OfferState.ENDED)
SCOPES = (
    ("categories", "店铺类目"),
    ("products", "商品编码"),
    ("skus", "SKU 编码"),
    ("except_products", "除外"),
)


_MOST_GOODS = 30
_MOST_YEARS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the offer's life."""

    label: str
    cls: str


@dataclass(frozen=True, slots=True)
class Can:
    """Which verbs the reader may use now."""

    change: bool
    ask: bool
    decide: bool
    below_floor: bool
    send_back: bool
    stop: bool
    copy: bool


@needs(Power.OFFER_SEE)
@require_GET
def offer(request: Request, pk: int) -> HttpResponse:
    """GET /offers/<id>/"""
    return _page(request, _found(request, pk))


@needs(Power.OFFER_EDIT)
@require_POST
def review(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/review/: ask for the review."""
    return _act(request, pk, verbs.must_edit, verbs.ask_review, _("已提交审核"))


@needs(Power.OFFER_APPROVE)
@require_POST
def approval(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/approval/: approve, when asked so even below the floor."""
    below, meant = (request.POST.get(name) == "1" for name in ("below_floor", "meant"))
    return _act(request, pk, verbs.must_approve, verbs.approve, _("已批准"), below_floor=below, meant=meant)


@needs(Power.OFFER_SEE)
@require_POST
def send_back(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/return/: back to a draft, with the reason."""
    return _act(request, pk, verbs.must_send_back, verbs.send_back, _("已退回修改"), reason=_reason(request))


@needs(Power.OFFER_SEE)
@require_POST
def stop(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/stop/: no order uses it any more, from now on."""
    return _act(request, pk, verbs.must_stop, verbs.stop, _("已停用"), reason=_reason(request))


@needs(Power.OFFER_EDIT)
@require_POST
def copy(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/copy/: a new draft like this one, `years` (at most 20, else none) later on the calendar."""
    row = _found(request, pk)
    asked = whole(request.POST.get("years", "")) or 0
    years = asked if asked <= _MOST_YEARS else 0
    made, refusal = attempt(verbs.clone, by=request.actor, offer=row, years=years, at=now())
    if made is None:
        return _page(request, row, refusal)
    return toast(request, redirect("promotions:edit", made.pk), _("已复制成草稿，请检查时间"))


def _found(request: Request, pk: int) -> Offer:
    return get_object_or_404(pages.visible_to(request.actor), pk=pk)


def _reason(request: Request) -> str:
    return request.POST.get("reason", "").replace("\0", "").strip()[:200]


def _act(
    request: Request,
    pk: int,
    must: Callable[[Actor, Offer], None],
    verb: Callable[..., Any],
    done: str,
    **also: Any,
) -> HttpResponse:
    """The power first: who may not is told so, whatever else is wrong with the form."""
    row = _found(request, pk)
    must(request.actor, row)
    version = whole(request.POST.get("version", ""))
    if version is None:
        raise Invalid(_("表单不完整，请刷新页面再试"), "version")
    refusal: Refused | None = None
    if version != row.version:
        refusal = verbs.Stale(_("「%(name)s」刚刚被别人改过，请看最新内容再改。") % {"name": row.name})
    else:
        _made, refusal = attempt(verb, by=request.actor, offer=row, at=now(), **also)
    if refusal is None:
        return toast(request, redirect("promotions:offer", pk), done)
    row.refresh_from_db()
    return _page(request, row, refusal)


def _page(request: Request, row: Offer, refusal: Refused | None = None) -> HttpResponse:
    at = now()
    shops = list(pages.shops_of(request.actor))
    codes = {shop.pk: shop.code for shop in shops}
    sums = pages.use_sums(row)
    shown = row_of(row, codes=codes, at=at, names=names_of(row))
    purse = row.kind in PURSE_KINDS
    context = frame(request, "promotions:offers") | {
        "offer": row,
        "row": shown,
        "steps": _steps(shown.state),
        "can": _can(request, row, shown.state),
        "doubts": _doubts(row, shown.state),
        "waits": _waits(request, row),
        "refusals": [refusal.message] if refusal else [],
        "hidden_shops": len([pk for pk in row.shop_ids if pk not in codes]),
        "scope": _scope(row),
        "goods": _goods(row),
        "places": regions.write_list(row.regions),
        "purse": purse,
        "shares": pages.shares_of(row),
        "sums": [(label, sums[state]) for state, label in Use.State.choices if state in sums],
        "uses": [{"row": use, "url": order_url(use.order_id)} for use in pages.uses_of(row)],
        "changes": said_all(pages.changes_of("offer", row.pk)),
        "simulator": _simulator(row, shops, at),
        "again": _again(row, shown.state, at),
    }
    return render(request, "promotions/offer.html", context, status=refusal.status if refusal else 200)


def _again(row: Offer, state: str, at: datetime) -> dict[str, int] | None:
    """How many years later an offer that is over would begin in the future, and which year that is."""
    years = years_ahead(row.starts_at, at)
    if state not in (OfferState.ENDED, OfferState.STOPPED) or not 0 < years <= _MOST_YEARS:
        return None
    return {"years": years, "year": in_china(row.starts_at).year + years}


def order_url(order_id: int) -> str:
    """Where an order stands that is known by its id only: the room of orders finds it."""
    try:
        return reverse("orders:by-id", args=[order_id])
    except NoReverseMatch:
        return ""


def _doubts(row: Offer, state: str) -> list[Doubt]:
    """What looks wrong, while it can still be helped. At most one statement."""
    return [] if state in (OfferState.ENDED, OfferState.STOPPED) else doubts_of(row)


def _steps(state: str) -> list[Step]:
    if state == OfferState.STOPPED:
        return [Step(STATES[OfferState.DRAFT], "done"), Step(STATES[OfferState.STOPPED], "bad now")]
    here = [str(one) for one in _WAY].index(state)
    return [
        Step(STATES[one], "now" if number == here else "done" if number < here else "")
        for number, one in enumerate(_WAY)
    ]


def _can(request: Request, row: Offer, state: str) -> Can:
    actor = request.actor
    edit = all(actor.can(Power.OFFER_EDIT, shop) for shop in row.shop_ids)
    decide = all(actor.can(Power.OFFER_APPROVE, shop) for shop in row.shop_ids)
    over = state in (OfferState.ENDED, OfferState.STOPPED)
    mine = row.asked_by is not None and row.asked_by == actor.staff_id
    return Can(
        change=edit and not over and state != OfferState.REVIEW,
        ask=edit and state == OfferState.DRAFT,
        decide=decide and state == OfferState.REVIEW and not mine,
        below_floor=decide and state == OfferState.REVIEW,
        send_back=(edit if mine else decide) and state in (OfferState.REVIEW, OfferState.SCHEDULED),
        stop=(edit or decide) and not over,
        copy=actor.can_somewhere(Power.OFFER_EDIT),
    )


def _waits(request: Request, row: Offer) -> str:
    if row.state != OfferState.REVIEW:
        return ""
    if row.asked_by is not None and row.asked_by == request.actor.staff_id:
        return _("您提交了审核，要由另一个人批准。")
    if not all(request.actor.can(Power.OFFER_APPROVE, shop) for shop in row.shop_ids):
        return _("等有审核权限的人批准。")
    return ""


def _scope(row: Offer) -> list[tuple[str, str]]:
    try:
        scope = read_scope(row.scope)
    except Invalid:
        return []
    codes = picking.codes_of(
        skus=scope.skus, products=scope.products | scope.except_products, categories=scope.categories
    )
    found = []
    for name, label in SCOPES:
        ids = getattr(scope, name)
        known = codes["products" if name == "except_products" else name]
        if ids:
            listed = sorted(known[pk] for pk in ids if pk in known)
            more = f" … ({len(listed)})" if len(listed) > 30 else ""
            found.append((label, "、".join(listed[:30]) + more))
    return found


def _goods(row: Offer) -> dict[str, Any]:
    """The goods that stand in the terms themselves (prices by SKU, parts of a bundle), and whether no others take part.
    At most one statement.
    """
    try:
        terms = value_of(row).terms
    except Invalid:
        return {}
    ids = goods_of(terms)
    rows = Sku.objects.select_related("product").filter(pk__in=sorted(ids)).order_by("code")[:_MOST_GOODS]
    prices = getattr(terms, "prices", {})
    pieces = getattr(terms, "pieces", {}) if isinstance(terms, Bundle) else {}
    return {
        "rows": [(sku, prices.get(sku.pk), pieces.get(sku.pk)) for sku in rows] if ids else [],
        "more": max(0, len(ids) - _MOST_GOODS),
        "only": bool(ids) and getattr(terms, "percent_bp", None) is None,
    }


def _simulator(row: Offer, shops: list[Any], at: Any) -> str:
    shop = next((shop for shop in shops if shop.pk in row.shop_ids), None)
    query = f"?shop={shop.code}" if shop else "?"
    if row.state in (OfferState.DRAFT, OfferState.REVIEW):
        query += f"&with_offer={row.pk}"
    return reverse("promotions:simulator") + query
