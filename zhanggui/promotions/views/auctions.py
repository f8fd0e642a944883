"""Auctions (S3-13): list, editor, one auction with its bids and deposits, publishing, repeating, stopping."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhanggui.kit.clock import day_begins, day_of, now
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import NotAllowed, Refused
from zhanggui.kit.sealed import masked_nick
from zhanggui.kit.toasts import toast
from zhanggui.people.http import Request, attempt, needs
from zhanggui.people.powers import Power
from zhanggui.promotions.actions import auctions as verbs
from zhanggui.promotions.forms import AuctionForm, RepeatForm
from zhanggui.promotions.kinds import yuan_text
from zhanggui.promotions.models import Auction
from zhanggui.promotions.queries import pages
from zhanggui.promotions.views.frame import frame, said_all
from zhanggui.promotions.views.offer import order_url

_WAY = (Auction.State.DRAFT, Auction.State.SCHEDULED, Auction.State.LIVE)
_OPEN = (Auction.State.DRAFT, Auction.State.SCHEDULED, Auction.State.LIVE)
_FIELDS = {
    "start_fen": "start",
    "step_fen": "step",
    "reserve_fen": "reserve",
    "deposit_fen": "deposit",
    "sku_id": "sku",
}


@needs(Power.OFFER_SEE)
@require_GET
def index(request: Request) -> HttpResponse:
    """GET /offers/auctions/?state=&after="""
    state, after = request.GET.get("state", ""), whole(request.GET.get("after", ""))
    rows = pages.auctions_visible_to(request.actor).order_by("-pk")
    if state in Auction.State.values:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: pages.PAGE + 1])
    context = frame(request, "promotions:auctions") | {
        "rows": found[: pages.PAGE],
        "after": str(found[pages.PAGE - 1].pk) if len(found) > pages.PAGE else "",
        "state": state,
        "states": Auction.State.choices,
    }
    return render(request, "promotions/auctions.html", context)


@needs(Power.OFFER_EDIT)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """GET, POST /offers/auctions/new/"""
    shops = pages.own_shops_of(request.actor, Power.OFFER_EDIT)
    if request.method == "GET":
        begins = day_begins(day_of(now()) + timedelta(days=1)).replace(hour=19)
        first = {"starts_at": begins, "ends_at": begins.replace(hour=21), "step": "1", "deposit": "0"}
        return _editor(request, AuctionForm(initial=first, shops=shops))
    form = AuctionForm(request.POST, shops=shops)
    refusal: Refused | None = None
    if form.is_valid():
        shop = form.cleaned_data["shop"]
        made, refusal = attempt(verbs.draft, by=request.actor, shop=shop, at=now(), **_given(form))
        if made is not None:
            return toast(request, redirect("promotions:auction", made.pk), _("已存为草稿"))
    return _editor(request, form, status=_show(form, refusal))


@needs(Power.OFFER_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """GET, POST /offers/auctions/<id>/edit/"""
    row = _found(request, pk)
    shops = pages.own_shops_of(request.actor, Power.OFFER_EDIT)
    if request.method == "GET":
        return _editor(request, AuctionForm(initial=_kept(row), shops=shops), row)
    form = AuctionForm(request.POST, shops=shops)
    refusal: Refused | None = None
    if form.is_valid() and form.cleaned_data["version"] is not None:
        if form.cleaned_data["shop"].pk != row.shop_id:
            form.add_error("shop", _("店铺不能改，请新建一场"))
            return _editor(request, form, row, status=422)
        _done, refusal = attempt(
            verbs.change,
            by=request.actor,
            auction=row,
            version=form.cleaned_data["version"],
            at=now(),
            **_given(form),
        )
        if refusal is None:
            return toast(request, redirect("promotions:auction", pk), _("已保存"))
    elif form.is_valid():
        form.add_error(None, _("表单不完整，请刷新页面再试"))
    return _editor(request, form, row, status=_show(form, refusal))


@needs(Power.OFFER_SEE)
@require_GET
def auction(request: Request, pk: int) -> HttpResponse:
    """GET /offers/auctions/<id>/"""
    return _page(request, _found(request, pk))


@needs(Power.OFFER_APPROVE)
@require_POST
def publication(request: Request, pk: int) -> HttpResponse:
    """POST /offers/auctions/<id>/publication/: it begins at its time."""
    row = _found(request, pk)
    below = request.POST.get("below_floor") == "1"
    _done, refusal = attempt(verbs.publish, by=request.actor, auction=row, below_floor=below, at=now())
    return _done_or_page(request, row, refusal, _("已发布"))


@needs(Power.OFFER_EDIT)
@require_POST
def stop(request: Request, pk: int) -> HttpResponse:
    """POST /offers/auctions/<id>/stop/: no more bids, deposits go back."""
    row = _found(request, pk)
    reason = request.POST.get("reason", "").replace("\0", "")
    _done, refusal = attempt(verbs.stop, by=request.actor, auction=row, reason=reason, at=now())
    return _done_or_page(request, row, refusal, _("已停用"))


@needs(Power.OFFER_EDIT)
@require_POST
def repeats(request: Request, pk: int) -> HttpResponse:
    """POST /offers/auctions/<id>/repeats/: more drafts like it, at different times (S3-13)."""
    row = _found(request, pk)
    form = RepeatForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    every = timedelta(minutes=form.cleaned_data["minutes"])
    made, refusal = attempt(
        verbs.repeat, by=request.actor, auction=row, times=form.cleaned_data["times"], every=every, at=now()
    )
    if made is None:
        return _page(request, row, refusal)
    return toast(request, redirect("promotions:auctions"), _("排了 %(n)s 场草稿") % {"n": len(made)})


def _found(request: Request, pk: int) -> Auction:
    return get_object_or_404(pages.auctions_visible_to(request.actor), pk=pk)


def _given(form: AuctionForm) -> dict[str, Any]:
    typed = form.cleaned_data
    return {
        "sku_id": form.sku_id,
        "title": typed["title"],
        "pieces": typed["pieces"],
        "start_fen": typed["start"],
        "step_fen": typed["step"],
        "reserve_fen": typed["reserve"],
        "deposit_fen": typed["deposit"] or 0,
        "starts_at": typed["starts_at"],
        "ends_at": typed["ends_at"],
        "extend_seconds": typed["extend_seconds"],
    }


def _kept(row: Auction) -> dict[str, Any]:
    return {
        "shop": row.shop.code,
        "title": row.title,
        "sku": row.sku.code,
        "pieces": row.pieces,
        "start": yuan_text(row.start_fen),
        "step": yuan_text(row.step_fen),
        "reserve": yuan_text(row.reserve_fen),
        "deposit": yuan_text(row.deposit_fen),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "extend_seconds": row.extend_seconds,
        "version": row.version,
    }


def _show(form: AuctionForm, refusal: Refused | None) -> int:
    if refusal is None:
        return 422
    field = str(getattr(refusal, "field", ""))
    field = _FIELDS.get(field, field)
    form.add_error(field if field in form.fields else None, refusal.message)
    return refusal.status


def _editor(
    request: Request, form: AuctionForm, row: Auction | None = None, *, status: int = 200
) -> HttpResponse:
    context = frame(request, "promotions:auctions") | {"form": form, "auction": row}
    return render(request, "promotions/auction_edit.html", context, status=status)


def _done_or_page(request: Request, row: Auction, refusal: Refused | None, done: str) -> HttpResponse:
    if refusal is None:
        return toast(request, redirect("promotions:auction", row.pk), done)
    if isinstance(refusal, NotAllowed):
        raise refusal
    row.refresh_from_db()
    return _page(request, row, refusal)


def _page(
    request: Request,
    row: Auction,
    refusal: Refused | None = None,
    *,
    form: RepeatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    edit, approve = actor.can(Power.OFFER_EDIT, row.shop_id), actor.can(Power.OFFER_APPROVE, row.shop_id)
    bids = row.bids.select_related("buyer").order_by("-amount_fen")[:100]
    deposits = row.deposits.select_related("buyer").order_by("-pk")[:100]
    over = row.state not in _OPEN
    context = frame(request, "promotions:auctions") | {
        "auction": row,
        "steps": _steps(row),
        "refusals": [refusal.message] if refusal else [],
        "bids": [(bid, masked_nick(bid.buyer.nick)) for bid in bids],
        "deposits": [(deposit, masked_nick(deposit.buyer.nick)) for deposit in deposits],
        "order_url": order_url(row.order_id) if row.order_id else "",
        "can_change": edit and row.state == Auction.State.DRAFT,
        "can_publish": approve and row.state == Auction.State.DRAFT,
        "can_stop": edit and not over,
        "can_repeat": edit,
        "form": form or RepeatForm(initial={"times": 5, "minutes": 60}),
        "changes": said_all(pages.changes_of("auction", row.pk)),
    }
    return render(request, "promotions/auction.html", context, status=refusal.status if refusal else status)


def _steps(row: Auction) -> list[tuple[str, str]]:
    """The life as steps: label and class."""
    last = row.state if row.state not in _OPEN else Auction.State.SOLD
    way = [*_WAY, Auction.State(last)]
    here = way.index(Auction.State(row.state))
    bad = row.state in (Auction.State.STOPPED, Auction.State.UNSOLD)
    return [
        (str(one.label), ("bad now" if bad else "now") if n == here else "done" if n < here else "")
        for n, one in enumerate(way)
    ]
