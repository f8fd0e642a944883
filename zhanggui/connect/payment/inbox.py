"""The inbox of payment notices (B2.3): check, store once, answer, then act; acting twice changes nothing."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayNotice
from zhanggui.connect.payment.accounts import row_for
from zhanggui.connect.payment.below import DIFFERS, back_told, found, tell
from zhanggui.connect.payment.events import PayNoticeCame
from zhanggui.connect.payment.ports import CLOSED, PAID, REFUNDED, BadNotice, Heard
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.journal.models import Entry
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power

log = logging.getLogger(__name__)
_TOGETHER = 63
_MOST_LINES, _WINDOW = 100, timedelta(minutes=10)


@action
def receive(*, by: Actor, heard: Sequence[Heard], at: datetime) -> None:
    """Store what a checked notice tells, once each; a repetition is only counted.

    Raises BadNotice when it tells of a payment of another merchant or provider, or of one that was opened under another
    account: nothing is stored then. A closed account is believed about its own payments. Three statements for a
    repetition, about eight for a new one.
    """
    owners = _owners([one.number for one in heard])
    fresh = []
    for one in heard:
        if owners.get(one.number, (one.merchant_id, one.provider, one.app)) != (
            one.merchant_id,
            one.provider,
            one.app,
        ):
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

    Those that wait beside it take effect in the same list, so a storm of notices costs the verb a few times, not each
    notice once; when the list fails, this one is tried alone. A payment that nobody here knows is parked for a person, and
    its money booked as stray. So is another trade for a payment that was told of before: it is money on top; and another
    sum for the same trade, of which nobody knows what it means.
    """
    notice = PayNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None or notice.state != PayNotice.State.NEW:
        return ""
    others = _beside(notice)
    if others:
        try:
            with transaction.atomic():
                _act_on([notice, *others], by, at)
        except Exception:
            log.exception("a list of %s notices failed; %s is tried alone", len(others) + 1, notice.pk)
            notice.refresh_from_db()
        else:
            return notice.trouble
    _act_on([notice], by, at)
    return notice.trouble


def _beside(notice: PayNotice) -> list[PayNotice]:
    """Other new notices of payments, each of another payment, that nobody is working on. One statement."""
    rows = PayNotice.objects.select_for_update(skip_locked=True).filter(
        state=PayNotice.State.NEW, kind__in=(PAID, CLOSED)
    )
    found = {notice.number: notice}
    for row in rows.exclude(pk=notice.pk).order_by("pk")[:_TOGETHER]:
        found.setdefault(row.number, row)
    return list(found.values())[1:]


def _act_on(notices: Sequence[PayNotice], by: Actor, at: datetime) -> None:
    """Statements of `take` and two more, whatever their number; more only for what is parked or a refund."""
    known = set(
        Payment.objects.filter(number__in=[one.number for one in notices]).values_list("number", flat=True)
    )
    told = [one for one in notices if one.number in known and one.kind in (PAID, CLOSED)]
    heard = [_heard(one) for one in told]
    outcomes = dict(zip(told, tell(by=by, heard=heard, at=at), strict=True)) if told else {}
    for notice in notices:
        one = _heard(notice)
        if notice.kind == REFUNDED and one.back_ref:
            notice.state = PayNotice.State.DONE
            notice.trouble = back_told(by=by, ref=one.back_ref, at=one.paid_at or at)
        elif notice.number not in known:
            if notice.kind == PAID:
                found(by=by, heard=one, at=at)
            _park(by, notice, "unknown payment")
        elif outcomes.get(notice) == DIFFERS:
            _park(by, notice, "another amount or trade")
        else:
            notice.state, notice.trouble = PayNotice.State.DONE, outcomes.get(notice, "")[:200]
        notice.done_at = at
    PayNotice.objects.bulk_update(notices, ["state", "trouble", "done_at"])


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


def _owners(numbers: Sequence[str]) -> dict[str, tuple[int, str, str]]:
    """By number: merchant, provider and app of the account under which the payment was opened."""
    return {
        payment.number: (payment.merchant_id, payment.provider, row.app)
        for payment in Payment.objects.filter(number__in=numbers)
        if (row := row_for(payment)) is not None
    }


def _plain(one: Heard) -> dict[str, object]:
    return {
        "state": one.state,
        "amount_fen": one.amount_fen,
        "ref": one.ref,
        "paid_at": one.paid_at.isoformat() if one.paid_at else None,
        "merchant_id": one.merchant_id,
        "back_ref": one.back_ref,
    }


def _heard(notice: PayNotice) -> Heard:
    told = notice.told
    paid_at = parse_datetime(told["paid_at"]) if told.get("paid_at") else None
    return Heard(
        notice.provider,
        int(told["merchant_id"]),
        notice.number,
        notice.kind,
        told.get("amount_fen"),
        str(told.get("ref", "")),
        paid_at,
        notice.event,
        back_ref=str(told.get("back_ref", "")),
    )


@action
def settle(*, by: Actor, notice_id: int, note: str, at: datetime) -> None:
    """Say what a parked notice is that brought no money of its own. Raises NotAllowed without PAYMENT_SETTLE, Invalid
    without words, NotNow when it is not parked, or while its money waits to be settled.
    """
    by.must(Power.PAYMENT_SETTLE)
    if not note.strip():
        raise Invalid(_("请写明这条通知是怎么回事。"), "note")
    notice = PayNotice.objects.select_for_update().get(pk=notice_id)
    if notice.state != PayNotice.State.PARKED:
        raise NotNow(_("这条通知已经处理过了。"))
    if money_of([notice]):
        raise NotNow(_("这笔来款还在待查，请在它的支付页里处理。"))
    _done([notice], at)
    daybook.write(by=by, what="pay_notice.settled", on=notice, kind="pay_notice", reason=note.strip()[:200])


@action
def follow_stray(*, by: Actor, payment_id: int, at: datetime) -> int:
    """Notices of stray money that a person settled need nobody any more; gives how many. Two statements."""
    payment = Payment.objects.get(pk=payment_id)
    rows = PayNotice.objects.select_for_update().filter(
        number=payment.told_number or payment.number, state=PayNotice.State.PARKED, provider=payment.provider
    )
    mine = [row for row in rows if row.told.get("ref") == payment.provider_ref]
    _done(mine, at)
    return len(mine)


def money_of(notices: Sequence[PayNotice]) -> dict[int, Payment]:
    """The stray money that notices brought and that waits for a person, by notice. One statement."""
    refs = [str(row.told["ref"]) for row in notices if row.told.get("ref")]
    waiting = Payment.objects.filter(provider_ref__in=refs, state=Payment.State.STRAY, refunded_fen=0)
    money = {(row.provider, row.told_number, row.provider_ref): row for row in waiting}
    keys = {row.pk: (row.provider, row.number, str(row.told.get("ref", ""))) for row in notices}
    return {pk: money[key] for pk, key in keys.items() if key in money}


def _done(rows: Sequence[PayNotice], at: datetime) -> None:
    ids = [row.pk for row in rows]
    PayNotice.objects.filter(pk__in=ids).update(state=PayNotice.State.DONE, done_at=at)
