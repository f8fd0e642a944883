"""What of buyers' signing in is forgotten, every night."""

from datetime import datetime

from zhanggui.customers.models import Browser, Try
from zhanggui.kit.clock import database_now, days

KEEP_TRIES_DAYS = 180
KEEP_BROWSERS_DAYS = 365


def forget_buyers_entries(at: datetime | None = None) -> int:
    """Forget old tries and browsers not used for a year; gives how many. Safe to run twice. Two statements."""
    at = at or database_now()
    tries = Try.objects.filter(at__lt=at - days(KEEP_TRIES_DAYS)).delete()[0]
    return tries + Browser.objects.filter(seen_at__lt=at - days(KEEP_BROWSERS_DAYS)).delete()[0]
