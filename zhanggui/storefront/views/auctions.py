"""Auctions of a shop (S3-13): looking, leaving the deposit, bidding. All of it works without a script."""

import secrets
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions.payments import open_deposit
from zhanggui.checkout.actions.submits import LONGEST_KEY
from zhanggui.checkout.models import Payment
from zhanggui.connect.payment.accounts import ways
from zhanggui.customers.http import BuyerRequest, buyer_of, needs_buyer
from zhanggui.kit.clock import database_now, now
from zhanggui.kit.money import parse_yuan, yuan
from zhanggui.kit.refusals import Invalid, NotFound, Refused, Unreadable
from zhanggui.people.http import Request, attempt
from zhanggui.people.sessions import address_of
from zhanggui.promotions.actions.auctions import ask_deposit
from zhanggui.storefront.actions.bidding import bid_once
from zhanggui.storefront.http import window
from zhanggui.storefront.queries import auctions
from zhanggui.storefront.queries.shops import enter
from zhanggui.storefront.saying import show as page
from zhanggui.storefront.saying import tell


@window
@require_GET
def index(request: Request, code: str) -> HttpResponse:  # GET /s/<code>/auctions/
    shop = enter(request, code)
    at = now()
    about = {
        "shop": shop,
        "face": shop.face,
        "lots": auctions.lots(shop, at=at),
        "now_ms": int(at.timestamp() * 1000),
    }
    return page(request, "storefront/auctions/list.html", about)


@window
@require_GET
def show(request: Request, code: str, pk: int) -> HttpResponse:  # GET /s/<code>/auctions/<pk>/
    return _page(request, code, pk)


@window
@require_POST
@needs_buyer
def bid(request: BuyerRequest, code: str, pk: int) -> HttpResponse:
    """POST /s/<code>/auctions/<pk>/bids/ (amount in yuan, key): the database's clock decides whether it came in time."""
    shop = enter(request, code)
    lot = auctions.lot(shop, pk, at=now())
    key = request.POST.get("key", "")[:LONGEST_KEY]
    try:
        fen = parse_yuan(request.POST.get("amount", ""))
    except Unreadable:
        fen = 0
    if not key or fen < 1:
        return _page(request, code, pk, Invalid(_("请填写出价金额。"), "amount"))
    done, refusal = attempt(
        bid_once,
        by=for_buyer(request.buyer, address=address_of(request)),
        buyer=request.buyer,
        auction_id=lot.auction.pk,
        amount_fen=fen,
        key=key,
        at=database_now(),
    )
    if refusal is not None:
        return _page(request, code, pk, refusal)
    if done:
        tell(request, _("出价成功，您现在领先：%(sum)s。") % {"sum": f"¥{yuan(fen)}"})
    return redirect("storefront:auction", code=shop.code, pk=pk)


@window
@require_POST
@needs_buyer
def deposit(request: BuyerRequest, code: str, pk: int) -> HttpResponse:
    """POST /s/<code>/auctions/<pk>/deposit/ (provider): on to paying it; the same again goes to the same payment."""
    shop = enter(request, code)
    lot = auctions.lot(shop, pk, at=now())
    if request.buyer.merchant_id != shop.merchant_id:
        raise NotFound(_("您的账号不能在这家店铺出价，请先退出登录。"))
    provider = request.POST.get("provider", "")[:8]
    if provider not in ways(shop.merchant_id):
        return _page(request, code, pk, Invalid(_("请选择支付方式。"), "provider"))
    by = for_buyer(request.buyer, address=address_of(request))
    asked, refusal = attempt(
        ask_deposit, by=by, auction_id=lot.auction.pk, buyer_id=request.buyer.pk, at=database_now()
    )
    if asked is not None:
        payment, refusal = attempt(
            open_deposit, by=by, deposit_id=asked.pk, provider=provider, at=now(), buyer_id=request.buyer.pk
        )
        if payment is not None:
            return redirect(f"{reverse('storefront:payment', args=[payment.number])}?go=1")
    return _page(request, code, pk, refusal)


def _page(request: Any, code: str, pk: int, refusal: Refused | None = None) -> HttpResponse:
    shop = enter(request, code)
    buyer = buyer_of(request)
    at = now()
    lot = auctions.lot(shop, pk, at=at)
    mine = auctions.mine(lot.auction, buyer)
    asks = bool(lot.auction.deposit_fen) and mine.deposit != "paid"
    providers = ways(shop.merchant_id) if buyer is not None and lot.open and asks else ()
    labels = dict(Payment.Provider.choices)
    about = {
        "shop": shop,
        "face": shop.face,
        "lot": lot,
        "auction": lot.auction,
        "bids": auctions.bids(lot.auction, buyer),
        "mine": mine,
        "buyer": buyer,
        "asks": asks,
        "providers": [(name, labels.get(name, name)) for name in providers],
        "key": secrets.token_urlsafe(16),
        "now_ms": int(at.timestamp() * 1000),
        "refusal": refusal,
        "least": yuan(lot.least_fen),
        "step": yuan(lot.auction.step_fen),
    }
    return page(request, "storefront/auctions/auction.html", about, status=refusal.status if refusal else 200)
