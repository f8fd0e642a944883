"""The cart of a visitor who has not signed in: in the browser's session, merged into the buyer's own at signing in."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from zhanggui.checkout.models import CartLine
from zhanggui.customers.acting import as_actor
from zhanggui.customers.models import Buyer
from zhanggui.customers.sessions import BUYER, CART
from zhanggui.kit.refusals import NotNow
from zhanggui.shops.models import Shop
from zhanggui.storefront.actions import carts
from zhanggui.storefront.actions.carts import MOST_LINES, MOST_PIECES, InCart

MANY = "cart_many"
"""The session's value of how many kinds of goods lie in a signed-in buyer's cart: what the frame shows."""
MOST_KEPT = 50
"""Lines of a visitor's cart: it lives in a session row."""


def lines_of(request: Any) -> list[InCart]:
    """What the visitor put in, the latest last. Nothing without a session."""
    if not request.shopping.session_key and not request.shopping.modified:
        return []
    return [InCart(*line) for line in request.shopping.get(CART, ())]


def many_in(request: Any) -> int:
    """How many kinds of goods lie in the cart, as the frame says it. Nothing but the session is read: no statement where
    the page read it already, none for a browser without one.
    """
    shopping = getattr(request, "shopping", None)
    if shopping is None or (not shopping.session_key and not shopping.modified):
        return 0
    return int(shopping.get(MANY, 0)) if BUYER in shopping else len(shopping.get(CART, ()))


def recount(request: Any, buyer: Buyer | None, many: int | None = None) -> None:
    """After a verb changed a buyer's cart: let the session know how many kinds lie in it. One statement, none with
    `many` (counted already) or for a visitor, whose cart is in the session itself.
    """
    if buyer is None:
        return
    many = CartLine.objects.filter(buyer=buyer).count() if many is None else many
    if request.shopping.get(MANY, 0) != many:
        request.shopping[MANY] = many


def put(request: Any, line: InCart) -> None:
    """On top of what lies there."""
    held = {(one.shop_id, one.sku_id): one for one in lines_of(request)}
    before = held.pop((line.shop_id, line.sku_id), None)
    pieces = min(line.pieces + (before.pieces if before else 0), MOST_PIECES)
    held[line.shop_id, line.sku_id] = InCart(line.shop_id, line.sku_id, pieces, line.seen_fen)
    _keep(request, list(held.values())[-MOST_KEPT:])


def set_pieces(request: Any, shop_id: int, sku_id: int, pieces: int) -> None:
    """So many pieces; none takes the line out."""
    kept = [
        InCart(one.shop_id, one.sku_id, min(pieces, MOST_PIECES), one.seen_fen, one.picked)
        if (one.shop_id, one.sku_id) == (shop_id, sku_id)
        else one
        for one in lines_of(request)
    ]
    _keep(request, [one for one in kept if one.pieces > 0])


def pick(request: Any, picked: Collection[tuple[int, int]]) -> None:
    """Exactly these lines are ticked."""
    _keep(
        request,
        [
            InCart(one.shop_id, one.sku_id, one.pieces, one.seen_fen, (one.shop_id, one.sku_id) in picked)
            for one in lines_of(request)
        ],
    )


def take_out(request: Any, lines: Collection[tuple[int, int]]) -> None:
    """Take lines out."""
    _keep(request, [one for one in lines_of(request) if (one.shop_id, one.sku_id) not in lines])


def see_prices(request: Any, prices: Sequence[tuple[int, int, int]]) -> None:
    """The visitor has seen these prices (shop, SKU, fen)."""
    seen = {(shop, sku): fen for shop, sku, fen in prices}
    _keep(
        request,
        [
            replace(one, seen_fen=seen.get((one.shop_id, one.sku_id), one.seen_fen))
            for one in lines_of(request)
        ],
    )


def merge(*, buyer: Buyer, lines: Sequence[InCart], at: datetime) -> None:
    """What lay in the browser's cart goes into the buyer's; what does not fit any more stays out, quietly."""
    shops = {line.shop_id for line in lines}
    ours = set(
        Shop.objects.filter(pk__in=sorted(shops), merchant_id=buyer.merchant_id).values_list("pk", flat=True)
    )
    lines = [line for line in lines if line.shop_id in ours]
    if not lines:
        return
    try:
        carts.put_many(by=as_actor(buyer), buyer=buyer, lines=lines[:MOST_LINES], add=False, at=at)
    except NotNow:
        return


def _keep(request: Any, lines: Sequence[InCart]) -> None:
    request.shopping[CART] = [
        [one.shop_id, one.sku_id, one.pieces, one.seen_fen, one.picked] for one in lines
    ]
