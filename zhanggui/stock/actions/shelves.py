"""Locking balances: always in the order of SKU and warehouse, so two lists can never deadlock."""

from collections.abc import Iterable

from zhanggui.kit.prepared import Rows
from zhanggui.stock.models import Balance, Warehouse

_LOCKED = Rows(
    Balance,
    "JOIN stock_warehouse h ON h.id = t.warehouse_id WHERE t.sku_id = ANY(%s::bigint[]) "
    "AND (%s::bigint[] IS NULL OR t.warehouse_id = ANY(%s::bigint[])) "
    "ORDER BY t.sku_id, t.warehouse_id FOR UPDATE OF t",
    beside={"warehouse": (Warehouse, "h")},
)


def lock_balances(*, skus: Iterable[int], warehouses: Iterable[int] | None = None) -> list[Balance]:
    """The balances of these SKUs, locked until the transaction ends, in the one order of locks. One statement."""
    houses = sorted(set(warehouses)) if warehouses is not None else None
    return _LOCKED(sorted(set(skus)), houses, houses)
