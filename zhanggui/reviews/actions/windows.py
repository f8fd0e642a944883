"""The time in which an order may be reviewed: opened when it is finished, closed by the clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models.functions import Now

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.orders.models import Order, OrderLine
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import LineState, State
from zhanggui.reviews import rules
from zhanggui.reviews.actions.counting import credit_left
from zhanggui.reviews.models import BuyerReview, Review, Window
from zhanggui.shops.models import Kind
from zhanggui.shops.policies import value


@action
def open_windows(*, by: Actor, shop_id: int, order_ids: Sequence[int], at: datetime) -> int:
    """Let finished orders of our own shops be reviewed; hearing of them twice changes nothing. Gives how many.

    Orders of platforms are reviewed there. Four statements however many.
    """
    orders = list(
        Order.objects.filter(
            pk__in=list(order_ids), shop_id=shop_id, source=OWN, state=State.FINISHED, buyer__isnull=False
        ).select_related("shop")
    )
    if not orders:
        return 0
    days = value("reviews.window_days", orders[0].shop, day_of(at))
    rows = [
        Window(order_id=order.pk, shop_id=order.shop_id, opened_at=at, closes_at=at + timedelta(days=days))
        for order in orders
    ]
    return len(Window.objects.bulk_create(rows, ignore_conflicts=True))


@action
def close_due(*, by: Actor, at: datetime, most: int = 200) -> int:
    """Close the windows whose time is over, and add the good that answers good; gives how many."""
    windows = list(
        Window.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(closed_at__isnull=True, closes_at__lte=Now())
        .select_related("shop")
        .order_by("closes_at", "pk")[:most]
    )
    for window in windows:
        if window.shop.kind == Kind.BAZAAR:
            _good_answers_good(by, window, at)
    Window.objects.filter(pk__in=[window.pk for window in windows]).update(closed_at=at)
    return len(windows)


def reviewable(order_id: int) -> list[OrderLine]:
    """The lines of an order that can be reviewed: what was bought and kept, no presents. One statement."""
    return list(
        OrderLine.objects.filter(order_id=order_id, state=LineState.FINISHED, gift_of__isnull=True)
        .select_related("sku")
        .order_by("position")
    )


def _good_answers_good(by: Actor, window: Window, at: datetime) -> None:
    order = Order.objects.select_related("shop").get(pk=window.order_id)
    if order.buyer_id is None:
        return
    Buyer.objects.select_for_update().get(pk=order.buyer_id)
    said = list(Review.objects.filter(order_id=order.pk).values_list("mark", flat=True))
    seller = BuyerReview.objects.filter(order_id=order.pk).values_list("mark", flat=True).first()
    for_seller, for_buyer = rules.by_system(buyer_said=said, seller_said=seller)
    if for_buyer:
        BuyerReview.objects.create(
            order_id=order.pk,
            shop_id=order.shop_id,
            buyer_id=order.buyer_id,
            mark=rules.GOOD,
            by_system=True,
            made_at=at,
        )
    if for_seller:
        left = credit_left(order.shop, order.buyer_id, at)
        made = Review.objects.bulk_create(
            [
                Review(
                    line=line,
                    order_id=order.pk,
                    shop_id=order.shop_id,
                    product_id=line.sku.product_id if line.sku else None,
                    buyer_id=order.buyer_id,
                    mark=rules.GOOD,
                    by_system=True,
                    counts=place < left,
                    scores_count=False,
                    made_at=at,
                )
                for place, line in enumerate(reviewable(order.pk))
            ]
        )
        write_many(
            by=by,
            what="review.written",
            lines=[Line("review", row.pk, row.shop_id, {"mark": [None, 1]}) for row in made],
        )
