"""What this part of the room asks of `checkout`, the room below that owns payments and refunds."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.checkout.actions import backs, payments
from zhanggui.checkout.actions.payments import DIFFERS, Told, take
from zhanggui.checkout.models import MoneyBack
from zhanggui.connect.payment.ports import Heard
from zhanggui.kit.actor import Actor

__all__ = ["DIFFERS", "back_done", "back_failed", "back_told", "found", "tell"]


def tell(*, by: Actor, heard: Sequence[Heard], at: datetime) -> list[str]:
    """Hand down what providers say of payments; gives what became of each. Silence about the moment means now."""
    told = [
        Told(
            number=one.number,
            provider=one.provider,
            ref=one.ref,
            state=one.state,
            amount_fen=one.amount_fen or 0,
            paid_at=one.paid_at or at,
        )
        for one in heard
    ]
    return list(take(by=by, told=told, at=at))


def back_done(*, by: Actor, back: MoneyBack, at: datetime) -> None:
    """The provider gave the money back at that moment."""
    backs.done(by=by, back=back, at=at)


def back_told(*, by: Actor, ref: str, at: datetime) -> str:
    """The provider tells by itself that it carried out the refund with our number; see `checkout.actions.backs.heard`."""
    return backs.heard(by=by, ref=ref, at=at)


def found(*, by: Actor, heard: Heard, at: datetime) -> bool:
    """Money came for a payment that nobody knows: it stands in the books until a person says what it is."""
    told = Told(
        heard.number, heard.provider, heard.ref, heard.state, heard.amount_fen or 0, heard.paid_at or at
    )
    made = payments.found(by=by, told=told, merchant_id=heard.merchant_id, made_at=heard.paid_at or at, at=at)
    return made is not None


def back_failed(*, by: Actor, back: MoneyBack, trouble: str, at: datetime) -> None:
    """The provider will not give the money back; a person has to see to it."""
    backs.failed(by=by, back=back, trouble=trouble, at=at)
