"""What pages ask about payments and the books of orders."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_noop as N_

from zhanggui.checkout.actions.payments import part_of
from zhanggui.checkout.baskets import Parcel
from zhanggui.checkout.models import MOMENT, MoneyBack, Payment, PaymentPart
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins
from zhanggui.kit.refusals import NotNow
from zhanggui.ledger.models import Account, Posting
from zhanggui.orders.models import Order, Priced
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import State
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
    return rows.filter(Exists(orders) | Exists(deposits) | Q(stray_shop_id__in=shops))


WAITING = Q(state__in=[Payment.State.WRONG, Payment.State.STRAY], refunded_fen=0)
"""Money that fits nothing and waits for a person (待查款)."""
LEAVING = Q(state=MoneyBack.State.ASKED)
FAILED = Q(state=MoneyBack.State.FAILED) & ~Q(trouble__startswith="↻") & Q(doubt_at__isnull=True)
DOUBLE = Q(doubt_at__isnull=False, cleared_at__isnull=True)
FILTERS: tuple[tuple[str, str], ...] = (
    ("", N_("全部")),
    ("trouble", N_("待处理")),
    ("waiting", N_("待查款")),
    ("failed", N_("退款失败")),
    ("double", N_("重复退款")),
    ("leaving", N_("退款途中")),
    ("open", N_("待支付")),
    ("paid", N_("已支付")),
    ("closed", N_("已关闭")),
    ("wrong", N_("金额不符")),
)
"""What a list of payments may be narrowed to, and what it is called."""


def _with_back(found: Q) -> Exists:
    return Exists(MoneyBack.objects.filter(found, payment=OuterRef("pk")))


def _narrow(rows: QuerySet[Payment], state: str) -> QuerySet[Payment]:
    if state == "trouble":
        return rows.filter(WAITING | _with_back(FAILED) | _with_back(DOUBLE))
    backs = {"failed": FAILED, "double": DOUBLE, "leaving": LEAVING}
    if state in backs:
        return rows.filter(_with_back(backs[state]))
    if state == "waiting":
        return rows.filter(WAITING)
    return rows.filter(state=state) if state else rows


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the page, and the filter that opens the rows behind it. `bad`: a person has to see to them."""

    state: str
    label: str
    many: int
    fen: int
    bad: bool = False


def figures(actor: Actor) -> list[Figure]:
    """How much money waits for people or is on its way back, of the payments that the actor may see. Four statements."""
    rows = visible_to(actor).select_related(None)
    waiting = rows.filter(WAITING).aggregate(many=Count("pk"), fen=Sum("told_fen"))
    found = [Figure("waiting", "待查款", waiting["many"], waiting["fen"] or 0, True)]
    for state, label, which in (
        ("failed", "退款失败", FAILED),
        ("double", "重复退款", DOUBLE),
        ("leaving", "退款途中", LEAVING),
    ):
        backs = MoneyBack.objects.filter(which, payment__in=rows.values("pk"))
        sums = backs.aggregate(many=Count("payment", distinct=True), fen=Sum("amount_fen"))
        found.append(Figure(state, label, sums["many"], sums["fen"] or 0, state != "leaving"))
    return found


@dataclass(frozen=True, slots=True)
class Stray:
    """What makes up the balance of the account STRAY: money that waits for a person, money on its way back, money whose return
    failed. `off_fen`: in which the books differ, always 0.
    """

    books_fen: int
    waiting_fen: int
    leaving_fen: int
    failed_fen: int

    @property
    def off_fen(self) -> int:
        """Above 0: more in the books than in the rows."""
        return self.books_fen - self.waiting_fen - self.leaving_fen - self.failed_fen


def stray() -> Stray:
    """The account STRAY of the whole house beside the rows it is made of. Three statements."""
    books = Posting.objects.filter(account=Account.STRAY).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    waiting = Payment.objects.filter(WAITING).aggregate(fen=Sum("told_fen"))["fen"] or 0
    whole = Q(payment__state__in=[Payment.State.WRONG, Payment.State.STRAY])
    sums = MoneyBack.objects.filter(whole | Q(ref__contains="-S")).aggregate(
        leaving=Sum("amount_fen", filter=LEAVING),
        # What failed of a payment as a whole waits there for a person.
        failed=Sum(
            "amount_fen", filter=Q(state=MoneyBack.State.FAILED) & ~Q(trouble__startswith="↻") & ~whole
        ),
    )
    return Stray(-books, waiting, sums["leaving"] or 0, sums["failed"] or 0)


