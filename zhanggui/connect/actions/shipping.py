"""Importing a shipping file: the orders it names are shipped with its carrier and waybill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts.layout import Recognised
from zhanggui.connect.layouts.shipping import ShippingReader
from zhanggui.connect.layouts.survey import data_rows
from zhanggui.connect.pouring import FILE_STEP, Result
from zhanggui.freight.queries import carriers_named
from zhanggui.kit.actor import Actor
from zhanggui.orders.actions.shipping import Shipment, ship_many
from zhanggui.orders.models import Order
from zhanggui.orders.states import State
from zhanggui.shops.models import Shop


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a shipping file; `why` when it cannot be read."""

    row: int
    number: str
    carrier: str = ""
    waybill: str = ""
    why: str = ""


def told(tables: Sequence[Recognised]) -> list[Told]:
    """All rows of the shipping files. Raises FileRefused."""
    rows = []
    for index, table in enumerate(tables):
        reader = table.reader
        assert isinstance(reader, ShippingReader)
        for row_number, row, number in data_rows(table):
            place = index * FILE_STEP + row_number
            try:
                _number, carrier, waybill = reader.shipped(row)
                rows.append(Told(place, number, carrier, waybill))
            except RowRefused as refusal:
                rows.append(Told(place, number[:80], why=refusal.reason))
    return rows


def ship_told(*, by: Actor, shop: Shop, rows: Sequence[Told], at: datetime) -> list[Result]:
    """Ship what the rows tell, each with its own outcome; a row told before is unchanged.

    Two statements, and those of `ship_many`.
    """
    orders = {
        order.number: order for order in Order.objects.filter(shop=shop, number__in=[r.number for r in rows])
    }
    named = carriers_named(sorted({row.carrier for row in rows if row.carrier}))
    results: dict[int, Result] = {}
    shipments: list[tuple[Told, Shipment]] = []
    taken: set[str] = set()
    for row in rows:
        order, carrier = orders.get(row.number), named.get(row.carrier)
        if row.why:
            results[row.row] = Result(row.row, row.number, "refused", row.why)
        elif order is None:
            results[row.row] = Result(row.row, row.number, "refused", _("这个店铺没有这个订单。"))
        elif carrier is None:
            why = _("不认识的物流公司：%(text)s") % {"text": row.carrier[:30]}
            results[row.row] = Result(row.row, row.number, "refused", why)
        elif order.waybill == row.waybill and order.state in (State.SHIPPED, State.FINISHED):
            results[row.row] = Result(row.row, row.number, "unchanged")
        elif row.number in taken:
            results[row.row] = Result(
                row.row, row.number, "refused", _("文件里同一订单有几行，请在订单页面分包裹发货。")
            )
        else:
            taken.add(row.number)
            shipments.append((row, Shipment(order.pk, carrier.code, row.waybill)))
    if shipments:
        outcomes = ship_many(by=by, shipments=[shipment for _row, shipment in shipments], at=at)
        for (row, _shipment), outcome in zip(shipments, outcomes, strict=True):
            result = "changed" if outcome.result == "done" else outcome.result
            results[row.row] = Result(row.row, row.number, result, outcome.message)
    return [results[row.row] for row in rows]
