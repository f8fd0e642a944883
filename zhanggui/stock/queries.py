"""What other rooms and `doctor` ask of the stock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection
from django.db.models import F, Q, Sum

from zhanggui.kit.prepared import ask
from zhanggui.stock.limits import Allotment, is_open, may_have
from zhanggui.stock.models import Balance, Quota


def free_pieces(sku_ids: Iterable[int]) -> dict[int, int]:
    """Pieces that can still be promised, over all warehouses, by SKU. One statement."""
    rows = (
        Balance.objects.filter(sku_id__in=sorted(set(sku_ids)))
        .values("sku_id")
        .annotate(free=Sum(F("on_hand") - F("promised")))
    )
    return {row["sku_id"]: row["free"] for row in rows}


def sellable(shop_id: int, sku_ids: Iterable[int], *, at: datetime) -> dict[int, int]:
    """How many pieces of each SKU a shop of ours may sell in one line now: safety stock and quotas are taken off.

    A SKU that no warehouse keeps (not tracked) is absent: it can always be had. It promises nothing: stock is taken when
    the order is placed (docs/laws/stock.md). One statement.
    """
    return sellable_many({shop_id: sku_ids}, at=at)[shop_id]


def sellable_many(asked: Mapping[int, Iterable[int]], *, at: datetime) -> dict[int, dict[int, int]]:
    """As `sellable`, of several shops at once: SKU ids by shop id. One statement."""
    wanted = {shop_id: sorted(set(ids)) for shop_id, ids in asked.items()}
    every = sorted({sku for ids in wanted.values() for sku in ids})
    found: dict[int, dict[int, int]] = {shop_id: {} for shop_id in wanted}
    if not every:
        return found
    free: dict[int, list[int]] = defaultdict(list)
    quotas: dict[int, dict[int, Allotment]] = defaultdict(dict)
    rows = ask(
        "SELECT sku_id, NULL::bigint, on_hand - promised - safety, 0, NULL::timestamptz FROM stock_balance "
        "WHERE sku_id = ANY(%s::bigint[]) UNION ALL "
        "SELECT sku_id, shop_id, pieces, taken, until FROM stock_quota WHERE sku_id = ANY(%s::bigint[])",
        [every, every],
    )
    for sku, shop, pieces, taken, until in rows:
        if shop is None:
            free[sku].append(pieces)
        elif is_open(until, at):
            quotas[sku][shop] = Allotment(0, shop, pieces, taken)
    for shop_id, ids in wanted.items():
        for sku in ids:
            if sku in free:
                found[shop_id][sku] = may_have(free[sku], quotas.get(sku, {}), shop_id)
    return found


def unexplained() -> list[tuple[int, int]]:
    """(SKU, warehouse) whose balance its movements or live promises do not explain; always empty. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.sku_id, b.warehouse_id FROM stock_balance b "
            "LEFT JOIN (SELECT sku_id, warehouse_id, sum(pieces) n FROM stock_movement GROUP BY 1, 2) m "
            "USING (sku_id, warehouse_id) "
            "LEFT JOIN (SELECT sku_id, warehouse_id, sum(pieces) n FROM stock_promise WHERE state = 'held' "
            "GROUP BY 1, 2) p USING (sku_id, warehouse_id) "
            "WHERE b.on_hand <> coalesce(m.n, 0) OR b.promised <> coalesce(p.n, 0) ORDER BY 1, 2"
        )
        return list(cursor.fetchall())


def shelves(*, text: str = "", after: int | None = None, size: int = 50) -> tuple[list[Balance], int | None]:
    """Balances by id, fifty a page, found by code or title; each with `quotas` of its SKU. Two statements."""
    rows = Balance.objects.select_related("warehouse", "sku__product").order_by("pk")
    if text:
        rows = rows.filter(Q(sku__code__icontains=text) | Q(sku__product__title__icontains=text))
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: size + 1])
    quotas: dict[int, list[Quota]] = defaultdict(list)
    for quota in Quota.objects.filter(sku_id__in=[row.sku_id for row in found]).select_related("shop"):
        quotas[quota.sku_id].append(quota)
    for row in found:
        row.quotas = quotas[row.sku_id]  # type: ignore[attr-defined]
        row.key, row.sku_key = str(row.pk), str(row.sku_id)  # type: ignore[attr-defined]
        row.free = row.on_hand - row.promised - row.safety  # type: ignore[attr-defined]
    return found[:size], found[size - 1].pk if len(found) > size else None
