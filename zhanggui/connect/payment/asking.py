"""The active query (G2.3): payments whose notice never came are asked for, found within five minutes.

First 30 seconds after the payment was opened, then in growing steps, at most four minutes apart. The claim is one
statement of its own; no transaction is open while a provider is asked.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app

from zhanggui.checkout.models import Payment
from zhanggui.connect.payment.accounts import NoAccount
from zhanggui.connect.payment.below import tell
from zhanggui.connect.payment.ports import (
    CLOSED,
    OPEN,
    PAID,
    UNKNOWN,
    Declined,
    Heard,
    Provider,
    Unreachable,
    provider,
)
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.kit.refusals import Refused

FIRST_SECONDS = 30
MOST_SECONDS = 240
GRACE = timedelta(seconds=30)
"""How long after `closes_at` the provider is told to close: its own limit is the same moment."""
MOST = 200
log = logging.getLogger(__name__)


def due(age: timedelta, since_asked: timedelta | None) -> bool:
    """Whether a payment of that age, last asked for so long ago, is to be asked for now. The rule of `_claim`."""
    if since_asked is None:
        return age >= timedelta(seconds=FIRST_SECONDS)
    step = min(max(age - since_asked, timedelta(seconds=FIRST_SECONDS)), timedelta(seconds=MOST_SECONDS))
    return since_asked >= step


def ask_open(*, most: int = MOST) -> int:
    """Ask for the open payments that are due; gives how many were paid or closed. Never called in a transaction."""
    found, silent = 0, set[tuple[int, str]]()
    for payment, asked_before in _claim(most):
        desk = (payment.merchant_id, payment.provider)
        if desk in silent:  # it does not answer: leave the others as they were instead of waiting for each
            Payment.objects.filter(pk=payment.pk, state=Payment.State.OPEN).update(asked_at=asked_before)
            continue
        try:
            found += ask(payment, at=database_now())
        except Unreachable as trouble:
            silent.add(desk)
            log.info("%s does not answer: %s", payment.provider, trouble)
        except (Refused, Declined, KeyError) as trouble:
            log.warning("payment %s cannot be asked for: %s", payment.pk, trouble)
    return found


def ask(payment: Payment, *, at: datetime) -> int:
    """Ask for one payment and act on the answer; 1 when it is paid or closed now. Raises Unreachable, Declined."""
    return int(hear(payment, at=at) in (PAID, CLOSED))


def hear(payment: Payment, *, at: datetime) -> str:
    """Ask for one payment and act on the answer; gives what is known now: "paid", "closed", "open" (the provider knows
    of it and nobody has paid) or "unknown" (nobody began to pay). Raises Unreachable, Declined.
    """
    by, desk = system("支付查询", "timer"), provider(payment.provider)
    try:
        heard = desk.query(payment)
    except NoAccount:
        if at <= payment.closes_at + GRACE:
            raise
        # The merchant's account is gone: nobody can be asked and nobody can pay. What came in is in its last bill.
        heard = Heard(desk.name, payment.merchant_id, payment.number, CLOSED)
    if heard.state in (UNKNOWN, OPEN) and at > payment.closes_at + GRACE:
        heard = _closed(desk, payment)
    if heard.state not in (PAID, CLOSED):
        return heard.state
    if heard.state == CLOSED and at <= payment.closes_at:
        return OPEN  # nobody of ours closed it; it is looked at again when its time is over
    tell(by=by, heard=[heard], at=at)
    return heard.state


def wake_to_close(payment_ids: Sequence[int]) -> None:
    """Let the queue close these payments at their providers; called in a transaction it begins after commit."""
    app.configure_task("connect.close_payments").defer(payment_ids=list(payment_ids))


def close_withdrawn(payment_ids: Sequence[int]) -> int:
    """Close payments whose time was ended before its end; gives how many came to an end. Never called in a transaction.

    A provider that does not answer is asked again by `ask_open`, until it does.
    """
    by, ended = system("支付查询", "timer"), 0
    rows = Payment.objects.filter(
        pk__in=list(payment_ids), state=Payment.State.OPEN, closes_at__lte=database_now()
    )
    for payment in rows.order_by("pk"):
        try:
            heard = _closed(provider(payment.provider), payment)
        except (Unreachable, Refused, Declined, KeyError) as trouble:
            log.info("payment %s cannot be closed yet: %s", payment.pk, trouble)
            continue
        if heard.state in (PAID, CLOSED):
            tell(by=by, heard=[heard], at=database_now())
            ended += 1
    return ended


def _closed(desk: Provider, payment: Payment) -> Heard:
    """Close it at the provider; whoever paid in the last moment has paid."""
    try:
        desk.close(payment)
    except Declined:
        return desk.query(payment)
    after = desk.query(payment)
    if after.state == UNKNOWN:
        return Heard(desk.name, payment.merchant_id, payment.number, CLOSED)
    return after


def _claim(most: int) -> list[tuple[Payment, datetime | None]]:
    """Open payments that are due, marked as asked; two workers never get the same one. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT id, asked_at FROM checkout_payment WHERE state = 'open' AND provider <> 'red' "
            "AND (CASE WHEN asked_at IS NULL THEN clock_timestamp() >= made_at + make_interval(secs => %s) "
            "ELSE clock_timestamp() - asked_at >= make_interval(secs => least(greatest("
            "extract(epoch FROM asked_at - made_at), %s), %s)) END) "
            "ORDER BY asked_at NULLS FIRST, id LIMIT %s FOR UPDATE SKIP LOCKED) "
            "UPDATE checkout_payment p SET asked_at = clock_timestamp() FROM due WHERE p.id = due.id "
            "RETURNING p.id, due.asked_at",
            [FIRST_SECONDS, FIRST_SECONDS, MOST_SECONDS, most],
        )
        before = dict(cursor.fetchall())
    rows = Payment.objects.filter(pk__in=list(before)).order_by("pk")
    return [(row, before[row.pk]) for row in rows]
