"""The cart: one form for all of it, so that everything works without a script."""

import re
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from zhanggui.catalog.queries import window as shelf
from zhanggui.customers import queries as buyers
from zhanggui.customers.acting import as_actor
from zhanggui.customers.http import buyer_of
from zhanggui.customers.models import Buyer
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import NotFound
from zhanggui.storefront import cart_kept
from zhanggui.storefront.actions import carts
from zhanggui.storefront.actions.carts import MOST_PIECES, InCart
from zhanggui.storefront.going import back
from zhanggui.storefront.http import window
from zhanggui.storefront.numbers import number
from zhanggui.storefront.queries import carts as queries
from zhanggui.storefront.queries.shops import enter
from zhanggui.storefront.saying import show, tell

_NAME = re.compile(r"(\d{1,18})-(\d{1,18})")
Pair = tuple[int, int]


@require_GET
@window
@never_cache
def index(request: Any) -> HttpResponse:
    """GET /cart/: at most fifteen statements, whatever its length."""
    buyer = buyer_of(request)
    home = next(iter(buyers.addresses(buyer)), None) if buyer is not None else None
    found = queries.cart(queries.held(request, buyer), buyer, at=now(), region=home.region if home else "")
    cart_kept.recount(request, buyer, len(found.lines))
    context = {"home": home, "cart": found, "cart_count": len(found.lines), "buyer": buyer, "here": "cart"}
    return show(request, "storefront/cart/cart.html", context)


@require_POST
@window
def lines(request: Any) -> HttpResponse:
    """POST /cart/lines/ (shop, sku, pieces, now): put something in; `now` goes on to the checkout with it alone."""
    shop = enter(request, request.POST.get("shop", "")[:20])
    sku_id = number(request.POST.get("sku", ""))
    pieces = min(max(number(request.POST.get("pieces", "1")), 1), MOST_PIECES)
    card = shelf.skus([sku_id], shop_id=shop.pk, at=now()).get(sku_id)
    if card is None or not card.on:
        raise NotFound(_("没有这件商品，或者它已经下架。"))
    if request.POST.get("now"):
        return redirect(
            f"{reverse('storefront:checkout')}?{urlencode({'buy': f'{shop.pk}-{sku_id}-{pieces}'})}"
        )
    line = InCart(shop.pk, sku_id, pieces, card.price_fen)
    buyer = buyer_of(request)
    if buyer is None:
        cart_kept.put(request, line)
    elif buyer.merchant_id != shop.merchant_id:
        raise NotFound(_("您的账号不能在这家店铺下单，请先退出登录。"))
    else:
        carts.put_many(by=as_actor(buyer), buyer=buyer, lines=[line], at=now())
        cart_kept.recount(request, buyer)
    tell(request, _("已放进购物车。"))
    return redirect(back(request, reverse("storefront:cart")))


@require_POST
@window
def changes(request: Any) -> HttpResponse:
    """POST /cart/changes/: what was ticked and counted, and the button that was pressed (`do`)."""
    buyer = buyer_of(request)
    before = {(line.shop_id, line.sku_id): line for line in queries.held(request, buyer)}
    verb, _space, name = request.POST.get("do", "").partition(" ")
    _count(request, buyer, before)
    _tick(request, buyer, before, verb, name)
    pair = _pair(name)
    if verb in ("more", "less", "most") and pair in before:
        wanted = _wanted(request, pair, before[pair].pieces)
        pieces = {"more": wanted + 1, "less": wanted - 1}.get(
            verb, number(request.POST.get(f"most {name}", "1"))
        )
        _set(request, buyer, pair, max(pieces, 1))
    elif verb == "remove" and pair in before:
        _take_out(request, buyer, {pair})
        tell(request, _("已从购物车移除。"))
    elif verb in ("clear", "seen"):
        found = queries.cart(queries.held(request, buyer), buyer, at=now())
        if verb == "clear":
            dead = {(one.shop.pk, one.sku_id) for one in found.lines if one.gone or one.sold_out}
            _take_out(request, buyer, dead)
        else:
            _see(request, buyer, found)
    if verb == "checkout":
        return redirect("storefront:checkout")
    return redirect("storefront:cart")


def _pair(name: str) -> Pair:
    found = _NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _wanted(request: Any, pair: Pair, held: int) -> int:
    text = request.POST.get(f"pieces {pair[0]}-{pair[1]}", "")
    return min(number(text), MOST_PIECES) or held


def _count(request: Any, buyer: Buyer | None, before: dict[Pair, InCart]) -> None:
    """The numbers in the fields, where they are others than before."""
    for pair, line in before.items():
        wanted = _wanted(request, pair, line.pieces)
        if wanted != line.pieces:
            _set(request, buyer, pair, wanted)


def _tick(request: Any, buyer: Buyer | None, before: dict[Pair, InCart], verb: str, name: str) -> None:
    picked = {_pair(text) for text in request.POST.getlist("picked")} & set(before)
    if verb in ("all", "none"):  # all of a shop, or of the cart
        meant = {pair for pair in before if not name or str(pair[0]) == name}
        picked = picked | meant if verb == "all" else picked - meant
    if picked == {pair for pair, line in before.items() if line.picked}:
        return
    if buyer is None:
        cart_kept.pick(request, picked)
    else:
        carts.pick(by=as_actor(buyer), buyer=buyer, picked=picked)


def _set(request: Any, buyer: Buyer | None, pair: Pair, pieces: int) -> None:
    if buyer is None:
        cart_kept.set_pieces(request, *pair, pieces)
    else:
        carts.set_pieces(by=as_actor(buyer), buyer=buyer, shop_id=pair[0], sku_id=pair[1], pieces=pieces)


def _take_out(request: Any, buyer: Buyer | None, pairs: set[Pair]) -> None:
    if buyer is None:
        cart_kept.take_out(request, pairs)
    else:
        carts.take_out(by=as_actor(buyer), buyer=buyer, lines=pairs)


def _see(request: Any, buyer: Buyer | None, found: queries.Cart) -> None:
    prices = [(one.shop.pk, one.sku_id, one.price_fen) for one in found.lines if one.changed]
    if buyer is None:
        cart_kept.see_prices(request, prices)
    else:
        carts.see_prices(by=as_actor(buyer), buyer=buyer, prices=prices)
