"""The one page of the checkout: chosen, priced, seen, submitted once.

Everything the buyer chose stands in one form. The page can be priced anew as often as one likes; submitting sends along
what was seen, and only exactly that is charged (docs/buying.md).
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhanggui.checkout.actions.placing import PRICE_CHANGED, SOLD_OUT, Placed
from zhanggui.checkout.baskets import Asked
from zhanggui.checkout.models import Payment
from zhanggui.connect.payment.accounts import ways
from zhanggui.customers import queries as buyers
from zhanggui.customers.http import BuyerRequest, needs_buyer
from zhanggui.customers.models import Address
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotFound
from zhanggui.storefront import cart_kept
from zhanggui.storefront.actions.carts import MOST_LINES, MOST_PIECES
from zhanggui.storefront.actions.submitting import Form, Sent, submit
from zhanggui.storefront.forms_buying import Details
from zhanggui.storefront.http import window
from zhanggui.storefront.numbers import number
from zhanggui.storefront.queries import carts as cart_queries
from zhanggui.storefront.queries import checkouts
from zhanggui.storefront.queries.checkouts import Choices, ShopChoice, last_submit
from zhanggui.storefront.queries.twins import Twin, Wanted, twins
from zhanggui.storefront.saying import show, tell

_LABELS = dict(Payment.Provider.choices)
_LINE = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})-([1-9][0-9]{0,17})")
_SUM = re.compile(r"digest-[1-9][0-9]{0,17}")


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
    if choices is None:
        raise _unreadable()
    if verb == "place":
        return _place(request, choices, details)
    if verb in ("fix", "drop"):
        choices = _mended(request, choices, verb, name)
    return _page(request, choices, Details(initial=request.POST.dict()))


def _open(request: BuyerRequest) -> HttpResponse:
    """The page as it opens: the ticked lines of the cart, or one thing that is bought at once."""
    bought = _lines(request.GET.getlist("buy"))
    if bought is None:
        raise _unreadable()
    held = () if bought else cart_queries.held(request, request.buyer)
    lines = bought or tuple((one.shop_id, one.sku_id, one.pieces) for one in held if one.picked)
    if not lines:
        return _nothing(request)
    return _page(request, Choices(lines), Details(), fit=not bought)


def _unreadable() -> Invalid:
    return Invalid(_("有一行商品读不懂，所以什么都没有下单，也没有扣款。请回到购物车重新结算。"), "line")


def _nothing(request: BuyerRequest) -> HttpResponse:
    tell(request, _("请先在购物车里选好要买的商品。"))
    return redirect("storefront:cart")


def _page(
    request: BuyerRequest,
    choices: Choices,
    details: Details,
    *,
    outcome: Placed | None = None,
    twin: Twin | None = None,
    fit: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with these choices. `fit`: of what the cart holds only what can be had."""
    rows = buyers.addresses(request.buyer)
    address = _address(request, rows)
    chosen = request.POST.get("address", "")
    if chosen and (address is None or address.key != chosen):
        _tell_of_address(request)
    sheet = checkouts.sheet(request.buyer, choices, address, at=now())
    if fit and sheet.short:
        choices = replace(choices, lines=checkouts.fitting(sheet))
        if not choices.lines:
            return _nothing(request)
        sheet = checkouts.sheet(request.buyer, choices, address, at=now())
    if not sheet.parts:
        raise NotFound(_("这些商品现在不能结算，请回到购物车看看。"))
    bought = [f"{shop}-{sku}-{pieces}" for shop, sku, pieces in choices.lines]
    key = request.POST.get("key", "")[:40] or _key(request, choices)
    if outcome is None and twin is None:
        twin = _twin(request, sheet, address, key)
    open_ways, wanted = ways(request.buyer.merchant_id), request.POST.get("provider", "")
    back = f"{reverse('storefront:checkout')}?{urlencode([('buy', one) for one in bought])}"
    context = {
        "sheet": sheet,
        "bought": bought,
        "addresses": rows,
        "address": address,
        "details": details,
        "key": key,
        "twin": twin,
        "again": twin is not None or bool(request.POST.get("again")),
        "providers": [(name, _LABELS.get(name, name)) for name in open_ways],
        "provider": wanted if wanted in open_ways else next(iter(open_ways), ""),
        "own_packets": choices.packets is not None,
        "outcome": outcome,
        "changed": outcome is not None and outcome.result == PRICE_CHANGED,
        "back": back,
        "here": "cart",
    }
    return show(request, "storefront/checkout/checkout.html", context, status=status)


