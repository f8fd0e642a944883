"""Goods coming in and being counted: every change of what is on hand is a movement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line as DaybookLine
from zhanggui.journal.daybook import write, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.refusals import Invalid, NotFound, Refused
from zhanggui.people.powers import Power
from zhanggui.stock.actions.shelves import lock_balances
from zhanggui.stock.models import Movement


class StillPromised(Refused):
    """The pieces are promised to orders; those must be released first."""

    code = "still_promised"


@dataclass(frozen=True, slots=True)
class Inbound:
    """Pieces of a SKU put on a shelf. `ref`: the paper that came with them."""

    sku_id: int
    pieces: int
    warehouse_id: int
    ref: str = ""


@action
def receive_many(*, by: Actor, rows: Sequence[Inbound], why: str = "received") -> None:
    """Put goods on the shelves. Four statements however many.

    Raises NotAllowed, and Invalid for a row without pieces.
    """
    by.must(Power.STOCK_MOVE)
    if any(row.pieces <= 0 for row in rows):
        raise Invalid(_("入库件数必须大于零"), "pieces")
    if not rows:
        return
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows:
        sums[row.sku_id, row.warehouse_id] += row.pieces
    ordered = sorted(sums.items())
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_balance (sku_id, warehouse_id, on_hand, promised) "
            "SELECT sku, house, pieces, 0 FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) "
            "AS v(sku, house, pieces) "
            "ON CONFLICT (warehouse_id, sku_id) DO UPDATE SET on_hand = stock_balance.on_hand + excluded.on_hand",
            [[sku for (sku, _), _ in ordered], [house for (_, house), _ in ordered], [n for _, n in ordered]],
        )
    copy_in(
        Movement,
        ("warehouse_id", "sku_id", "pieces", "why", "ref", "actor"),
        ((row.warehouse_id, row.sku_id, row.pieces, why, row.ref[:60], by.name[:80]) for row in rows),
    )
    write_many(
        by=by,
        what=f"stock.{why}",
        lines=[DaybookLine("sku", sku, None, {"on_hand": [None, f"+{n}"]}) for (sku, _), n in ordered],
    )


@action
def adjust(*, by: Actor, sku_id: int, warehouse_id: int, pieces: int, why: str, reason: str) -> None:
    """Correct what is on hand by so many pieces, signed, with a reason.

    Raises NotAllowed, NotFound where the SKU is not kept, Invalid without a reason, StillPromised when
    fewer would be left than are promised.
    """
    by.must(Power.STOCK_MOVE)
    if not reason.strip():
        raise Invalid(_("请写明调整原因"), "reason")
    shelves = lock_balances(skus=[sku_id], warehouses=[warehouse_id])
    if not shelves:
        raise NotFound(_("这个仓库没有这个商品"))
    shelf = shelves[0]
    after = shelf.on_hand + pieces
    if after < shelf.promised:
        raise StillPromised(
            _("调整后只剩 %(left)s 件，但已有 %(promised)s 件预占给订单，请先处理这些订单。")
            % {"left": after, "promised": shelf.promised}
        )
    before, shelf.on_hand = shelf.on_hand, after
    shelf.save(update_fields=["on_hand"])
    Movement.objects.create(
        warehouse_id=warehouse_id, sku_id=sku_id, pieces=pieces, why=why, ref="", actor=by.name[:80]
    )
    write(
        by=by,
        what="stock.adjusted",
        kind="sku",
        object_id=sku_id,
        change={"on_hand": [before, after]},
        reason=reason,
    )
