"""The port to payment providers: what each of them can do for us, in our words. Money is whole fen.

A provider is asked outside of transactions only (`outbound` refuses otherwise). What it says is a claim about its own
books; what becomes of our payment is decided below, by `checkout.actions.payments.take`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.connect.payment.accounts import Account

PAID, CLOSED, OPEN, UNKNOWN, REFUNDED = "paid", "closed", "open", "unknown", "refunded"
"""What a provider may say of a payment: paid; closed unpaid; waiting for the buyer; never heard of; money went back."""
DONE, PENDING, FAILED = "done", "pending", "failed"
"""What may become of a refund."""


class Unreachable(Exception):
    """No usable answer: timeout, no connection, a broken or unsigned answer. Nothing is known; ask again."""


class Declined(Exception):
    """The provider understood and said no. The text is its reason, for a person of the shop."""


_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_MOST_FEN = 10**11


def told_fen(text: object) -> int:
    """What a provider writes as yuan ("104.00") in fen, digit by digit. Raises ValueError for anything but a plain
    ASCII amount above 0: a sign, a blank or another alphabet's digits are nothing a provider writes.
    """
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise ValueError(text)
    whole, _point, part = text.partition(".")
    return _above_nothing(int(whole) * 100 + int(part.ljust(2, "0")))


def told_whole(fen: object) -> int:
    """What a provider writes as whole fen. Raises ValueError for anything but a sane whole number above 0."""
    if type(fen) is not int or fen > _MOST_FEN:
        raise ValueError(fen)
    return _above_nothing(fen)


def _above_nothing(fen: int) -> int:
    if fen <= 0:
        raise ValueError(fen)
    return fen


class BadNotice(Exception):
    """A notice that is not believed. `reason`: a code for the daybook, never the notice itself."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Start:
    """Where the buyer pays: an address to go to, a form to send (`action`, `fields`), or a text for a QR code."""

    url: str = ""
    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    qr: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a provider says of one payment.

    `number`: ours. `ref`: theirs, "" before somebody paid. `event`: id of a notice, the same in each repetition;
    "" for the answer to a question. `app`: of the account that heard it. `back_ref`: our number of the refund
    that was carried out at `paid_at` (state REFUNDED); "" where it tells of none.
    """

    provider: str
    merchant_id: int
    number: str
    state: str
    amount_fen: int | None = None
    ref: str = ""
    paid_at: datetime | None = None
    event: str = ""
    app: str = ""
    back_ref: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider wants to hear back."""

    body: str = ""
    status: int = 200
    kind: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as the readers of notices need it: raw body, headers in Django's form (HTTP_…), the moment."""

    body: bytes
    meta: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of a refund; `at`: the provider's moment, where it tells one."""

    state: str
    at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One movement of a day's bill. `kind`: "paid" or "back". `fee_fen`: kept by the provider, negative: given back."""

    kind: str
    number: str
    ref: str
    amount_fen: int
    fee_fen: int = 0
    back_ref: str = ""


class Provider(Protocol):
    """A payment provider. Everything but `start` and `read_notice` may take some seconds and raise Unreachable."""

    name: str

    def start(self, payment: Payment, *, return_url: str, phone: bool = True) -> Start:
        """Where the buyer pays this; can be called again. Raises Declined, Unreachable."""

    def query(self, payment: Payment) -> Heard:
        """What the provider knows of the payment."""

    def close(self, payment: Payment) -> None:
        """Let nobody pay it any more. Raises Declined when it is paid already; closing twice is fine."""

    def refund(self, back: MoneyBack) -> Refunded:
        """Give money back; the same `ref` pays out once however often it is asked (G3.3)."""

    def bill(self, account: Account, day: date) -> Sequence[BillRow]:
        """All movements of a Chinese calendar day. Raises Declined while the bill is not made yet."""

    def read_notice(self, incoming: Incoming) -> tuple[list[Heard], Answer]:
        """Check a notice and read it. Raises BadNotice."""

    def sorry(self) -> Answer:
        """The answer to a notice that is not believed."""


_providers: dict[str, Provider] = {}


def offer(one: Provider) -> Provider:
    """Register a provider under its name."""
    _providers[one.name] = one
    return one


def provider(name: str) -> Provider:
    """The provider of that name. Raises KeyError."""
    return _providers[name]


def names() -> list[str]:
    """The names of all providers."""
    return sorted(_providers)
