"""Promising pieces to order lines, giving them back, sending them out.

Stock is taken, not checked: balances are locked in one order, and a CHECK of the database refuses to promise
more than is on hand whatever this code does. docs/laws/stock.md is the written law.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zhanggui.journal.actions import action
from zhanggui.kit import together
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.clock import database_now
from zhanggui.kit.prepared import Rows
from zhanggui.stock.actions.shelves import lock_balances
from zhanggui.stock.limits import Allotment, is_open, may_have
from zhanggui.stock.models import Balance, Movement, Promise, Quota

_QUOTAS = Rows(Quota, "WHERE t.sku_id = ANY(%s::bigint[]) ORDER BY t.id")
HELD, SHORT, UNTRACKED, APART = "held", "short", "", "apart"


@dataclass(frozen=True, slots=True)
class Want:
    """Pieces of a SKU wanted for an order line. `city`: where the shop ships from, its warehouse comes first.

    `shop_id`: the shop that sells them, for its quota; 0 when no quota is meant. `bound`: an order of our own
    shops, which safety stock and quotas may refuse; a platform's order is sold already and is never bound.
    `whole`: lines of the same number are held all or none; 0 stands alone.
    """

    line_id: int
    sku_id: int
    pieces: int
    merchant_id: int
    city: str = ""
    shop_id: int = 0
    bound: bool = False
    whole: int = 0


@dataclass(slots=True)
class Taken:
    """What came of a list of wants: the outcome by line, and for each short line how many could be had."""

    outcomes: dict[int, str]
    can_have: dict[int, int] = field(default_factory=dict)


@action
def promise_many(*, by: Actor, wanted: Sequence[Want]) -> dict[int, str]:
    """Hold stock for each line that can have it, in the order of the list; gives the outcome by line.

    "held": promised now or before. "short": too little is free; nothing was taken for this line.
    "apart": it could be had, but another line of the same `whole` could not, so nothing was taken.
    "" (untracked): none of the merchant's warehouses keeps this SKU. A line is served whole from one
    warehouse. Five or six statements however long the list. No power is asked: it is part of taking an order in.
    """
    return take_many(by=by, wanted=wanted).outcomes


@action
def take_many(*, by: Actor, wanted: Sequence[Want], fresh: bool = False) -> Taken:
    """As `promise_many`, and tells of each short line how many pieces its shop could have had.

    `fresh`: the caller has just made these lines, so none of them can hold a promise already (one statement less).
    """
    taken = Taken(dict.fromkeys((want.line_id for want in wanted), UNTRACKED))
    if not wanted:
        return taken
    shelves = _Shelves(lock_balances(skus=(want.sku_id for want in wanted)))
    if not shelves.by_sku:
        return taken
    # After the locks: a promise that a rival made for the same line is visible now.
    held: set[int] = set()
    if not fresh:
        live = Promise.objects.filter(line_id__in=list(taken.outcomes), state=Promise.State.HELD)
        held = set(live.values_list("line_id", flat=True))
    if any(want.shop_id for want in wanted):
        shelves.read_quotas()
    for group in _groups(wanted):
        shelves.serve(group, held, taken)
    shelves.write()
    return taken


def _groups(wanted: Sequence[Want]) -> list[list[Want]]:
    """The wants that stand or fall together, in the order in which the first of each came."""
    groups: dict[tuple[int, int], list[Want]] = {}
    for want in wanted:
        groups.setdefault((want.whole, 0) if want.whole else (0, want.line_id), []).append(want)
    return list(groups.values())


class _Shelves:
    """Locked balances and the quotas of their SKUs, while a list is served from them in memory."""

    def __init__(self, balances: Sequence[Balance]) -> None:
        self.by_sku: dict[int, list[Balance]] = defaultdict(list)
        for row in balances:
            self.by_sku[row.sku_id].append(row)
        self.taken: dict[tuple[int, int], int] = defaultdict(int)
        self.quotas: dict[int, dict[int, Allotment]] = defaultdict(dict)
        self.charged: dict[int, int] = defaultdict(int)
        self.fresh: list[tuple[int, int, int, int, str, int | None, int]] = []

    def read_quotas(self) -> None:
        """Quotas change only under the balances' locks, so what is read now holds. One or two statements."""
        rows = _QUOTAS(sorted(self.by_sku))
        if rows:
            at = database_now()
            for row in rows:
                if is_open(row.until, at):
                    self.quotas[row.sku_id][row.shop_id] = Allotment(
                        row.pk, row.shop_id, row.pieces, row.taken
                    )

    def serve(self, group: Sequence[Want], held: set[int], taken: Taken) -> None:
        """Serve the lines of a group, all or none of them."""
        mine: list[tuple[Want, Balance, Allotment | None, int]] = []
        short = False
        for want in group:
            if want.line_id in held:
                taken.outcomes[want.line_id] = HELD
                continue
            kept = [
                s for s in self.by_sku.get(want.sku_id, ()) if s.warehouse.merchant_id == want.merchant_id
            ]
            if not kept:
                continue
            nearest = sorted(kept, key=lambda shelf: (shelf.warehouse.city != want.city, shelf.warehouse_id))
            free = {s.pk: self._free(s, want) for s in nearest}
            quotas = self.quotas.get(want.sku_id, {})
            most = may_have(free.values(), quotas, want.shop_id) if want.bound else max(free.values())
            shelf = next((s for s in nearest if free[s.pk] >= want.pieces), None)
            if shelf is None or most < want.pieces:
                short = True
                taken.outcomes[want.line_id] = SHORT
                taken.can_have[want.line_id] = max(most, 0)
                continue
            quota = quotas.get(want.shop_id)
            charge = min(quota.left, want.pieces) if quota is not None else 0
            self.taken[want.sku_id, shelf.warehouse_id] += want.pieces
            if quota is not None:
                quota.taken += charge
            mine.append((want, shelf, quota if charge else None, charge))
            taken.outcomes[want.line_id] = HELD
        for want, shelf, quota, charge in mine:
            if short and want.whole:
                self.taken[want.sku_id, shelf.warehouse_id] -= want.pieces
                taken.outcomes[want.line_id] = APART
                if quota is not None:
                    quota.taken -= charge
                continue
            held.add(want.line_id)
            if quota is not None:
                self.charged[quota.id] += charge
            self.fresh.append(
                (
                    want.line_id,
                    shelf.warehouse_id,
                    want.sku_id,
                    want.pieces,
                    Promise.State.HELD.value,
                    quota.id if quota is not None else None,
                    charge,
                )
            )

    def _free(self, shelf: Balance, want: Want) -> int:
        kept_back = shelf.safety if want.bound else 0
        return shelf.on_hand - shelf.promised - kept_back - self.taken[shelf.sku_id, shelf.warehouse_id]

    def write(self) -> None:
        """What was taken, in three statements at most."""
        _add_promised({shelf: pieces for shelf, pieces in self.taken.items() if pieces})
        _add_taken(self.charged)
        if self.fresh:
            copy_in(
                Promise,
                ("line_id", "warehouse_id", "sku_id", "pieces", "state", "quota_id", "quota_pieces"),
                self.fresh,
            )


