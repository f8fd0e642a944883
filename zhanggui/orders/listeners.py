"""What this room does on news from below, and what it tells lower rooms that ask for it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Now

from zhanggui.freight.waybills import learn_from
from zhanggui.orders.models import Parcel

_LATELY = timedelta(days=90)


def carriers_used(shop: Any) -> Mapping[str, int]:
    """How many parcels each carrier took from a shop lately: ranks the candidates for a waybill. One statement."""
    rows = Parcel.objects.filter(shipped_at__gte=Now() - _LATELY)
    if shop is not None:
        rows = rows.filter(shop=shop)
    return dict(rows.values_list("carrier").annotate(parcels=Count("id")))


learn_from(carriers_used)
