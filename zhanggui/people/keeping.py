"""What of signing in is forgotten, every night: nothing younger than the law asks logs to be kept (180 days)."""

from datetime import datetime

from django.contrib.sessions.models import Session

from zhanggui.kit.clock import database_now, days
from zhanggui.people.models import Device, SignIn, Visit

KEEP_TRIES_DAYS = 180
KEEP_DEVICES_DAYS = 365


def forget_entries(at: datetime | None = None) -> int:
    """Forget old tries to sign in, browsers not used for a year, and visits whose session is over; gives how
    many. Safe to run twice. Three statements.
    """
    at = at or database_now()
    tries = SignIn.objects.filter(at__lt=at - days(KEEP_TRIES_DAYS)).delete()[0]
    devices = Device.objects.filter(seen_at__lt=at - days(KEEP_DEVICES_DAYS)).delete()[0]
    alive = Session.objects.filter(expire_date__gt=at).values("session_key")
    visits = Visit.objects.exclude(session_key__in=alive).filter(began_at__lt=at - days(1)).delete()[0]
    return tries + devices + visits