@action
def release_many(*, by: Actor, line_ids: Sequence[int]) -> int:
    """Give back what is held for these lines, to the quota too; gives how many promises ended. Five statements."""
    ended = _end(line_ids, Promise.State.RELEASED)
    _add_promised(_by_shelf(ended, sign=-1))
    back: dict[int, int] = defaultdict(int)
    for promise in ended:
        if promise.quota_id is not None:
            back[promise.quota_id] -= promise.quota_pieces
    _add_taken(back)
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
    together.change(
        "stock_balance",
        "UPDATE stock_balance b SET promised = promised + v.pieces, "
        "on_hand = on_hand + CASE WHEN %s THEN v.pieces ELSE 0 END "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) AS v(sku, house, pieces) "
        "WHERE b.sku_id = v.sku AND b.warehouse_id = v.house",
        [out, [sku for sku, _ in pieces], [house for _, house in pieces], list(pieces.values())],
    )


def _add_taken(pieces: Mapping[int, int]) -> None:
    """Change what is taken from quotas whose SKUs' balances are locked. One statement, none for nothing."""
    changed = {quota: n for quota, n in pieces.items() if n}
    if changed:
        together.change(
            "stock_quota",
            "UPDATE stock_quota q SET taken = greatest(q.taken + v.pieces, 0) "
            "FROM unnest(%s::bigint[], %s::int[]) AS v(id, pieces) WHERE q.id = v.id",
            [list(changed), list(changed.values())],
        )
