"""What this room does on news from below, and what it tells lower rooms that ask for it."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Now

from zhanggui.freight.waybills import learn_from
from zhanggui.orders.models import Order, Parcel
from zhanggui.orders.states import State
from zhanggui.promotions.newcomers import ask_with

_LATELY = timedelta(days=90)


def carriers_used(shop: Any) -> Mapping[str, int]:
    """How many parcels each carrier took from a shop lately: ranks the candidates for a waybill. One statement."""
    rows = Parcel.objects.filter(shipped_at__gte=Now() - _LATELY)
    if shop is not None:
        rows = rows.filter(shop=shop)
    return dict(rows.values_list("carrier").annotate(parcels=Count("id")))


learn_from(carriers_used)


@ask_with
def bought_before(buyer_ids: Collection[int], shop_ids: Collection[int]) -> set[int]:
    """Which of these buyers have an order in one of these shops that is paid or waits to be paid. One statement."""
    rows = Order.objects.filter(buyer_id__in=sorted(buyer_ids), shop_id__in=sorted(shop_ids))
    return {pk for pk in rows.exclude(state=State.CLOSED_UNPAID).values_list("buyer_id", flat=True) if pk}
