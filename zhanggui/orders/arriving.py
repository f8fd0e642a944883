"""What arrives from outside, as plain values: an order as a platform's file or a checkout tells it.

This is the contract between `connect` (which reads files) and `orders` (which takes orders in).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from zhanggui.customers.whereto import Whereto
from zhanggui.orders.states import LineState, Refund, State


@dataclass(frozen=True, slots=True)
class ArrivingLine:
    """One article. `state` None: as the order's state implies. Money in fen for the whole line, except price."""

    title: str
    pieces: int
    price_fen: int
    spec: str = ""
    code: str = ""
    outer_number: str = ""
    adjust_fen: int = 0
    discount_fen: int = 0
    state: LineState | None = None
    refund: Refund = Refund.NONE


@dataclass(frozen=True, slots=True)
class ArrivingReceiver(Whereto):
    """Where it goes. A platform tells a mobile and a landline apart; a buyer's own address has one number."""

    landline: str = ""

    @classmethod
    def at(cls, where: Whereto) -> Self:
        """From a buyer's kept address: a number that is no mobile is a landline."""
        values = asdict(where)
        phone = values.pop("phone")
        mobile = len(phone) == 11 and phone.startswith("1")
        return cls(**values, phone=phone if mobile else "", landline="" if mobile else phone)


@dataclass(frozen=True, slots=True)
class Arriving:
    """One order. None means that the source does not tell it, and what is known already stays.

    `lines` empty: the source has no lines (an order list without its detail file); then `title`, `pieces`
    and `goods_fen` describe the goods. Money in fen: due = goods + postage + adjust - discount.
    `locked`: the platform holds the order back and it must not leave (JD 锁定, 暂停), whatever its state.
    """

    number: str
    state: State
    placed_at: datetime
    due_fen: int
    goods_fen: int | None = None
    postage_fen: int = 0
    discount_fen: int = 0
    adjust_fen: int = 0
    paid_fen: int | None = None
    refunded_fen: int | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    ended_at: datetime | None = None
    close_reason: str = ""
    lines: tuple[ArrivingLine, ...] = ()
    title: str = ""
    pieces: int | None = None
    nick: str = ""
    receiver: ArrivingReceiver | None = None
    buyer_message: str = ""
    memo: str | None = None
    flag: int | None = None
    carrier: str = ""
    waybill: str = ""
    cod: bool = False
    refund: Refund | None = None
    locked: bool | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of one order. `result`: new, changed, unchanged or refused; `message` says why, for people."""

    number: str
    result: str
    message: str = ""
    order_id: int | None = None
