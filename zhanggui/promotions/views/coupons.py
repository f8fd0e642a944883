"""The coupons of an offer: the list with masked buyers, the same as a file, and giving some to buyers by nick."""

from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.kit.clock import in_china, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotFound, Refused
from zhanggui.kit.sealed import masked_nick
from zhanggui.kit.sheets import csv_pieces
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import purses
from zhanggui.promotions.forms import GiveForm
from zhanggui.promotions.models import Coupon, Offer
from zhanggui.promotions.queries import pages
from zhanggui.promotions.queries.buyers import buyers_named, no_such
from zhanggui.promotions.rules import PURSE_KINDS
from zhanggui.promotions.views.frame import frame, row_of
from zhanggui.promotions.views.offer import order_url


@needs(Power.OFFER_SEE)
@require_GET
def coupons(request: Request, pk: int) -> HttpResponse:
    """GET /offers/<id>/coupons/?state=&after="""
    return _page(request, _found(request, pk), GiveForm())


@needs(Power.OFFER_SEE)
@require_GET
def table(request: Request, pk: int) -> HttpResponse:
    """GET /offers/<id>/coupons.csv: all coupons with masked buyers, formula-safe."""
    offer = _found(request, pk)
    labels = {state: _(str(label)) for state, label in Coupon.State.choices}
    heads = [_("券号"), _("买家"), _("状态"), _("领取"), _("可用开始"), _("可用截止"), _("订单编号")]
    rows = (
        (
            str(row.pk),
            masked_nick(row.buyer.nick),
            labels[row.state],
            _moment(row.got_at),
            _moment(row.good_from),
            _moment(row.good_until),
            str(row.order_id or ""),
        )
        for row in pages.coupons_of(offer).iterator(chunk_size=2000)
    )
    answer = StreamingHttpResponse(csv_pieces(heads, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="coupons-{offer.pk}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return cast(HttpResponse, answer)


@needs(Power.OFFER_EDIT)
@require_POST
def given(request: Request, pk: int) -> HttpResponse:
    """POST /offers/<id>/coupons/given/: into the purses of buyers by their nicks."""
    offer = _found(request, pk)
    form = GiveForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        ids, unknown = buyers_named(offer.merchant_id, offer.shop_ids, form.cleaned_data["nicks"])
        if unknown:
            form.add_error("nicks", no_such(unknown))
        else:
            found, refusal = attempt(
                purses.give, by=request.actor, offer=offer, buyer_ids=list(ids.values()), at=now()
            )
            if found is not None:
                said = _("发出 %(n)s 张，%(m)s 位买家已领满") % {
                    "n": found.pieces,
                    "m": len(found.left_out),
                }
                return toast(request, redirect("promotions:coupons", pk), said)
            if refusal is not None:
                form.add_error("nicks", refusal.message)
    return _page(request, offer, form, status=refusal.status if refusal else 422)


def _found(request: Request, pk: int) -> Offer:
    offer = get_object_or_404(pages.visible_to(request.actor), pk=pk)
    if offer.kind not in PURSE_KINDS:
        raise NotFound(_("没有这个页面。"))
    return offer


def _moment(at: object) -> str:
    return in_china(at).strftime("%Y-%m-%d %H:%M:%S") if hasattr(at, "astimezone") else ""  # type: ignore[arg-type]


def _page(request: Request, offer: Offer, form: GiveForm, *, status: int = 200) -> HttpResponse:
    state = request.GET.get("state", "")
    after = whole(request.GET.get("after", ""))
    rows = pages.coupons_of(offer)
    if state in Coupon.State.values:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: pages.PAGE + 1])
    at = now()
    context = frame(request, "promotions:offers") | {
        "offer": offer,
        "row": row_of(offer, codes={}, at=at),
        "state": state,
        "counts": pages.coupon_counts(offer),
        "coupons": [
            {
                "row": row,
                "buyer": masked_nick(row.buyer.nick),
                "url": order_url(row.order_id) if row.order_id else "",
            }
            for row in found[: pages.PAGE]
        ],
        "after": str(found[pages.PAGE - 1].pk) if len(found) > pages.PAGE else "",
        "form": form,
    }
    return render(request, "promotions/coupons.html", context, status=status)
