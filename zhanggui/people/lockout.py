"""The lock-out that does not lock out the victim (G8.1).

Every try takes a place in a budget before the password is looked at: strangers share one budget per account
and one per network address, a browser on which the person has signed in before has a budget of its own.
So ten thousand tries from two hundred addresses end after twenty, and the person still gets in.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhanggui.people import rules
from zhanggui.people.models import SignIn, Staff
from zhanggui.people.rules import TooMany


def claim(*, step: str, work_no: str, address: str, device_id: int | None, at: datetime) -> int:
    """Take a place for one real check and give its id; `passed` gives it back. Raises TooMany, writing nothing.

    `work_no`: the person's own (`number_of`), so that no way of writing it has a budget to itself.

    The place counts as failed until it is given back, and the count is taken under a lock, so tries that
    come at the same instant cannot exceed the budget. Five statements.
    """
    work_no = work_no.casefold()
    since = at - rules.WINDOW
    tries = SignIn.objects.filter(ok=False, at__gt=since)
    with transaction.atomic():
        _lock("account", f"{step} {work_no}")
        of_account = tries.filter(step=step, work_no=work_no, device_id=device_id)
        most = (
            rules.CODE_TRIES if step == "code" else rules.DEVICE_TRIES if device_id else rules.STRANGER_TRIES
        )
        _stop_at(of_account, most, at)
        if device_id is None:
            _lock("address", address)
            _stop_at(tries.filter(address=address, device_id__isnull=True), rules.ADDRESS_TRIES, at)
        return SignIn.objects.create(
            step=step, work_no=work_no, address=address, device_id=device_id, ok=False, why="", at=at
        ).pk


def number_of(work_no: str) -> str:
    """The number of the person whom the database finds under this one; the given one for nobody. One statement."""
    found = Staff.objects.filter(work_no__iexact=work_no).order_by("pk").values_list("work_no", flat=True)
    return found.first() or work_no


def passed(place: int) -> None:
    """The check went well: it no longer counts. One statement."""
    SignIn.objects.filter(pk=place).update(ok=True)


def failed(place: int, why: str) -> None:
    """Keep what was wrong, for those who look into it later. One statement."""
    SignIn.objects.filter(pk=place).update(why=why)


def _stop_at(tries: "QuerySet[SignIn]", most: int, at: datetime) -> None:
    # The place that frees the budget is the one that has `most - 1` younger ones.
    moments = list(tries.order_by("-at").values_list("at", flat=True)[most - 1 : most])
    if moments:
        wait = int((moments[0] + rules.WINDOW - at) / timedelta(seconds=1)) + 1
        raise TooMany(
            _("尝试次数太多，请 %(minutes)s 分钟后再试。在平时用的浏览器上登录不受影响。")
            % {"minutes": -(-wait // 60)},
            wait,
        )


def _lock(kind: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7315))", [f"{kind} {name}"])
