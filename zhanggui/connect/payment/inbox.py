"""The inbox of payment notices (B2.3): check, store once, answer, then act; acting twice changes nothing."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils.dateparse import parse_datetime

from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayNotice
from zhanggui.connect.payment.below import DIFFERS, tell
from zhanggui.connect.payment.events import PayNoticeCame
from zhanggui.connect.payment.ports import CLOSED, PAID, BadNotice, Heard
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.journal.models import Entry
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring

_MOST_LINES, _WINDOW = 100, timedelta(minutes=10)


@action
def receive(*, by: Actor, heard: Sequence[Heard], at: datetime) -> None:
    """Store what a checked notice tells, once each; a repetition is only counted.

    Raises BadNotice when it tells of a payment of another merchant or provider: nothing is stored then.
    Two statements for a repetition, about seven for a new one.
    """
    owners = _owners([one.number for one in heard])
    fresh = []
    for one in heard:
        if owners.get(one.number, (one.merchant_id, one.provider)) != (one.merchant_id, one.provider):
            raise BadNotice("other merchant")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO connect_paynotice (provider, event, number, kind, told, state, came, trouble, came_at) "
                "VALUES (%s, %s, %s, %s, %s, 'new', 1, '', %s) "
                "ON CONFLICT (provider, event) DO UPDATE SET came = connect_paynotice.came + 1 "
                "RETURNING id, xmax = 0",
                [one.provider, _event(one), one.number[:64], one.state[:12], json.dumps(_plain(one)), at],
            )
            pk, new = cursor.fetchone()
        if new:
            fresh.append(PayNoticeCame(pk))
    announce(*fresh)


@action
def act(*, by: Actor, notice_id: int, at: datetime) -> str:
    """Let a stored notice take effect; gives what became of it. Hearing of it twice changes nothing.

    A payment that nobody here knows is parked for a person: money may have come in that belongs to nobody. So is
    another sum or another trade for a payment that was told of before: it is money on top.
    """
    notice = PayNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None or notice.state != PayNotice.State.NEW:
        return ""
    payment = Payment.objects.filter(number=notice.number).first()
    if payment is None:
        _park(by, notice, "unknown payment")
    else:
        outcome = ""
        if notice.kind in (PAID, CLOSED):
            outcome = tell(by=by, heard=[_heard(notice, payment)], at=at)[0]
        if outcome == DIFFERS:
            _park(by, notice, "another amount or trade")
        else:
            notice.state, notice.trouble = PayNotice.State.DONE, outcome[:200]
    notice.done_at = at
    notice.save(update_fields=["state", "trouble", "done_at"])
    return notice.trouble


def _park(by: Actor, notice: PayNotice, why: str) -> None:
    notice.state, notice.trouble = PayNotice.State.PARKED, why
    daybook.write(by=by, what="pay_notice.parked", on=notice, kind="pay_notice", reason=why)
    ring("house", "payments")


@action
def refuse(*, by: Actor, provider: str, reason: str, at: datetime) -> None:
    """Write down that a notice was not believed; what it said is not kept. At most a hundred lines in ten minutes:
    anybody may send us rubbish, and the daybook only grows.
    """
    lines = Entry.objects.filter(at__gt=at - _WINDOW, what="pay_notice.refused")[:_MOST_LINES]
    if len(lines) < _MOST_LINES:
        daybook.write(
            by=by, what="pay_notice.refused", kind="pay_notice", reason=f"{provider}: {reason}"[:200]
        )


def _event(one: Heard) -> str:
    return one.event


def _owners(numbers: Sequence[str]) -> dict[str, tuple[int, str]]:
    rows = Payment.objects.filter(number__in=numbers).values_list("number", "merchant_id", "provider")
    return {number: (merchant, provider) for number, merchant, provider in rows}


def _plain(one: Heard) -> dict[str, object]:
    return {
        "state": one.state,
        "amount_fen": one.amount_fen,
        "ref": one.ref,
        "paid_at": one.paid_at.isoformat() if one.paid_at else None,
        "merchant_id": one.merchant_id,
    }


def _heard(notice: PayNotice, payment: Payment) -> Heard:
    told = notice.told
    paid_at = parse_datetime(told["paid_at"]) if told.get("paid_at") else None
    return Heard(
        notice.provider,
        payment.merchant_id,
        notice.number,
        notice.kind,
        told.get("amount_fen"),
        str(told.get("ref", "")),
        paid_at,
        notice.event,
    )
