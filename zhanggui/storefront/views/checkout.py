"""The one page of the checkout: chosen, priced, seen, submitted once.

Everything the buyer chose stands in one form. The page can be priced anew as often as one likes; submitting sends along
what was seen, and only exactly that is charged (docs/buying.md).
"""

import hashlib
import secrets
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions.placing import PRICE_CHANGED, SOLD_OUT, Placed, Placing
from zhanggui.checkout.gathering import submit_many
from zhanggui.connect.payment.accounts import ways
from zhanggui.customers import queries as buyers
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.customers.models import Address
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.storefront import cart_kept
from zhanggui.storefront.actions import carts
from zhanggui.storefront.actions.carts import MOST_LINES, MOST_PIECES
from zhanggui.storefront.forms_buying import Details
from zhanggui.storefront.http import window
from zhanggui.storefront.numbers import number
from zhanggui.storefront.queries import carts as cart_queries
from zhanggui.storefront.queries import checkouts
from zhanggui.storefront.queries.checkouts import Choices, ShopChoice
from zhanggui.storefront.receiving import receiver_of
from zhanggui.storefront.saying import show, tell

_SUBMIT = "submit"


@require_http_methods(["GET", "POST"])
@window
@needs_buyer
def checkout(request: BuyerRequest) -> HttpResponse:
    """GET, POST /checkout/: without `do` the page is priced anew; `do=place` submits; `do=fix …`, `do=drop …` mend it."""
    if request.method == "GET":
        return _open(request)
    choices = _choices(request)
    details = Details(request.POST)
    verb, _space, name = request.POST.get("do", "").partition(" ")
    if verb == "place":
        return _place(request, choices, details)
    if verb in ("fix", "drop"):
        choices = _mended(request, choices, verb, name)
    return _page(request, choices, _address(request), Details(initial=request.POST.dict()))


def _open(request: BuyerRequest) -> HttpResponse:
    """The page as it opens: the ticked lines of the cart, or one thing that is bought at once."""
    bought = _lines(request.GET.getlist("buy"))
    at = now()
    if bought:
        lines = bought
    else:
        found = cart_queries.cart(cart_queries.held(request, request.buyer), request.buyer, at=at)
        lines = tuple((one.shop.pk, one.sku_id, one.can) for one in found.lines if one.counts)
    if not lines:
        tell(request, _("请先在购物车里选好要买的商品。"))
        return redirect("storefront:cart")
    return _page(request, Choices(lines), _address(request), Details())


def _page(
    request: BuyerRequest,
    choices: Choices,
    address: Address | None,
    details: Details,
    *,
    outcome: Placed | None = None,
    status: int = 200,
) -> HttpResponse:
    sheet = checkouts.sheet(request.buyer, choices, address, at=now())
    if not sheet.parts:
        raise NotFound(_("这些商品现在不能结算，请回到购物车看看。"))
    rows = buyers.addresses(request.buyer)
    bought = [f"{shop}-{sku}-{pieces}" for shop, sku, pieces in choices.lines]
    back = f"{reverse('storefront:checkout')}?{urlencode([('buy', one) for one in bought])}"
    context = {
        "sheet": sheet,
        "bought": bought,
        "addresses": rows,
        "address": address,
        "details": details,
        "key": request.POST.get("key", "")[:40] or _key(request, choices),
        "own_packets": choices.packets is not None,
        "outcome": outcome,
        "changed": outcome is not None and outcome.result == PRICE_CHANGED,
        "sold_out": outcome is not None and outcome.result == SOLD_OUT,
        "back": back,
        "here": "cart",
    }
    return show(request, "storefront/checkout/checkout.html", context, status=status)


def _place(request: BuyerRequest, choices: Choices, details: Details) -> HttpResponse:
    """Submit: all shops or none. The same form again gives the same orders."""
    address = _address(request)
    valid = details.is_valid()
    if not valid or address is None:
        if address is None:
            tell(request, _("请先填写收货地址。"), bad=True)
        return _page(request, choices, address, details, status=422)
    buyer = request.buyer
    shops = checkouts.shops_of(buyer, choices)
    receiver = receiver_of(buyers.address(buyer, address.key)[1])
    key = request.POST.get("key", "")[:40]
    asked = checkouts.asked_of(choices, shops, address.region)
    way = _way(request)
    placings = [
        Placing(
            key=f"{key}:{one.shop.pk}" if key else "",
            buyer_id=buyer.pk,
            shop=one.shop,
            lines=tuple(one.lines),
            receiver=receiver,
            wish=one.wish,
            carrier_code=one.carrier_code,
            message=choices.of(one.shop.pk).message,
            wishes=details.wishes(),
            secrets=details.secrets(),
            cod=one.cod,
            seen_digest=request.POST.get(f"digest-{one.shop.pk}", "")[:64] or "-",
            seen_total_fen=number(request.POST.get(f"seen-{one.shop.pk}", "")),
            group=key,
            provider=way,
        )
        for one in asked
    ]
    if not placings:
        raise NotFound(_("这些商品现在不能结算，请回到购物车看看。"))
    placed = submit_many(placings)
    lost = next((one for one in placed if not one.ok and one.code != "apart"), None) or next(
        (one for one in placed if not one.ok), None
    )
    if lost is not None:
        return _page(request, choices, address, details, outcome=lost, status=409)
    _done(request, choices)
    return _onward(request, asked, placed)