def of_day(day: date, way: str, backs: bool) -> Q:
    """Payments of a provider that came in on a day of China's calendar, or of which money went back that day."""
    begins, ends = day_begins(day), day_begins(day + timedelta(days=1))
    if backs:
        left = Q(state=MoneyBack.State.DONE, done_at__gte=begins, done_at__lt=ends)
        return Q(_with_back(left | Q(doubt_at__gte=begins, doubt_at__lt=ends)), provider=way)
    return Q(provider=way, paid_at__gte=begins, paid_at__lt=ends)


def payments(
    actor: Actor, *, state: str = "", wanted: str = "", of_day: Q | None = None, before: int | None = None
) -> tuple[list[Payment], int | None]:
    """A page of payments, the newest first, and where the next one begins. `state`: one of FILTERS. `of_day`: see there. `wanted`: our number, the
    provider's, or an order's, whole. Two statements.
    """
    rows = _narrow(visible_to(actor), state)
    if of_day is not None:
        rows = rows.filter(of_day)
    if wanted:
        of_order = PaymentPart.objects.filter(payment=OuterRef("pk"), order__number=wanted)
        rows = rows.filter(
            Q(number=wanted) | Q(provider_ref=wanted) | Q(told_number=wanted) | Exists(of_order)
        )
    if before is not None:
        rows = rows.annotate(moment=MOMENT)
        last = Subquery(Payment.objects.filter(pk=before).values(when=MOMENT))
        rows = rows.filter(Q(moment__lt=last) | Q(moment=last, pk__lt=before))
    parts = PaymentPart.objects.select_related("order__shop").order_by("pk")
    held = actor.shops_with(Power.PAYMENT_SEE)
    if held is not None:  # a merged payment may pay orders of shops that are none of the actor's business
        parts = parts.filter(order__shop__in=sorted(held))
    found = list(
        rows.prefetch_related(Prefetch("parts", queryset=parts)).order_by(MOMENT.desc(), "-pk")[: _SIZE + 1]
    )
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


def owed_by(payment: Payment, at: datetime) -> list[Order]:
    """Orders of the buyer of stray money that owe exactly that. Two statements."""
    if payment.buyer_id is None or payment.state not in (Payment.State.WRONG, Payment.State.STRAY):
        return []
    rows = Order.objects.filter(
        buyer_id=payment.buyer_id, source=OWN, state=State.UNPAID, shop__merchant_id=payment.merchant_id
    ).select_related("shop", "priced")
    return [order for order in rows.order_by("-pk")[:_SIZE] if _owes(order, at) == payment.told_fen]


def _owes(order: Order, at: datetime) -> int | None:
    try:
        return part_of(order, getattr(order, "priced", None), at)[1]
    except NotNow:
        return None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a transfer. fen: debit positive."""

    label: str
    fen: int
    account: str = ""

    @property
    def credit_fen(self) -> int:
        """As the column of credits shows it."""
        return -self.fen


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
        entries.setdefault(row.transfer_id, (row, []))[1].append(
            Side(labels[row.account], row.amount_fen, row.account)
        )
    order_of = list(Account.values)
    return Books(
        tuple(
            Side(labels[a], fen, a)
            for a, fen in sorted(sums.items(), key=lambda s: order_of.index(s[0]))
            if fen
        ),
        tuple(
            Entry(first.transfer.kind, first.transfer.ref, first.transfer.booked_at, tuple(sides))
            for first, sides in entries.values()
        ),
        sum(sums.values()),
        tuple(PaymentPart.objects.filter(order=order).select_related("payment").order_by("pk")),
        tuple(MoneyBack.objects.filter(order=order).select_related("payment").order_by("pk")),
    )


def parcel_of(order: Order) -> Parcel | None:
    """The parcel as it was priced with its presents, None where none is sent with it. One statement."""
    kept = Priced.objects.filter(order=order).values_list("quote__parcel", flat=True).first()
    return Parcel(**kept) if kept else None


def backs_of(order: Order) -> list[MoneyBack]:
    """Money of an order that went back or is on its way. One statement."""
    return list(MoneyBack.objects.filter(order=order).select_related("payment").order_by("pk"))
