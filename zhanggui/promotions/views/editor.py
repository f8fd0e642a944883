"""The editor: which kind, one form per kind with the rule in words beside it, and the picker of goods."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit import regions
from zhanggui.kit.clock import day_begins, day_of, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, NotFound, Refused
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.promotions import starters, wording
from zhanggui.promotions.actions import offers as verbs
from zhanggui.promotions.doubts import Doubt
from zhanggui.promotions.forms import OfferForm
from zhanggui.promotions.kinds import FORMS
from zhanggui.promotions.models import Offer, OfferKind
from zhanggui.promotions.queries import pages, picking
from zhanggui.promotions.queries.doubting import doubts_about, doubts_of
from zhanggui.promotions.queries.naming import names_for
from zhanggui.promotions.terms import ShareLeft, read_scope, skus_of, value_of
from zhanggui.promotions.views.frame import frame, names_of, rows_of, rule_of, said_all

DETAILS = {
    "flash": "一段时间里便宜卖，可限份额和每人件数",
    "reduction": "满多少减多少，可分档，可每满都减",
    "gift": "满多少送真实赠品",
    "buy_get": "每买几件送几件",
    "bundle": "几件一起一个价",
    "coupon": "领了才能用，有门槛",
    "voucher": "领了才能用，没有门槛",
    "free_postage": "满金额、满件数或按地区包邮",
    "member": "按会员等级打折",
    "presale": "先付定金，到时付尾款",
}


@needs(Power.OFFER_EDIT)
@require_GET
def choose(request: Request) -> HttpResponse:
    """GET /offers/new/: the kinds, the starters, and last year's offers to clone."""
    at = now()
    shops = list(pages.shops_of(request.actor))
    kinds = [(kind, OfferKind(kind).label, DETAILS[kind]) for kind in FORMS]
    context = frame(request, "promotions:offers") | {
        "kinds": kinds,
        "templates": starters.for_actor(request.actor),
        "may_grant": request.actor.can_somewhere(Power.RED_PACKET_GRANT),
        "last_years": rows_of(pages.last_years(request.actor, at=at), shops=shops, at=at),
    }
    return render(request, "promotions/new.html", context)


@needs(Power.OFFER_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request, kind: str) -> HttpResponse:
    """GET, POST /offers/new/<kind>/?starter="""
    shops = pages.own_shops_of(request.actor, Power.OFFER_EDIT)
    if request.method == "GET":
        form = _form(kind)(initial=_fresh(request, kind), shops=shops)
        return _page(request, form)
    form = _form(kind)(request.POST, shops=shops)
    refusal: Refused | None = None
    if form.is_valid() and form.typed is not None:
        made, refusal = attempt(verbs.draft, by=request.actor, plan=form.typed, at=now())
        if made is not None:
            return _kept_as(request, made, _("已存为草稿"), before=[])
    return _page(request, form, status=_show(form, refusal))


