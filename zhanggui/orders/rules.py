"""Rules on values: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from zhanggui.kit.money import split
from zhanggui.ledger.models import Account
from zhanggui.orders.states import ENDED, LineState, Refund, State

OWN = "shop"
"""`Order.source` of an order that was placed in one of our own shops."""


class Money(Protocol):
    """What the books need to know of an order. Fen. `source`: OWN for an order of our own shops."""

    state: str
    source: str
    cod: bool
    due_fen: int
    postage_fen: int
    discount_fen: int
    paid_fen: int
    refunded_fen: int
    red_fen: int
    red_refunded_fen: int
    house_fen: int
    extra: Any


def position(order: Money) -> dict[Account, int]:
    """What must stand in the books for an order as it is now (docs/laws/money.md); adds up to zero.

    Every act posts the difference between the position after and before, so the books follow the
    order's money columns to the fen whatever the path was.
    """
    if order.source == OWN:
        return _own_position(order)
    books: dict[Account, int] = {}
    if order.cod and not order.paid_fen and order.state in (State.PART_SHIPPED, State.SHIPPED):
        books[Account.COD_RECEIVABLE] = order.due_fen
        books[Account.GOODS_DUE] = -(order.due_fen - order.postage_fen)
        books[Account.POSTAGE_DUE] = -order.postage_fen
        return books
    postage = min(order.postage_fen, order.paid_fen)
    goods = order.paid_fen - postage
    given_back = min(order.refunded_fen, goods)
    goods_left = goods - given_back
    postage_left = postage - (order.refunded_fen - given_back)
    ended = order.state in ENDED
    books[Account.ESCROW] = order.paid_fen
    books[Account.REFUND_OUT] = -order.refunded_fen
    books[Account.SHOP_INCOME if ended else Account.GOODS_DUE] = -goods_left
    books[Account.POSTAGE_INCOME if ended else Account.POSTAGE_DUE] = -postage_left
    return books


def _own_position(order: Money) -> dict[Account, int]:
    """As `position`, of our own shops: here we know who bears which part of the price, so the books say it.

    The goods stand at what they cost before offers; what the shop and the house gave off stands against it and shrinks
    with what was refunded of the goods. Cash lies in escrow, red packets are the issuer's cost.
    """
    on_delivery = order.cod and not order.paid_fen and order.state in (State.PART_SHIPPED, State.SHIPPED)
    whole = order.due_fen if on_delivery else order.paid_fen
    if not whole:
        return {}
    postage = min(order.postage_fen, whole)
    goods = whole - postage
    given_back = min(order.refunded_fen, goods)
    goods_left = goods - given_back
    postage_left = postage - (order.refunded_fen - given_back)
    given = discount_left(order.discount_fen, goods, goods_left)
    house = min(discount_left(order.house_fen, goods, goods_left), given)
    waived, waived_house = _postage_off_left(order, whole, postage, postage_left)
    red = 0 if on_delivery else order.red_fen
    ended = order.state in ENDED
    return {
        Account.COD_RECEIVABLE if on_delivery else Account.ESCROW: whole - red,
        Account.RED_PACKET_COST: red,
        Account.DISCOUNT_GIVEN: given - house + waived - waived_house,
        Account.COUPON_COST: house + waived_house,
        Account.REFUND_OUT: -(order.refunded_fen - order.red_refunded_fen),
        Account.RED_PACKET_RETURNED: -order.red_refunded_fen,
        Account.SHOP_INCOME if ended else Account.GOODS_DUE: -(goods_left + given),
        Account.POSTAGE_INCOME if ended else Account.POSTAGE_DUE: -(postage_left + waived),
    }


def postage_off(order: Any) -> tuple[int, int]:
    """What offers took off the postage of an own order: (all of it, of that borne by the house)."""
    told = order.extra.get("postage_off") or {}
    return int(told.get("fen", 0)), int(told.get("house_fen", 0))


def _postage_off_left(order: Money, whole: int, postage: int, postage_left: int) -> tuple[int, int]:
    """What is left of it: it shrinks with the postage that was paid; postage waived whole stands until all is refunded."""
    fen, house = postage_off(order)
    if postage:
        return discount_left(fen, postage, postage_left), discount_left(house, postage, postage_left)
    return (fen, house) if order.refunded_fen < whole else (0, 0)


def has_offers(order: Any) -> bool:
    """Whether an order of our own shops holds offers, coupons or red packets."""
    return order.source == OWN and bool(order.extra.get("offers", True))


def discount_left(discount: int, goods: int, goods_left: int) -> int:
    """What is left of a discount when so much of the goods' price was not given back, rounded down to the fen."""
    return discount * goods_left // goods if goods else 0