def _done(request: BuyerRequest, choices: Choices) -> None:
    """What was bought leaves the cart; the next page gets a key of its own."""
    pairs = [(shop, sku) for shop, sku, _pieces in choices.lines]
    carts.take_out(by=for_buyer(request.buyer), buyer=request.buyer, lines=pairs)
    cart_kept.recount(request, request.buyer)
    request.shopping.pop(_SUBMIT, None)


def _onward(request: BuyerRequest, asked: Any, placed: list[Placed]) -> HttpResponse:
    """To paying what is not paid on delivery."""
    to_pay = [done.number for one, done in zip(asked, placed, strict=True) if not one.cod]
    opened = {done.payment for one, done in zip(asked, placed, strict=True) if not one.cod}
    if len(to_pay) < len(placed):
        tell(request, _("订单已提交。货到付款的订单，客服会先打电话与您确认再发货。"))
    if len(opened) == 1 and "" not in opened:
        return redirect(f"{reverse('storefront:payment', args=[*opened])}?go=1")
    if to_pay:
        return redirect(f"{reverse('storefront:pay')}?{urlencode([('order', one) for one in to_pay])}")
    return redirect("storefront:my-orders")


def _way(request: BuyerRequest) -> str:
    """How the buyer pays, where he said so on this page already; "" lets him choose on the next."""
    chosen = str(request.POST.get("provider", ""))
    return chosen if chosen and chosen in ways(request.buyer.merchant_id) else ""


def _choices(request: Any) -> Choices:
    """What the form says. What cannot be read falls back to the best or the default, and is seen before it is charged."""
    post = request.POST
    lines = _lines(post.getlist("line"))
    packets = None
    if post.get("red") == "own":
        packets = tuple(sorted(number(text) for text in post.getlist("packet") if number(text)))
    return Choices(lines, packets, {pk: _shop_choice(post, pk) for pk in {line[0] for line in lines}})


def _shop_choice(post: Any, pk: int) -> ShopChoice:
    coupons = None
    if post.get(f"pick-{pk}") == "own":
        coupons = frozenset(number(text) for text in post.getlist(f"coupon-{pk}"))
    message = " ".join(post.get(f"message-{pk}", "").split())
    return ShopChoice(coupons, post.get(f"carrier-{pk}", "")[:30], bool(post.get(f"cod-{pk}")), message)


def _lines(texts: list[str]) -> tuple[tuple[int, int, int], ...]:
    """ "3-17-2": two pieces of SKU 17 in shop 3."""
    found: dict[tuple[int, int], int] = {}
    for text in texts[:MOST_LINES]:
        shop, sku, pieces = (*map(number, text.split("-")), 0, 0, 0)[:3]
        if shop and sku and pieces:
            found[shop, sku] = min(pieces, MOST_PIECES)
    return tuple((shop, sku, pieces) for (shop, sku), pieces in found.items())


def _mended(request: BuyerRequest, choices: Choices, verb: str, name: str) -> Choices:
    """One tap: a line with as many pieces as can be had, or without the line."""
    shop, sku, pieces = (*map(number, name.split("-")), 0, 0, 0)[:3]
    kept = [
        (one[0], one[1], pieces) if (one[0], one[1]) == (shop, sku) else one
        for one in choices.lines
        if verb == "fix" or (one[0], one[1]) != (shop, sku)
    ]
    return replace(choices, lines=tuple(one for one in kept if one[2] > 0))


def _address(request: BuyerRequest) -> Address | None:
    """The chosen address, else the default one, else the one used last."""
    rows = buyers.addresses(request.buyer)
    wanted = request.POST.get("address") or request.GET.get("address", "")
    return next((row for row in rows if row.key == wanted), None) or (rows[0] if rows else None)


def _key(request: BuyerRequest, choices: Choices) -> str:
    """The key of the form: the same in every tab that shows the same things, until they are bought."""
    same = hashlib.sha256(repr(sorted(choices.lines)).encode()).hexdigest()[:16]
    held = request.shopping.get(_SUBMIT) or {}
    if held.get("of") != same:
        held = {"of": same, "key": secrets.token_urlsafe(16)}
        request.shopping[_SUBMIT] = held
    return str(held["key"])