@needs(Power.OFFER_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """GET, POST /offers/<id>/edit/: a draft is changed; a stale form shows what changed meanwhile (409)."""
    offer = get_object_or_404(pages.visible_to(request.actor), pk=pk)
    shops = pages.own_shops_of(request.actor, Power.OFFER_EDIT)
    if request.method == "GET":
        return _page(request, _form(offer.kind)(initial=_kept(offer), shops=shops), offer)
    verbs.must_edit(request.actor, offer)
    form = _form(offer.kind)(request.POST, shops=shops)
    version = whole(request.POST.get("version", ""))
    refusal: Refused | None = None
    before = doubts_of(offer)
    if version is None:
        form.add_error(None, _("表单不完整，请刷新页面再试"))
    elif form.is_valid() and form.typed is not None:
        _done, refusal = attempt(
            verbs.change, by=request.actor, offer=offer, version=version, plan=form.typed, at=now()
        )
        if refusal is None:
            offer.refresh_from_db()
            return _kept_as(request, offer, _("已保存"), before=before)
    theirs = []
    if refusal is not None and version is not None:
        offer.refresh_from_db()
        if offer.version != version:
            theirs = pages.changes_of("offer", pk, most=max(1, min(10, offer.version - version)))
    return _page(request, form, offer, status=_show(form, refusal), theirs=theirs)


@needs(Power.OFFER_EDIT)
@require_POST
def words(request: Request, kind: str) -> HttpResponse:
    """POST /offers/words/<kind>/: the rule in words of what is typed so far, and what still is wrong. Keeps nothing."""
    form = _form(kind)(request.POST, shops=pages.own_shops_of(request.actor, Power.OFFER_EDIT))
    form.is_valid()
    return render(
        request,
        "promotions/edit.html#words",
        {"form": form, "rule": _rule(form), "asked": True, "doubts": _doubts(form)},
    )


@needs(Power.OFFER_EDIT)
@require_GET
def goods(request: Request) -> HttpResponse:
    """GET /offers/goods/?find=: what the picker offers, as a fragment or a page of its own."""
    shops = list(pages.shops_of(request.actor, Power.OFFER_EDIT))
    text = request.GET.get("find", "")
    merchants = sorted({shop.merchant_id for shop in shops})
    hits = picking.find(merchants, [shop.pk for shop in shops], text)
    context = frame(request, "promotions:offers") | {"hits": hits, "text": text}
    page = "promotions/goods.html#hits" if request.headers.get("HX-Request") else "promotions/goods.html"
    return render(request, page, context)


def _kept_as(request: Request, offer: Offer, done: str, *, before: list[Doubt]) -> HttpResponse:
    """Saved: on to the offer, or back to the form when it looks like a mistake that was not there before."""
    found = doubts_of(offer)
    if [one for one in found if one not in before]:
        said = _("%(done)s，但有 %(n)s 处请再看一遍") % {"done": done, "n": len(found)}
        return toast(request, redirect("promotions:edit", offer.pk), said)
    return toast(request, redirect("promotions:offer", offer.pk), done)


def _form(kind: str) -> type[OfferForm]:
    if kind not in FORMS:
        raise NotFound(_("没有这个页面。"))
    return FORMS[kind]


_FIELDS = {
    "budget_fen": "budget",
    "scope": "scope_products",
    "terms.tiers": "at1",
    "terms.percent_bp": "percent",
    "terms.percents_bp": "level1",
    "terms.pieces": "parts",
    "terms.price_fen": "price",
    "terms.threshold_fen": "threshold",
    "terms.off_fen": "off",
    "terms.present": "gift_sku",
    "terms.amount_fen": "amount",
    "terms.most_fen": "most",
    "terms.regions": "places",
    "terms.deposit_fen": "deposit",
    "terms.worth_fen": "worth",
    "shares": "prices",
}
"""Where the form shows what a verb calls otherwise."""


def _show(form: OfferForm, refusal: Refused | None) -> int:
    if refusal is None:
        return 422
    field = str(getattr(refusal, "field", ""))
    field = _FIELDS.get(field, field.removeprefix("terms."))
    form.add_error(field if field in form.fields else None, refusal.message)
    return refusal.status


def _fresh(request: Request, kind: str) -> dict[str, Any]:
    """A new form: from tomorrow for a week, for the only shop; a starter's values laid over."""
    begins = day_begins(day_of(now()) + timedelta(days=1))
    shops = [shop.code for shop in pages.own_shops_of(request.actor, Power.OFFER_EDIT)[:2]]
    first: dict[str, Any] = {"starts_at": begins, "ends_at": begins + timedelta(days=7)}
    if len(shops) == 1:
        first["shops"] = shops
    starter = starters.named(request.GET.get("starter", ""))
    if starter is not None and starter.kind == kind:
        first |= {"name": _(starter.label)} | starter.fields_at(now())
    return first


def _kept(offer: Offer) -> dict[str, Any]:
    """The form of a kept offer. At most five statements."""
    shown = value_of(offer)
    scope = read_scope(offer.scope)
    codes = picking.codes_of(
        skus=skus_of(shown.terms) | scope.skus,
        products=scope.products | scope.except_products,
        categories=scope.categories,
    )
    shares = dict(offer.shares.values_list("sku_id", "pieces"))
    return {
        "name": offer.name,
        "shops": pages.codes_of_shops(offer.shop_ids),
        "starts_at": offer.starts_at,
        "ends_at": offer.ends_at,
        "scope_skus": _listed(codes["skus"], scope.skus),
        "scope_products": _listed(codes["products"], scope.products),
        "scope_except": _listed(codes["products"], scope.except_products),
        "scope_categories": _listed(codes["categories"], scope.categories),
        "levels": offer.levels,
        "regions": regions.write_list(offer.regions),
        "first_order_only": offer.first_order_only,
        "per_buyer": offer.per_buyer,
        "times": offer.times,
        "budget": None
        if offer.budget_fen is None
        else f"{offer.budget_fen // 100}.{offer.budget_fen % 100:02d}",
        "group": offer.group,
        "alone": offer.alone,
        "house": "1" if offer.house else "",
        "note": offer.note,
        "claim_from": offer.claim_from,
        "claim_until": offer.claim_until,
        "good_days": offer.good_days,
        **_form(offer.kind).shown(shown.terms, codes["skus"], shares),
    }


def _listed(codes: dict[int, str], wanted: Any) -> str:
    return "\n".join(sorted(codes[pk] for pk in wanted if pk in codes))


def _rule(form: OfferForm) -> str:
    if form.typed is None:
        return ""
    try:
        row = Offer(**form.typed.columns())
        shares = [ShareLeft(pk, pieces) for pk, pieces in form.shares.items()]
        offer = value_of(row, shares=shares)
        return wording.rule(offer, names_for([offer]))
    except Invalid as refusal:
        return refusal.message


def _doubts(form: OfferForm, offer: Offer | None = None) -> list[Doubt]:
    """What looks wrong with what is typed, or with the kept offer of an untouched form. At most one statement."""
    if form.typed is not None:
        return doubts_about(form.typed.terms)
    return doubts_of(offer) if offer is not None and not form.is_bound else []


def _page(
    request: Request,
    form: OfferForm,
    offer: Offer | None = None,
    *,
    status: int = 200,
    theirs: Any = (),
) -> HttpResponse:
    kind = str(form.kind)
    doubts = _doubts(form, offer)
    context = frame(request, "promotions:offers") | {
        "form": form,
        "sections": form.sections(),
        "kind": kind,
        "kind_label": OfferKind(kind).label,
        "offer": offer,
        "version": request.POST.get("version") if form.is_bound else (offer.version if offer else ""),
        "rule": rule_of(offer, names_of(offer)) if offer is not None and not form.is_bound else _rule(form),
        "theirs": said_all(theirs),
        "doubts": doubts,
        "beside": {name: [one.said for one in doubts if one.field == name] for name in form.fields},
        "place": f"offers/{offer.pk if offer else 'new-' + kind}",
    }
    return render(request, "promotions/edit.html", context, status=status)