def red_back(red: int, paid: int, refunded: int) -> int:
    """How much of all that was refunded goes back into red packets: their part of the payment, rounded down.

    Cumulative, so that many small refunds give the same as one, and the last fen comes with the last refund.
    """
    return red * refunded // paid if paid else 0


def difference(after: Mapping[Account, int], before: Mapping[Account, int]) -> dict[Account, int]:
    """The postings that lead from one position to another."""
    moves = {account: after.get(account, 0) - before.get(account, 0) for account in {*after, *before}}
    return {account: fen for account, fen in moves.items() if fen}


def spread(bases: Sequence[int], discount: int, adjust: int) -> tuple[list[int], list[int]]:
    """Spread an order's own discount and adjustment over lines by what each line costs.

    Gives (discounts, adjustments) by line. No line falls below 0 as long as the whole does not.
    """
    if not (bases and (discount or adjust)):
        return [0] * len(bases), [0] * len(bases)
    adjusts = split(adjust, bases)
    left = [base + part for base, part in zip(bases, adjusts, strict=True)]
    return split(discount, left), adjusts


def state_of(state: str, line_states: Iterable[str]) -> str:
    """Where an order stands by its lines. An order whose lines nobody told stays where it is.

    Lines closed leave the picture; when all are, the order is closed: before payment or after it.
    """
    every = list(line_states)
    open_ = {line for line in every if line != LineState.CLOSED}
    if not every:
        return state
    if not open_:
        return State.CLOSED_UNPAID if state == State.UNPAID else State.CLOSED_REFUNDED
    if open_ == {LineState.FINISHED}:
        return State.FINISHED
    if open_ <= {LineState.SHIPPED, LineState.FINISHED}:
        return State.SHIPPED
    if open_ & {LineState.SHIPPED, LineState.FINISHED} or state == State.PART_SHIPPED:
        return State.PART_SHIPPED
    return State.UNPAID if LineState.UNPAID in open_ else State.PAID


LINE_OF: dict[str, LineState] = {
    State.UNPAID: LineState.UNPAID,
    State.PAID: LineState.PAID,
    State.PART_SHIPPED: LineState.PAID,
    State.SHIPPED: LineState.SHIPPED,
    State.FINISHED: LineState.FINISHED,
    State.CLOSED_UNPAID: LineState.CLOSED,
    State.CLOSED_REFUNDED: LineState.CLOSED,
}
"""What an order's state implies for a line of which nothing else is told."""


def refund_of(paid_fen: int, refunded_fen: int, lines: Iterable[str], own: str) -> str:
    """The order's refund mark: open while one is open; `own` counts where there are no lines."""
    marks = list(lines) or [own]
    if Refund.OPEN in marks:
        return Refund.OPEN
    if refunded_fen:
        return Refund.DONE if refunded_fen >= paid_fen else Refund.PART
    return Refund.DONE if set(marks) == {Refund.DONE} else Refund.NONE


SURFACE = frozenset({"POST", "POSTB"})
VIRTUAL = "VIRTUAL"


def confirm_policy(carrier: str) -> str:
    """Which policy tells the days until a receipt is taken for confirmed (protocols 7.3)."""
    if carrier == VIRTUAL:
        return "orders.confirm_days_virtual"
    return "orders.confirm_days_surface" if carrier in SURFACE else "orders.confirm_days_express"


def ship_rank(paid_at: datetime | None, placed_at: datetime, order_id: int) -> tuple[datetime, int]:
    """The place in the shipping queue: by time of payment (S1-15); pay on delivery by time of placing."""
    return (paid_at or placed_at, order_id)


def basis_points(asked: int, full: int) -> int:
    """How much of the full price is left, in 1/10000, rounded down: 9499.9 is below 9500."""
    return 10_000 if full <= 0 else asked * 10_000 // full


def conceded(full: Sequence[int], points: int) -> list[int]:
    """The lines' new totals when the goods go for so many 1/10000; the whole is rounded up to the fen."""
    whole = sum(full)
    return split(-(-whole * points // 10_000), full)


def remaining(due_at: datetime, frozen_at: datetime) -> timedelta:
    """What was left of a deadline when it was frozen; never negative."""
    return max(due_at - frozen_at, timedelta())
