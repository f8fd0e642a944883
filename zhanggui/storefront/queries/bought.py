"""A buyer's own orders: the list by tabs, and everything on one order's page. Another buyer's order is not found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.checkout.models import MoneyBack, Payment, PaymentPart
from zhanggui.customers.models import Buyer
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import NotFound
from zhanggui.orders.models import Order, OrderLine, Parcel, Priced, Receiver, Timer
from zhanggui.orders.queries.detail import Step, parcels_of, steps
from zhanggui.orders.states import Call, LineState, Refund, State
from zhanggui.promotions import wording
from zhanggui.promotions.pricing.keeping import load_priced
from zhanggui.promotions.pricing.values import Kind
from zhanggui.shops.policies import values

PAGE = 20
TABS: Mapping[str, tuple[str, Q]] = {
    "all": (N_("全部"), Q()),
    "unpaid": (N_("待付款"), Q(state=State.UNPAID)),
    "to_ship": (N_("待发货"), Q(state__in=[State.PAID, State.PART_SHIPPED])),
    "shipped": (N_("待收货"), Q(state=State.SHIPPED)),
    "finished": (N_("已完成"), Q(state=State.FINISHED)),
    "refund": (N_("退款"), Q(refund__in=[Refund.OPEN, Refund.DONE, Refund.PART])),
}
"""Tabs of the list: label (a message id) and condition."""


def orders_of(buyer: Buyer) -> QuerySet[Order]:
    """The buyer's orders and nobody else's."""
    return Order.objects.filter(buyer=buyer).select_related("shop").defer("words", "told", "memo")


@dataclass(slots=True)
class Card:
    """An order in the list."""

    order: Order
    lines: list[OrderLine]
    due_at: datetime | None

    @property
    def unpaid(self) -> bool:
        return self.order.state == State.UNPAID

    @property
    def cash_fen(self) -> int:
        """What is paid in money: red packets apart."""
        return self.order.due_fen - self.order.red_fen


def cards(buyer: Buyer, tab: str, *, before: int | None = None) -> tuple[list[Card], int | None]:
    """A page of the list, the newest first, and the id to go on from (None: that was all). Two statements."""
    _label, condition = TABS.get(tab, TABS["all"])
    rows = orders_of(buyer).filter(condition).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    shown = found[:PAGE]
    lines: dict[int, list[OrderLine]] = {order.pk: [] for order in shown}
    for line in (
        OrderLine.objects.filter(order__in=list(lines)).select_related("sku").order_by("order_id", "position")
    ):
        lines[line.order_id].append(line)
    return [Card(order, lines[order.pk], order.next_due_at) for order in shown], (
        shown[-1].pk if len(found) > PAGE else None
    )


@dataclass(frozen=True, slots=True)
class Paying:
    """A payment of an order. `withdrawn`: it waits for money that nobody shall pay any more."""

    part: PaymentPart
    withdrawn: bool


@dataclass(slots=True)
class Page:
    """One order as its buyer sees it."""

    order: Order
    lines: list[OrderLine]
    receiver: Receiver | None
    parcels: list[Parcel]
    priced: Priced | None
    steps: list[Step]
    closes_at: datetime | None
    confirms_at: datetime | None
    may: dict[str, bool]
    extend_days: list[int]
    said: list[tuple[str, str, int]]
    payments: list["Paying"]
    backs: list[MoneyBack]

    @property
    def cash_fen(self) -> int:
        """What is paid in money: red packets apart."""
        return self.order.due_fen - self.order.red_fen

    @property
    def deposit_fen(self) -> int:
        """Presale: what is paid first, 0 for all others."""
        return self.priced.deposit_fen if self.priced else 0

    @property
    def balance_fen(self) -> int:
        return self.cash_fen - self.deposit_fen if self.deposit_fen else 0

    @property
    def deposit_paid(self) -> bool:
        """Presale: the deposit is paid and the balance is not."""
        return bool(self.deposit_fen) and bool(self.order.extra.get("deposit_paid"))

    @property
    def next_fen(self) -> int:
        """What is to be paid next: the whole, or of a presale the deposit and then the balance."""
        if not self.deposit_fen:
            return max(self.cash_fen - int(self.order.extra.get("set_off_fen", 0)), 0)
        return self.balance_fen if self.deposit_paid else self.deposit_fen

    @property
    def gifts(self) -> bool:
        """Whether presents came with it."""
        return any(line.gift_of is not None for line in self.lines)

    @property
    def refundable(self) -> list[OrderLine]:
        """Lines of which the buyer may ask the money back himself: paid and not sent."""
        return [line for line in self.lines if _refundable(line)]

    @property
    def wishes(self) -> Mapping[str, Any]:
        """Kinds of what was wished: invoice, gift card, delivery time."""
        return self.priced.wishes if self.priced else {}


def order_of(buyer: Buyer, number: str) -> Order:
    """The buyer's order of that number. Raises NotFound, for another buyer's too. One statement."""
    order = orders_of(buyer).filter(number=number).first()
    if order is None:
        raise NotFound(_("没有这个订单。"))
    return order


def page(order: Order, *, at: datetime) -> Page:
    """Everything about it. At most eleven statements, whatever it holds."""
    payments = _payments(order, at)
    lines = list(order.lines.select_related("sku").order_by("position"))
    timers = {
        row.kind: row.due_at
        for row in order.timers.filter(fired_at__isnull=True, dropped_at__isnull=True).order_by("-due_at")
    }
    state = State(order.state)
    policies = values(["orders.extend_days"], order.shop, day_of(at))
    confirms_at = timers.get(Timer.Kind.CONFIRM)
    closes_at = (
        timers.get(Timer.Kind.CLOSE_UNPAID)
        or timers.get(Timer.Kind.DEPOSIT)
        or timers.get(Timer.Kind.BALANCE)
    )
    unpaid = state == State.UNPAID
    priced = Priced.objects.filter(order=order).first()
    call_open = order.cod and order.cod_call in (Call.WAITING, Call.NONE)
    return Page(
        order=order,
        lines=lines,
        receiver=Receiver.objects.filter(order=order).defer("sealed").first(),
        parcels=parcels_of(order),
        priced=priced,
        steps=steps(order),
        closes_at=closes_at if unpaid else None,
        confirms_at=confirms_at,
        may={
            "pay": unpaid and not order.cod,
            "cancel": (unpaid and not order.paid_fen)
            or (state == State.PAID and order.cod and not order.paid_fen and call_open),
            "edit": unpaid,
            "refund": bool(order.paid_fen) and any(_refundable(line) for line in lines),
            "keep": order.refund == Refund.OPEN,
            "extend": state == State.SHIPPED and confirms_at is not None,
            "confirm": state == State.SHIPPED and order.refund != Refund.OPEN,
            "review": state == State.FINISHED,
            "again": any(line.sku_id and line.gift_of is None for line in lines),
        },
        extend_days=[int(days) for days in policies["orders.extend_days"]],
        said=_said(priced),
        payments=payments,
        backs=_backs(order) if payments else [],
    )


def _refundable(line: OrderLine) -> bool:
    open_ = line.state == LineState.PAID and not line.shipped_pieces and line.refund != Refund.OPEN
    return open_ and line.gift_of is None


def _said(priced: Priced | None) -> list[tuple[str, str, int]]:
    """How the price came about: name of the offer, what it did in words, fen off. From what was kept with the order.

    Waived postage takes nothing off here: the order's postage stands without it already.
    """
    if priced is None:
        return []
    names = {int(one["id"]): str(one["name"]) for one in priced.offers}
    return [
        (names.get(one.offer_id, ""), wording.said(one), 0 if one.kind == Kind.FREE_POSTAGE else one.off_fen)
        for one in load_priced(priced.receipt).applied
    ]


def _payments(order: Order, at: datetime) -> list[Paying]:
    """What was or is to be paid of it, the newest first. One statement."""
    parts = PaymentPart.objects.filter(order=order).select_related("payment").order_by("-pk")[:10]
    closed = order.state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED)
    return [
        Paying(one, one.payment.state == Payment.State.OPEN and (closed or one.payment.closes_at <= at))
        for one in parts
    ]


def _backs(order: Order) -> list[MoneyBack]:
    """Money of it that went back or is on its way, with that of payments that fitted nothing as a whole, the newest first.

    What was asked for again under another ref counts once. One statement.
    """
    whole = PaymentPart.objects.filter(order=order).values("payment")
    rows = MoneyBack.objects.filter(Q(order=order) | Q(order=None, payment__in=whole))
    return [one for one in rows.select_related("payment").order_by("-pk")[:20] if not one.retried]
