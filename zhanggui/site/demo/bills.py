"""Bills of the demo's payment sandbox: one that agrees with the books, one with money of which no notice ever came."""

from collections.abc import Sequence
from datetime import date, datetime

from zhanggui.connect.models import PayBill
from zhanggui.connect.payment.accounts import opened
from zhanggui.connect.payment.billing import books, keep
from zhanggui.connect.payment.ports import BillRow
from zhanggui.connect.payment.reconcile import fee_of
from zhanggui.connect.payment.sandbox.setup import ensure_account
from zhanggui.kit.actor import system

HOUSE = system("演示", "demo")
_UNHEARD_FEN = 1_280


def settle_bills(*, merchant_id: int, days: Sequence[date], at: datetime) -> None:
    """Keep the bills of these days as the sandbox would have told them; the last has a payment that the books lack.

    Days that have a bill are left alone.
    """
    account = opened(ensure_account(by=HOUSE, merchant_id=merchant_id))
    for place, day in enumerate(days):
        if PayBill.objects.filter(account_id=account.id, day=day).exists():
            continue
        rows = [
            BillRow(
                kind=one.kind,
                number=one.number,
                ref=f"SANDBOX{day:%Y%m%d}{number:04d}" if one.kind == "back" else one.ref,
                amount_fen=one.amount_fen,
                fee_fen=fee_of(one.amount_fen, account.fee_bp) * (-1 if one.kind == "back" else 1),
                back_ref=one.ref if one.kind == "back" else "",
            )
            for number, one in enumerate(books(account, day), 1)
        ]
        if place == len(days) - 1:
            rows.append(
                BillRow(
                    "paid",
                    f"{day:%Y%m%d}000088",
                    "SANDBOX-88",
                    _UNHEARD_FEN,
                    fee_of(_UNHEARD_FEN, account.fee_bp),
                )
            )
        keep(by=HOUSE, account=account, day=day, rows=rows, at=at)
