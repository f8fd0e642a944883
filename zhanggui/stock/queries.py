"""What other rooms and `doctor` ask of the stock."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import F, Sum

from zhanggui.stock.models import Balance


def free_pieces(sku_ids: Iterable[int]) -> dict[int, int]:
    """Pieces that can still be promised, over all warehouses, by SKU. One statement."""
    rows = (
        Balance.objects.filter(sku_id__in=sorted(set(sku_ids)))
        .values("sku_id")
        .annotate(free=Sum(F("on_hand") - F("promised")))
    )
    return {row["sku_id"]: row["free"] for row in rows}


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
