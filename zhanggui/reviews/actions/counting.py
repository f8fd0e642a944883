"""How much of a buyer's word still counts this month. The caller holds the buyer's row, so two reviews cannot both be the sixth."""

from datetime import date, datetime

from zhanggui.kit.clock import day_begins, day_of
from zhanggui.reviews.models import Review
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import value


def credit_left(shop: Shop, buyer_id: int, at: datetime) -> int:
    """How many more marks count for credit in this calendar month (protocols 7.1). Two statements."""
    return _left(shop, buyer_id, at, "reviews.credit_a_month", counts=True, mark__isnull=False)


def scores_left(shop: Shop, buyer_id: int, at: datetime) -> int:
    """How many more scores count for DSR in this calendar month (protocols 7.2). Two statements."""
    return _left(shop, buyer_id, at, "reviews.scores_a_month", scores_count=True, described__isnull=False)


def _left(shop: Shop, buyer_id: int, at: datetime, policy: str, **which: bool) -> int:
    most: int = value(policy, shop, day_of(at))
    today = day_of(at)
    begins = day_begins(date(today.year, today.month, 1))
    seen = Review.objects.filter(shop=shop, buyer_id=buyer_id, made_at__gte=begins, made_at__lte=at, **which)
    return max(0, most - seen.count())
