"""What this room announces."""

from dataclasses import dataclass

from zhanggui.journal.news import news


@news
@dataclass(frozen=True, slots=True)
class PaymentOpened:
    """A buyer is about to pay."""

    payment_id: int


@news
@dataclass(frozen=True, slots=True)
class PaymentPaid:
    """Money of a payment came, whole."""

    payment_id: int


@news
@dataclass(frozen=True, slots=True)
class PaymentWrong:
    """Another sum came than was asked for: a person must look (reliability G2.2)."""

    payment_id: int


@news
@dataclass(frozen=True, slots=True)
class PaymentsWithdrawn:
    """Open payments shall not be paid any more, one of their orders was closed; `connect` closes them at the provider."""

    payment_ids: tuple[int, ...]


@news
@dataclass(frozen=True, slots=True)
class StraySettled:
    """A person decided about money that fitted nothing: given back, or assigned to an order."""

    payment_id: int


@news
@dataclass(frozen=True, slots=True)
class MoneyBackAsked:
    """Money is to be given back at the provider; `connect` does it after commit, each ref once."""

    back_ids: tuple[int, ...]
