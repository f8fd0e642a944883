"""Fetching a day's bill, keeping what differs, and the fees it tells (G3.4)."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from zhanggui.checkout.actions.fees import note_fees
from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.connect.models import PayAccount, PayBill, PayDifference
from zhanggui.connect.payment import below
from zhanggui.connect.payment.accounts import WITH_KEYS, Account, opened, opened_under
from zhanggui.connect.payment.ports import PAID, BillRow, Declined, Heard, Unreachable, provider
from zhanggui.connect.payment.reconcile import Ours, compare
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor, system
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import database_now, day_begins, day_of
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power

DAYS_BACK = 3
"""How many days are looked at each morning: a bill may be late, a night may be missed."""
log = logging.getLogger(__name__)


def compare_days(*, at: datetime) -> int:
    """Fetch and compare the bills of the last days that are not compared yet; gives how many. Not in a transaction."""
    done = 0
    for row in PayAccount.objects.filter(WITH_KEYS).order_by("pk"):
        for back in range(1, DAYS_BACK + 1):
            day = day_of(at) - timedelta(days=back)
            known = PayBill.objects.filter(account_id=row.pk, day=day)
            if day < day_of(row.made_at) or known.exists():
                continue
            try:
                compare_day(by=system("支付账单", "timer"), account=opened(row), day=day, at=at)
                done += 1
            except (Unreachable, Declined, KeyError) as trouble:
                log.warning("the bill of %s at %s: %s", day, row.provider, trouble)
    return done


def compare_day(*, by: Actor, account: Account, day: date, at: datetime) -> PayBill:
    """Fetch one day's bill and compare; doing it again replaces what is open. Raises Unreachable, Declined."""
    rows = provider(account.provider).bill(account, day)
    return keep(by=by, account=account, day=day, rows=rows, at=at)


@action
def keep(*, by: Actor, account: Account, day: date, rows: Sequence[BillRow], at: datetime) -> PayBill:
    """Keep a compared bill: its sums, its fees, and what differs. What a person has settled stays settled.

    A refund that the bill tells of and that we took for failed or repaid by hand is heard of here: the money did leave.
    """
    for row in rows:
        if row.kind == "back" and row.back_ref:
            below.back_told(
                by=by, ref=row.back_ref, at=day_begins(day + timedelta(days=1)) - timedelta(seconds=1)
            )
    differences = compare(books(account, day), rows, fee_bp=account.fee_bp)
    sums = {
        "rows": len(rows),
        "paid_fen": sum(row.amount_fen for row in rows if row.kind == "paid"),
        "back_fen": sum(row.amount_fen for row in rows if row.kind == "back"),
        "fee_fen": sum(row.fee_fen for row in rows),
        "compared_at": at,
    }
    bill, _new = PayBill.objects.update_or_create(
        merchant_id=account.merchant_id,
        provider=account.provider,
        account_id=account.id,
        day=day,
        defaults=sums,
    )
    bill.differences.filter(settled_at__isnull=True).delete()
    PayDifference.objects.bulk_create(
        [
            PayDifference(
                bill=bill,
                kind=one.kind,
                what=one.what,
                number=one.number[:64],
                ref=one.ref[:64],
                ours_fen=one.ours_fen,
                theirs_fen=one.theirs_fen,
            )
            for one in differences
        ],
        ignore_conflicts=True,
    )
    _note_fees(account, rows)
    daybook.write(
        by=by,
        what="pay_bill.compared",
        kind="pay_bill",
        object_id=bill.pk,
        change={"rows": [0, len(rows)], "differences": [0, len(differences)]},
    )
    if differences:
        ring("house", "payments")
    return bill


