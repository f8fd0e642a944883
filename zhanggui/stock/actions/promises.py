"""Promising pieces to order lines, giving them back, sending them out.

Stock is taken, not checked: balances are locked in one order, and a CHECK of the database refuses to promise
more than is on hand whatever this code does. docs/laws/stock.md is the written law.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.stock.actions.shelves import lock_balances
from zhanggui.stock.models import Movement, Promise, Warehouse

HELD, SHORT, UNTRACKED = "held", "short", ""


@dataclass(frozen=True, slots=True)
class Want:
    """Pieces of a SKU wanted for an order line. `city`: where the shop ships from, its warehouse comes first."""

    line_id: int
    sku_id: int
    pieces: int
    merchant_id: int
    city: str = ""


@action
def promise_many(*, by: Actor, wanted: Sequence[Want]) -> dict[int, str]:
    """Hold stock for each line that can have it, in the order of the list; gives the outcome by line.

    "held": promised now or before. "short": too little is free; nothing was taken for this line.
    "" (untracked): none of the merchant's warehouses keeps this SKU. A line is served whole from one
    warehouse. Five statements however long the list. No power is asked: it is part of taking an order in.
    """
    outcomes = dict.fromkeys((want.line_id for want in wanted), UNTRACKED)
    if not wanted:
        return outcomes
    houses: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = Warehouse.objects.filter(merchant_id__in=sorted({want.merchant_id for want in wanted}))
    for merchant_id, pk, city in rows.order_by("pk").values_list("merchant_id", "pk", "city"):
        houses[merchant_id].append((pk, city))
    if not houses:
        return outcomes
    shelves = {
        (row.sku_id, row.warehouse_id): row
        for row in lock_balances(
            skus=(want.sku_id for want in wanted),
            warehouses=(pk for found in houses.values() for pk, _ in found),
        )
    }
    # After the locks: a promise that a rival made for the same line is visible now.
    held = set(
        Promise.objects.filter(line_id__in=list(outcomes), state=Promise.State.HELD).values_list(
            "line_id", flat=True
        )
    )
    taken: dict[tuple[int, int], int] = defaultdict(int)
    fresh: list[tuple[int, int, int, int, str]] = []
    for want in wanted:
        if want.line_id in held:
            outcomes[want.line_id] = HELD
            continue
        nearest = sorted(houses[want.merchant_id], key=lambda house: house[1] != want.city)
        kept = [shelf for pk, _ in nearest if (shelf := shelves.get((want.sku_id, pk)))]
        free = next(
            (s for s in kept if s.on_hand - s.promised - taken[s.sku_id, s.warehouse_id] >= want.pieces), None
        )
        if free is None:
            outcomes[want.line_id] = SHORT if kept else UNTRACKED
            continue
        taken[free.sku_id, free.warehouse_id] += want.pieces
        held.add(want.line_id)
        outcomes[want.line_id] = HELD
        fresh.append((want.line_id, free.warehouse_id, want.sku_id, want.pieces, Promise.State.HELD.value))
    _add_promised(taken)
    if fresh:
        copy_in(Promise, ("line_id", "warehouse_id", "sku_id", "pieces", "state"), fresh)
    return outcomes


@action
def release_many(*, by: Actor, line_ids: Sequence[int]) -> int:
    """Give back what is held for these lines; gives how many promises ended. Four statements."""
    ended = _end(line_ids, Promise.State.RELEASED)
    _add_promised(_by_shelf(ended, sign=-1))
    return len(ended)


@action
def send_out_many(*, by: Actor, line_ids: Sequence[int], ref: str) -> int:
    """What is held for these lines leaves the house; gives how many promises ended. Five statements.

    Each becomes a movement with `ref`. Lines without a promise (short or untracked) move nothing.
    """
    ended = _end(line_ids, Promise.State.OUT)
    moved = _by_shelf(ended, sign=-1)
    if not moved:
        return 0
    _add_promised(moved, out=True)
    copy_in(
        Movement,
        ("warehouse_id", "sku_id", "pieces", "why", "ref", "actor"),
        ((p.warehouse_id, p.sku_id, -p.pieces, "shipped", ref[:60], by.name[:80]) for p in ended),
    )
    return len(ended)


def _end(line_ids: Iterable[int], state: Promise.State) -> list[Promise]:
    """Lock the shelves, then end the live promises of the lines; gives those that this call ended."""
    wanted = sorted(set(line_ids))
    live = Promise.objects.filter(line_id__in=wanted, state=Promise.State.HELD)
    skus = list(live.values_list("sku_id", flat=True)) if wanted else []
    if not skus:
        return []
    lock_balances(skus=skus)
    ended = list(live.select_for_update().order_by("pk"))
    Promise.objects.filter(pk__in=[promise.pk for promise in ended]).update(state=state)
    return ended


def _by_shelf(promises: Iterable[Promise], *, sign: int) -> dict[tuple[int, int], int]:
    pieces: dict[tuple[int, int], int] = defaultdict(int)
    for promise in promises:
        pieces[promise.sku_id, promise.warehouse_id] += sign * promise.pieces
    return pieces


def _add_promised(pieces: dict[tuple[int, int], int], *, out: bool = False) -> None:
    """Change what is promised on locked shelves, and with `out` what is on hand as well. One statement."""
    if not pieces:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stock_balance b SET promised = promised + v.pieces, "
            "on_hand = on_hand + CASE WHEN %s THEN v.pieces ELSE 0 END "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS v(sku, house, pieces) "
            "WHERE b.sku_id = v.sku AND b.warehouse_id = v.house",
            [out, [sku for sku, _ in pieces], [house for _, house in pieces], list(pieces.values())],
        )
