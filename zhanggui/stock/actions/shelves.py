"""Locking balances: always in the order of SKU and warehouse, so two lists can never deadlock."""

from collections.abc import Iterable

from zhanggui.stock.models import Balance


def lock_balances(*, skus: Iterable[int], warehouses: Iterable[int] | None = None) -> list[Balance]:
    """The balances of these SKUs, locked until the transaction ends, in the one order of locks. One statement."""
    rows = Balance.objects.select_for_update(of=("self",)).select_related("warehouse")
    rows = rows.filter(sku_id__in=sorted(set(skus)))
    if warehouses is not None:
        rows = rows.filter(warehouse_id__in=sorted(set(warehouses)))
    return list(rows.order_by("sku_id", "warehouse_id"))
