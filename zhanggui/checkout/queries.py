"""What pages ask about payments and the books of orders."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from zhanggui.checkout.models import MoneyBack, Payment, PaymentPart
from zhanggui.kit.actor import Actor
from zhanggui.ledger.models import Account, Posting
from zhanggui.orders.models import Order
from zhanggui.people.powers import Power
from zhanggui.promotions.models import Deposit

_SIZE = 50


def visible_to(actor: Actor) -> QuerySet[Payment]:
    """Payments that pay something of a shop whose payments the actor may see."""
    held = actor.shops_with(Power.PAYMENT_SEE)
    rows = Payment.objects.select_related("buyer")
    if held is None:
        return rows
    shops = sorted(held)
    orders = PaymentPart.objects.filter(payment=OuterRef("pk"), order__shop__in=shops)
    deposits = PaymentPart.objects.filter(
        payment=OuterRef("pk"), deposit_id__in=Deposit.objects.filter(auction__shop__in=shops).values("pk")
    )
    return rows.filter(Exists(orders) | Exists(deposits))


def payments(actor: Actor, *, state: str = "", before: int | None = None) -> tuple[list[Payment], int | None]:
    """A page of payments, the newest first, and where the next one begins. "trouble": money a person must see to.

    Two statements.
    """
    rows = visible_to(actor)
    if state == "trouble":
        failed = MoneyBack.objects.filter(payment=OuterRef("pk"), state=MoneyBack.State.FAILED).exclude(
            trouble__startswith="↻"
        )
        rows = rows.filter(Q(state=Payment.State.WRONG, refunded_fen=0) | Exists(failed))
    elif state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    parts = PaymentPart.objects.select_related("order__shop").order_by("pk")
    held = actor.shops_with(Power.PAYMENT_SEE)
    if held is not None:  # a merged payment may pay orders of shops that are none of the actor's business
        parts = parts.filter(order__shop__in=sorted(held))
    found = list(rows.prefetch_related(Prefetch("parts", queryset=parts)).order_by("-pk")[: _SIZE + 1])
    more = found[_SIZE - 1].pk if len(found) > _SIZE else None
    return found[:_SIZE], more


def parts_of(actor: Actor, payment: Payment) -> tuple[list[PaymentPart], int]:
    """What a payment pays in the shops whose payments the actor may see, with its orders; and how many other parts
    there are. A merged payment may be of several shops. Two statements.
    """
    rows = list(payment.parts.select_related("order__shop").order_by("pk"))
    held = actor.shops_with(Power.PAYMENT_SEE)
    if held is None:
        return rows, 0
    shops = dict(
        Deposit.objects.filter(pk__in=[row.deposit_id for row in rows if row.deposit_id]).values_list(
            "pk", "auction__shop_id"
        )
    )
    mine = [
        row for row in rows if (row.order.shop_id if row.order else shops.get(row.deposit_id or 0)) in held
    ]
    return mine, len(rows) - len(mine)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a transfer. fen: debit positive."""

    label: str
    fen: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer of an order, with its sides."""

    kind: str
    ref: str
    at: datetime
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one order: what stands in every account, how it came to be, and whether it adds up (to 0)."""

    balances: tuple[Side, ...]
    entries: tuple[Entry, ...]
    off_fen: int
    parts: tuple[PaymentPart, ...]
    backs: tuple[MoneyBack, ...]


def books_of(order: Order) -> Books:
    """The books of an order. Three statements."""
    labels = dict(Account.choices)
    rows = (
        Posting.objects.filter(transfer__order_id=order.pk)
        .select_related("transfer")
        .order_by("transfer_id", "pk")
    )
    sums: dict[str, int] = {}
    entries: dict[int, tuple[Posting, list[Side]]] = {}
    for row in rows:
        sums[row.account] = sums.get(row.account, 0) + row.amount_fen
        entries.setdefault(row.transfer_id, (row, []))[1].append(Side(labels[row.account], row.amount_fen))
    order_of = list(Account.values)
    return Books(
        tuple(
            Side(labels[a], fen) for a, fen in sorted(sums.items(), key=lambda s: order_of.index(s[0])) if fen
        ),
        tuple(
            Entry(first.transfer.kind, first.transfer.ref, first.transfer.booked_at, tuple(sides))
            for first, sides in entries.values()
        ),
        sum(sums.values()),
        tuple(PaymentPart.objects.filter(order=order).select_related("payment").order_by("pk")),
        tuple(MoneyBack.objects.filter(order=order).select_related("payment").order_by("pk")),
    )


def backs_of(order: Order) -> list[MoneyBack]:
    """Money of an order that went back or is on its way. One statement."""
    return list(MoneyBack.objects.filter(order=order).select_related("payment").order_by("pk"))
