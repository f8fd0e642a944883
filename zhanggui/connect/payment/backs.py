"""Refunds carried out at the provider: written down, asked for after commit, tried until there is an answer.

The provider pays a ref out once however often it is asked (G3.3), so the one safe thing to do after a crash between
its answer and our note of it is to ask again. That is all there is to it: an errand that is not done is due again.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from zhanggui.checkout.models import MoneyBack
from zhanggui.connect.models import PayErrand
from zhanggui.connect.payment import below
from zhanggui.connect.payment.ports import DONE, FAILED, Refunded, Unreachable, provider
from zhanggui.kit.actor import Actor, system
from zhanggui.kit.clock import database_now
from zhanggui.kit.refusals import Refused

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
log = logging.getLogger(__name__)
_KIND = PayErrand.Kind.BACK


def note() -> int:
    """Write an errand for every refund that has none, and wake the queue; gives how many are new. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO connect_payerrand (kind, object_id) SELECT 'back', b.id FROM checkout_moneyback b "
            "WHERE b.state = 'asked' AND NOT EXISTS (SELECT 1 FROM connect_payerrand e "
            "WHERE e.kind = 'back' AND e.object_id = b.id) ORDER BY b.id ON CONFLICT DO NOTHING"
        )
        new = int(cursor.rowcount)
    if new:
        wake()
    return new


def wake() -> None:
    """Let the queue carry out what is due, once; called in a transaction it begins after commit."""
    try:
        with transaction.atomic():  # a refusal of the queue must not spoil the transaction it is asked in
            app.configure_task("connect.pay_backs", queueing_lock="connect.pay_backs").defer(timestamp=0)
    except AlreadyEnqueued:
        log.debug("the refunds are queued already")


def carry_out(*, most: int = 100) -> int:
    """Carry out the refunds that are due; gives how many came to an end. Never called in a transaction."""
    by, ended, seen = system("退款", "timer"), 0, 0
    while seen < most and (errand := _claim()) is not None:
        seen += 1
        try:
            ended += _one(by, errand)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, errand.pk % 2**31])
    return ended


_LOCK = 7_315_021


def _claim() -> PayErrand | None:
    """The next errand that is due and that no other process has. Its lock ends with the process that holds it."""
    for errand in PayErrand.objects.filter(kind=_KIND, done_at__isnull=True, next_at__lte=Now()).order_by(
        "next_at", "pk"
    )[:20]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, errand.pk % 2**31])
            if not cursor.fetchone()[0]:
                continue
        if PayErrand.objects.filter(pk=errand.pk, done_at__isnull=True, next_at__lte=Now()).exists():
            return errand
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, errand.pk % 2**31])
    return None


def _one(by: Actor, errand: PayErrand) -> int:
    back = MoneyBack.objects.select_related("payment").filter(pk=errand.object_id).first()
    if back is None or back.state != MoneyBack.State.ASKED:
        PayErrand.objects.filter(pk=errand.pk).update(done_at=Now(), trouble="")
        return 0
    try:
        said = provider(back.payment.provider).refund(back)
    except Unreachable as trouble:
        said = Refunded("pending", trouble=str(trouble))
    except (Refused, KeyError) as trouble:  # no account any more: a person has to see to it
        said = Refunded(FAILED, trouble=getattr(trouble, "message", "") or "no such provider")
    return save(by=by, errand=errand, back=back, said=said, at=database_now())


def save(*, by: Actor, errand: PayErrand, back: MoneyBack, said: Refunded, at: datetime) -> int:
    """Note what the provider said; 1 when the refund came to an end."""
    if said.state == DONE:
        below.back_done(by=by, back=back, at=said.at or at)
    elif said.state == FAILED:
        below.back_failed(by=by, back=back, trouble=said.trouble[:200], at=at)
    else:
        wait = min(FIRST_WAIT * 2 ** min(errand.tries, 12), LONGEST_WAIT)
        PayErrand.objects.filter(pk=errand.pk).update(
            tries=errand.tries + 1, trouble=said.trouble[:200], next_at=Now() + wait
        )
        return 0
    PayErrand.objects.filter(pk=errand.pk).update(tries=errand.tries + 1, trouble="", done_at=Now())
    return 1
