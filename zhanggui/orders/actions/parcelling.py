"""Parcels that a source tells of: a waybill may be shared by orders that the platform merged."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from zhanggui.kit.bulk import copy_in
from zhanggui.orders.models import ParcelLine
from zhanggui.shops.models import Shop

IMPORTED = "import"
"""Stands for the shipper of such a parcel: nobody of the house gave it to the carrier."""

PARCELLED = tuple[str, str, datetime, int, list[tuple[int | None, int]]]
"""(carrier, waybill, shipped at, order id, [(line id or None, pieces)])"""


def put_parcels(*, shop: Shop, rows: Sequence[PARCELLED]) -> None:
    """Write parcels and what lies in them; those that are there already are joined. Three statements.

    "shipped at" only orders them in time: whether the source told it, the order's own `shipped_at` says.
    """
    if not rows:
        return
    firsts: dict[tuple[str, str], datetime] = {}
    for carrier, waybill, moment, _order, _inside in rows:
        firsts.setdefault((carrier[:30], waybill[:40]), moment)
    with connection.cursor() as cursor:
        names = [[carrier for carrier, _w in firsts], [waybill for _c, waybill in firsts]]
        cursor.execute(
            "INSERT INTO orders_parcel (shop_id, carrier, waybill, shipped_at, actor) "
            "SELECT %s, v.carrier, v.waybill, v.at, %s "
            "FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS v(carrier, waybill, at) "
            "ORDER BY v.waybill, v.carrier ON CONFLICT DO NOTHING",
            [shop.pk, IMPORTED, *names, list(firsts.values())],
        )
        cursor.execute(
            "SELECT p.carrier, p.waybill, p.id FROM orders_parcel p "
            "JOIN unnest(%s::text[], %s::text[]) AS v(carrier, waybill) USING (carrier, waybill)",
            names,
        )
        ids = {(carrier, waybill): pk for carrier, waybill, pk in cursor.fetchall()}
    inside = [
        (ids[carrier[:30], waybill[:40]], order_id, line_id, pieces)
        for carrier, waybill, _moment, order_id, contents in rows
        for line_id, pieces in contents
    ]
    copy_in(ParcelLine, ("parcel_id", "order_id", "line_id", "pieces"), inside)
