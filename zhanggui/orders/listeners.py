"""What this room does on news from below, and what it tells lower rooms that ask for it."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import Now

from zhanggui.freight.waybills import learn_from
from zhanggui.journal.news import listen
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now, day_of
from zhanggui.orders import rules
from zhanggui.orders.events import RefundsMoved
from zhanggui.orders.models import Order, Parcel
from zhanggui.orders.states import State
from zhanggui.promotions.actions.using import refunded_many
from zhanggui.promotions.newcomers import ask_with
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import value

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


@listen(RefundsMoved)
def return_coupons(told: RefundsMoved) -> None:
    """Own orders refunded as a whole give their coupons back, where the shop's policy says so (docs/laws/offers.md)."""
    closed = Order.objects.filter(
        pk__in=told.order_ids, shop_id=told.shop_id, state=State.CLOSED_REFUNDED, source=rules.OWN
    )
    ids, at = list(closed.values_list("pk", flat=True)), database_now()
    if not ids:
        return
    shop = Shop.objects.get(pk=told.shop_id)
    if value("promotions.coupon_back_after_refund", shop, day_of(at)) == "whole":
        refunded_many(by=system("退款", "timer"), order_ids=ids, at=at)
