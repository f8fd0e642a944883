"""What lies in a buyer's cart: put in, counted, ticked, taken out, merged with what lay in the browser's cart."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from zhanggui.checkout.models import CartLine
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow

MOST_LINES = 120
MOST_PIECES = 999


@dataclass(frozen=True, slots=True)
class InCart:
    """Pieces of a SKU of a shop, at the price of a piece when they were put in."""

    shop_id: int
    sku_id: int
    pieces: int
    seen_fen: int
    picked: bool = True


@action
def put_many(*, by: Actor, buyer: Buyer, lines: Sequence[InCart], add: bool = True, at: datetime) -> None:
    """Put lines into the cart. `add`: on top of what lies there; else whichever is more (merging a browser's cart).

    Raises NotNow when the cart is full; then nothing is put in. Three statements however many lines.
    """
    Buyer.objects.select_for_update().get(pk=buyer.pk)
    wanted = {(line.shop_id, line.sku_id): line for line in lines}
    held = set(CartLine.objects.filter(buyer=buyer).values_list("shop_id", "sku_id"))
    if len(held | set(wanted)) > MOST_LINES:
        raise NotNow(_("购物车最多放 %(most)s 种商品，请先清理。") % {"most": MOST_LINES})
    rows = [wanted[key] for key in sorted(wanted)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO checkout_cartline AS c (buyer_id, shop_id, sku_id, pieces, seen_fen, picked, added_at) "
            "SELECT %s, shop, sku, pieces, seen, picked, %s FROM unnest(%s::bigint[], %s::bigint[], %s::int[], "
            "%s::bigint[], %s::bool[]) AS v(shop, sku, pieces, seen, picked) "
            "ON CONFLICT (buyer_id, shop_id, sku_id) DO UPDATE SET seen_fen = excluded.seen_fen, "
            "picked = excluded.picked OR c.picked, pieces = least(CASE WHEN %s THEN c.pieces + excluded.pieces "
            "ELSE greatest(c.pieces, excluded.pieces) END, %s)",
            [
                buyer.pk,
                at,
                [line.shop_id for line in rows],
                [line.sku_id for line in rows],
                [min(line.pieces, MOST_PIECES) for line in rows],
                [line.seen_fen for line in rows],
                [line.picked for line in rows],
                add,
                MOST_PIECES,
            ],
        )


@action
def set_pieces(*, by: Actor, buyer: Buyer, shop_id: int, sku_id: int, pieces: int) -> None:
    """So many pieces of a line; none takes it out. Raises NotFound. One statement."""
    row = CartLine.objects.filter(buyer=buyer, shop_id=shop_id, sku_id=sku_id)
    done = row.update(pieces=min(pieces, MOST_PIECES)) if pieces > 0 else row.delete()[0]
    if not done:
        raise NotFound(_("购物车里没有这件商品了。"))


@action
def pick(*, by: Actor, buyer: Buyer, picked: Collection[tuple[int, int]]) -> None:
    """Exactly these lines (shop, SKU) are ticked for the checkout. One statement."""
    pairs = sorted(picked)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE checkout_cartline SET picked = (shop_id, sku_id) IN "
            "(SELECT * FROM unnest(%s::bigint[], %s::bigint[])) WHERE buyer_id = %s",
            [[shop for shop, _sku in pairs], [sku for _shop, sku in pairs], buyer.pk],
        )


@action
def take_out(*, by: Actor, buyer: Buyer, lines: Collection[tuple[int, int]]) -> None:
    """Take lines (shop, SKU) out; those that are gone already are no trouble. One statement."""
    pairs = sorted(lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM checkout_cartline WHERE buyer_id = %s AND (shop_id, sku_id) IN "
            "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]))",
            [buyer.pk, [shop for shop, _sku in pairs], [sku for _shop, sku in pairs]],
        )


@action
def see_prices(*, by: Actor, buyer: Buyer, prices: Sequence[tuple[int, int, int]]) -> None:
    """The buyer has seen these prices (shop, SKU, fen): they are no news any more. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE checkout_cartline c SET seen_fen = v.fen FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) "
            "AS v(shop, sku, fen) WHERE c.buyer_id = %s AND c.shop_id = v.shop AND c.sku_id = v.sku",
            [
                [shop for shop, _sku, _fen in prices],
                [sku for _shop, sku, _fen in prices],
                [fen for _shop, _sku, fen in prices],
                buyer.pk,
            ],
        )