def books(account: Account, day: date) -> list[Ours]:
    """What our books say of the day: payments by the moment the provider told, refunds by theirs, stray money among them. Three statements."""
    begins, ends = day_begins(day), day_begins(day + timedelta(days=1))
    mine = opened_under(account)
    paid = Payment.objects.filter(mine, paid_at__gte=begins, paid_at__lt=ends)
    found = [
        Ours(
            "paid",
            row.told_number or row.number,
            row.told_fen if row.told_fen is not None else row.amount_fen,
            row.provider_ref,
        )
        for row in paid
    ]
    left = Q(state=MoneyBack.State.DONE, done_at__gte=begins, done_at__lt=ends)
    left |= Q(doubt_at__gte=begins, doubt_at__lt=ends)  # repaid by hand, and then by the provider too
    backs = MoneyBack.objects.filter(left, payment__in=Payment.objects.filter(mine)).select_related("payment")
    return [
        *found,
        *(
            Ours("back", row.payment.told_number or row.payment.number, row.amount_fen, row.ref)
            for row in backs
        ),
    ]


@action
def settle(*, by: Actor, difference_id: int, note: str, at: datetime) -> None:
    """Say what a difference is. Raises NotAllowed without PAYMENT_SETTLE, Invalid without words, NotNow when settled."""
    by.must(Power.PAYMENT_SETTLE)
    if not note.strip():
        raise Invalid(_("请写明这笔差异是怎么回事。"), "note")
    won = PayDifference.objects.filter(pk=difference_id, settled_at__isnull=True).update(
        settled_at=at, settled_by=by.name[:80], note=note.strip()[:200]
    )
    if not won:
        raise NotNow(_("这笔差异已经有人处理了。"))
    daybook.write(
        by=by,
        what="pay_difference.settled",
        kind="pay_difference",
        object_id=difference_id,
        reason=note.strip(),
    )


@action
def book_extra(*, by: Actor, difference_id: int, note: str, at: datetime) -> None:
    """Money in a bill of which no notice ever came: book it as stray, so that it is settled like other money that fits
    nothing. Raises NotAllowed without PAYMENT_SETTLE, NotNow for a difference that is no such money or is settled.
    """
    by.must(Power.PAYMENT_SETTLE)
    row = PayDifference.objects.select_for_update(of=("self",)).select_related("bill").get(pk=difference_id)
    if row.settled_at is not None:
        raise NotNow(_("这笔差异已经有人处理了。"))
    if (row.kind, row.what) != (PayDifference.Kind.EXTRA, "paid") or not row.ref or not row.theirs_fen:
        raise NotNow(_("这不是账单上多出来的来款，不能记入待查款。"))
    bill = row.bill
    moment = day_begins(bill.day + timedelta(days=1)) - timedelta(seconds=1)
    heard = Heard(bill.provider, bill.merchant_id, row.number, PAID, row.theirs_fen, row.ref, moment)
    if not below.found(by=by, heard=heard, at=at):
        raise NotNow(_("这笔来款已经记在另一笔支付上了。"))
    settle(by=by, difference_id=row.pk, note=note.strip() or _("记入待查款"), at=at)


def _note_fees(account: Account, rows: Sequence[BillRow]) -> None:
    told = [row for row in rows if row.kind == "paid" and row.fee_fen]
    named = Q(number__in=[row.number for row in told]) | Q(
        provider_ref__in=[row.ref for row in told if row.ref]
    )
    mine = Payment.objects.filter(opened_under(account), named).values_list(
        "number", "provider_ref", "told_number"
    )
    by_trade = {ref: number for number, ref, _told in mine if ref}
    own = {number for number, _ref, by_number in mine if not by_number}
    fees: dict[str, int] = {}
    for row in told:
        number = by_trade.get(row.ref) or (row.number if row.number in own else "")
        if number:
            fees[number] = fees.get(number, 0) + row.fee_fen
    note_fees(by=system("对账", "timer"), fees=fees, at=database_now())


def open_differences() -> dict[str, int]:
    """How many differences are open, and how much money they are about (the larger side), for the page's head."""
    rows = PayDifference.objects.filter(settled_at__isnull=True)
    sums = rows.aggregate(ours=Sum("ours_fen"), theirs=Sum("theirs_fen"))
    return {"many": rows.count(), "fen": max(sums["ours"] or 0, sums["theirs"] or 0)}


def today() -> datetime:
    """The moment that decides which days are over."""
    return database_now()
