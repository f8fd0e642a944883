"""Money that fits nothing: it gets a row and stands in the books (account STRAY) until a person settles it (`straying`).

A second trade for one payment lies in the books of that payment's shop, but of no order; money for a payment that nobody here knows in
those of no shop (0). The provider's trade number makes it come once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zhanggui.checkout.actions.opening import payment_number
from zhanggui.checkout.models import Payment
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account, Transfer

NOBODYS = 0
"""In the books of no shop."""


@dataclass(frozen=True, slots=True)
class Came:
    """Money that came. `number`: the one that the provider told; `ref`: its trade; `payment`: that it came on top of.

    `made_at`: a moment that tells under which of the merchant's accounts it came.
    """

    merchant_id: int
    provider: str
    number: str
    ref: str
    amount_fen: int
    paid_at: datetime
    payment: Payment | None = None
    shop_id: int = NOBODYS
    made_at: datetime | None = None


@action
def record(*, by: Actor, came: Sequence[Came], at: datetime) -> list[Payment]:
    """Book money that fits nothing; gives the rows that are new. What tells no trade or no sum cannot be booked, and a
    trade that is known already is passed over. About eight statements for one.
    """
    made = []
    for one in came:
        if not one.ref or one.amount_fen <= 0 or not one.number:
            continue
        row, new = Payment.objects.get_or_create(
            provider=one.provider,
            provider_ref=one.ref,
            defaults={
                "number": payment_number(at),
                "merchant_id": one.merchant_id,
                "buyer_id": one.payment.buyer_id if one.payment else None,
                "state": Payment.State.STRAY,
                "amount_fen": one.amount_fen,
                "told_fen": one.amount_fen,
                "told_number": one.number,
                "stray_shop_id": one.shop_id,
                "made_at": one.made_at or (one.payment.made_at if one.payment else one.paid_at),
                "paid_at": one.paid_at,
                "closes_at": at,
            },
        )
        if not new:
            continue
        made.append(row)
        amounts = {Account.ESCROW: one.amount_fen, Account.STRAY: -one.amount_fen}
        post([Movement(one.shop_id, "payment.stray", booked_as(row), one.paid_at, amounts)])
    write_many(
        by=by,
        what="payment.stray",
        lines=[
            Line(
                "payment",
                row.pk,
                row.stray_shop_id or None,
                {"told_fen": [None, row.told_fen], "told_number": [None, row.told_number]},
            )
            for row in made
        ],
    )
    for row in made:
        ring(f"shop:{row.stray_shop_id}" if row.stray_shop_id else "house", "payments")
    return made


def booked_as(payment: Payment) -> str:
    """The reference under which stray money of this payment was booked."""
    return f"payment:{payment.pk}:{'stray' if payment.by_trade else 'wrong'}"


def transfer_of(payment: Payment) -> Transfer:
    """The booking that put it into STRAY: in whose books, and beside which order. One statement."""
    rows = Transfer.objects.filter(ref=booked_as(payment), kind__in=["payment.stray", "payment.wrong"])
    return rows.get()
