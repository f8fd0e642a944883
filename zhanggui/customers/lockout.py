"""The lock-out that does not lock out the victim (G8.1), for buyers: as `people.lockout`, with traces for numbers.

Every try takes a place in a budget before the password is looked at: strangers share one budget per account
and one per network address, a browser on which the buyer has signed in before has a budget of its own.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhanggui.customers import rules
from zhanggui.customers.models import Browser, Try
from zhanggui.kit.sealed import trace
from zhanggui.people.devices import hash_of
from zhanggui.people.rules import TooMany

PASSWORD, REGISTER, CLAIM, PICTURE = "password", "register", "claim", "picture"


def known(phone_trace: bytes, merchant_id: int, token: str) -> int | None:
    """The id of the browser if the buyer with this number has signed in on it before. One statement, always."""
    found = Browser.objects.filter(
        buyer__account__merchant_id=merchant_id,
        buyer__account__phone_trace=phone_trace,
        token_hash=hash_of(token),
    )
    return found.values_list("pk", flat=True).first()


def claim(*, about: bytes, address: str, browser_id: int | None, at: datetime) -> int:
    """Take a place for one real check of a password and give its id; `passed` gives it back.

    The place counts as failed until then, under a lock, so tries of the same instant cannot exceed the
    budget. Raises TooMany, writing nothing. Five statements.
    """
    tries = Try.objects.filter(step=PASSWORD, ok=False, at__gt=at - rules.WINDOW)
    with transaction.atomic():
        _lock(f"account {about.hex()}")
        most = rules.BROWSER_TRIES if browser_id else rules.STRANGER_TRIES
        _stop_at(tries.filter(about=about, browser_id=browser_id), most, at)
        if browser_id is None:
            _lock(f"address {address}")
            _stop_at(tries.filter(address=address, browser_id__isnull=True), rules.ADDRESS_TRIES, at)
        place = Try.objects.create(step=PASSWORD, about=about, address=address, browser_id=browser_id, at=at)
        return place.pk


def passed(place: int) -> None:
    """The check went well: it no longer counts. One statement."""
    Try.objects.filter(pk=place).update(ok=True)


def count(*, step: str, about: bytes = b"", address: str, most: int, at: datetime) -> None:
    """Take one of `most` places per window for an act that is counted per network address (registering) or,
    with `about`, per account (taking coupons). Raises TooMany, writing nothing. Three statements.
    """
    tries = Try.objects.filter(step=step, at__gt=at - rules.WINDOW)
    with transaction.atomic():
        _lock(f"{step} {about.hex() or address}")
        _stop_at(tries.filter(about=about) if about else tries.filter(address=address), most, at)
        Try.objects.create(step=step, about=about, address=address, ok=True, at=at)


def count_claim(*, buyer_id: int, address: str, at: datetime) -> None:
    """A buyer presses for a coupon. Raises TooMany beyond `rules.CLAIMS` an hour. Three statements."""
    about = trace(str(buyer_id), about="claims")
    count(step=CLAIM, about=about, address=address, most=rules.CLAIMS, at=at)


def count_pictures(*, buyer_id: int, address: str, many: int, most: int, at: datetime) -> None:
    """A buyer's pictures are about to be decoded, whether they are kept afterwards or not: `most` in 24 hours. Raises TooMany,
    writing nothing. Three statements.
    """
    about, since = trace(str(buyer_id), about="pictures"), at - rules.PICTURE_WINDOW
    with transaction.atomic():
        _lock(f"{PICTURE} {about.hex()}")
        moments = list(
            Try.objects.filter(step=PICTURE, about=about, at__gt=since)
            .order_by("at")
            .values_list("at", flat=True)
        )
        over = len(moments) + many - most
        if over > 0:
            free = moments[min(over, len(moments)) - 1] if moments else at
            said = _(
                "每位买家 24 小时内最多上传 %(most)s 张图片（没有通过的也算），您已经传了 %(done)s 张。可以先不带图提交，或过些时候再传。"
            )
            wait = int((free + rules.PICTURE_WINDOW - at) / timedelta(seconds=1)) + 1
            raise TooMany(said % {"most": most, "done": len(moments)}, wait)
        Try.objects.bulk_create(
            Try(step=PICTURE, about=about, address=address, ok=True, at=at) for _one in range(many)
        )


def _stop_at(tries: "QuerySet[Try]", most: int, at: datetime) -> None:
    moments = list(tries.order_by("-at").values_list("at", flat=True)[most - 1 : most])
    if moments:
        wait = int((moments[0] + rules.WINDOW - at) / timedelta(seconds=1)) + 1
        minutes = -(-wait // 60)
        said = ngettext(
            "操作太频繁，请 %(minutes)s 分钟后再试。", "操作太频繁，请 %(minutes)s 分钟后再试。", minutes
        )
        raise TooMany(said % {"minutes": minutes}, wait)


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7316))", [name])
