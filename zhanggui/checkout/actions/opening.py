"""Writing new payments: one or many, with their parts, their daybook lines and what is announced of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhanggui.checkout.events import PaymentOpened
from zhanggui.checkout.models import Payment, PaymentPart
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.clock import in_china

LONGEST = timedelta(days=15)
"""No payment stands open longer."""
PAYABLE = frozenset(Payment.Provider.values) - {Payment.Provider.RED.value}
"""The ways a buyer may choose; red packets that pay everything need no choice."""


@dataclass(slots=True)
class Opening:
    """A payment to write. `id`: fresh. `parts`: (order id, kind of part, fen). `shop_id`: in whose daybook it stands."""

    id: int
    merchant_id: int
    buyer_id: int
    provider: str
    shop_id: int
    parts: list[tuple[int, str, int]]
    closes_at: datetime

    @property
    def whole_fen(self) -> int:
        """What is to be paid in money."""
        return sum(fen for _order, _what, fen in self.parts)

    @property
    def way(self) -> str:
        """The provider; red packets where nothing is left to pay in money."""
        return self.provider if self.whole_fen else Payment.Provider.RED.value


def write_openings(*, by: Actor, openings: Sequence[Opening], at: datetime) -> list[str]:
    """Write the payments; gives their numbers. Within `kit.together` no statement of its own.

    One that red packets pay whole is announced as opened like the others; the caller lets it be paid.
    """
    numbers = [payment_number(at) for _opening in openings]
    copy_in(
        Payment,
        (
            "id", "number", "merchant_id", "buyer_id", "provider", "state", "amount_fen", "fee_fen", "refunded_fen",
            "provider_ref", "made_at", "closes_at",
        ),
        (
            (
                one.id, number, one.merchant_id, one.buyer_id, one.way, Payment.State.OPEN.value, one.whole_fen, 0, 0, "",
                at, one.closes_at,
            )
            for one, number in zip(openings, numbers, strict=True)
        ),
    )  # fmt: skip
    copy_in(
        PaymentPart,
        ("payment_id", "order_id", "what", "amount_fen", "booked"),
        ((one.id, order_id, str(what), fen, "") for one in openings for order_id, what, fen in one.parts),
    )
    write_many(
        by=by,
        what="payment.opened",
        lines=[
            Line(
                "payment",
                one.id,
                one.shop_id,
                {
                    "amount_fen": [None, one.whole_fen],
                    "provider": [None, one.way],
                    "orders": [None, sorted(order_id for order_id, _what, _fen in one.parts)],
                },
            )
            for one in openings
        ],
    )
    announce(*(PaymentOpened(one.id) for one in openings if one.whole_fen))
    return numbers


def payment_number(at: datetime) -> str:
    """A number for a payment: the day, and chance that nobody guesses."""
    return f"P{in_china(at):%y%m%d}{secrets.randbelow(10**14):014d}"