def _place(request: BuyerRequest, choices: Choices, details: Details) -> HttpResponse:
    """Submit: all shops or none. The same form again gives the same orders."""
    if not details.is_valid():
        return _page(request, choices, details, status=422)
    post = request.POST
    shops = {shop for shop, _sku, _pieces in choices.lines}
    sent = submit(
        Form(
            buyer=request.buyer,
            choices=choices,
            address=post.get("address", "")[:22],
            key=post.get("key", "")[:40],
            seen={
                pk: (post.get(f"digest-{pk}", "")[:64], number(post.get(f"seen-{pk}", ""))) for pk in shops
            },
            wishes=details.wishes(),
            secrets=details.secrets(),
            provider=str(post.get("provider", "")),
            again=bool(post.get("again")),
            home=number(post.get(f"home-{post.get('address', '')[:22]}", "")),
        )
    )
    if sent.moved:
        _tell_of_address(request)
        return _page(request, choices, details, status=409)
    if sent.twin is not None:
        return _page(request, choices, details, twin=sent.twin, status=409)
    if sent.homeless:
        tell(request, _("请先填写收货地址。"), bad=True)
        return _page(request, choices, details, status=422)
    if not sent.asked:
        raise NotFound(_("这些商品现在不能结算，请回到购物车看看。"))
    lost = sent.lost
    if lost is not None and lost.result == SOLD_OUT:
        return _sold_out(request, choices, sent, lost)
    if lost is not None:
        return _page(request, choices, details, outcome=lost, status=409)
    cart_kept.recount(request, request.buyer, sent.in_cart)
    return _onward(request, sent.asked, sent.placed)


def _sold_out(request: BuyerRequest, choices: Choices, sent: Sent, lost: Placed) -> HttpResponse:
    """What cannot be had, and how many can; one tap mends it, and only then all is priced anew. Nothing is read here:
    this is the page that thousands see when something is sold out in a second.
    """
    lines = []
    for one, placed in zip(sent.asked, sent.placed, strict=True):
        goods = placed.basket.goods if placed.basket is not None else {}
        lines += [
            {"name": f"{one.shop.pk}-{sku}", "card": goods.get(sku), "left": max(left, 0)}
            for sku, left in placed.can_have.items()
        ]
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "do")
    ]
    rest = len(choices.lines) - sum(1 for line in lines if not line["left"])
    context = {"outcome": lost, "lines": lines, "fields": fields, "rest": rest, "here": "cart"}
    return show(request, "storefront/checkout/sold_out.html", context, status=409)


def _onward(request: BuyerRequest, asked: Sequence[Asked], placed: Sequence[Placed]) -> HttpResponse:
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


def _choices(request: Any) -> Choices | None:
    """What the form says; None where it is not told surely what is bought: a line that cannot be read, or none for a shop
    whose sum was seen. Other things that cannot be read fall back to the best or the default, and are seen before they are charged.
    """
    post = request.POST
    lines = _lines(post.getlist("line"))
    if lines is None or {name for name in post if _SUM.fullmatch(name)} - {
        f"digest-{shop}" for shop, *_rest in lines
    }:
        return None
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


def _lines(texts: list[str]) -> tuple[tuple[int, int, int], ...] | None:
    """ "3-17-2": two pieces of SKU 17 in shop 3. None when one of them says nothing like that, or there are too many."""
    found: dict[tuple[int, int], int] = {}
    for text in texts:
        read = _LINE.fullmatch(text)
        if read is None:
            return None
        shop, sku, pieces = map(int, read.groups())
        found[shop, sku] = min(pieces, MOST_PIECES)
    if len(found) > MOST_LINES:
        return None
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


def _address(request: BuyerRequest, rows: Sequence[Address]) -> Address | None:
    """The chosen address, else the default one, else the one used last."""
    wanted = request.POST.get("address") or request.GET.get("address", "")
    return next((row for row in rows if row.key == wanted), None) or (rows[0] if rows else None)


def _tell_of_address(request: BuyerRequest) -> None:
    tell(request, _("这个收货地址已经删除或改过，请重新选择。"), bad=True)


def _twin(request: BuyerRequest, sheet: checkouts.Sheet, address: Address | None, key: str) -> Twin | None:
    """An order like this one that the buyer placed a moment ago: he is told before he presses."""
    if address is None:
        return None
    shops = {part.shop.pk: part.shop for part in sheet.parts}
    lines = {part.shop.pk: [(line.sku_id, line.pieces) for line in part.lines] for part in sheet.parts}
    return twins([Wanted(request.buyer.pk, key, address, shops, lines)], at=now()).get(0)


def _key(request: BuyerRequest, choices: Choices) -> str:
    """The key of the form: the same in every tab of this browser that shows the same things, until something is bought.
    One statement, and nothing to keep.
    """
    same = (request.shopping.session_key, last_submit(request.buyer.pk), sorted(choices.lines))
    return hashlib.sha256(repr(same).encode()).hexdigest()[:32]
