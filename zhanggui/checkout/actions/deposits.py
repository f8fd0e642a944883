"""Deposits of pre-sold orders that never were paid whole: kept, or given back: by the shop's policy, and when it was our doing."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.checkout.actions.backs import Ask, ask_many
from zhanggui.checkout.models import PaymentPart
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account
from zhanggui.orders.actions.own import cancel_own
from zhanggui.orders.states import CloseReason, State
from zhanggui.shops.policies import value

REVOKED = "红包已被收回"
"""Why an unpaid order is closed that was to be paid with red packets that were taken back; a message id."""

OURS = (CloseReason.SOLD_OUT, REVOKED)
"""Reasons of closing for which the deposit goes back, whatever the shop's policy says."""


@action
def close_revoked(*, by: Actor, order_ids: Sequence[int], at: datetime) -> None:
    """Orders that hold red packets that were taken back, and are not paid, are closed: the price the buyer saw does not hold
    any more, and no other is put in its place behind his back. What was paid meanwhile stays paid. Two dozen statements.
    """
    if order_ids:
        cancel_own(by=by, order_ids=list(order_ids), reason=REVOKED, at=at)


@action
def forfeit(*, by: Actor, order_ids: Sequence[int], at: datetime) -> None:
    """Book the deposits of orders that were closed unpaid: to the shop, or back to the buyer. Twice changes nothing."""
    rows = PaymentPart.objects.filter(
        order_id__in=list(order_ids),
        order__state=State.CLOSED_UNPAID,
        what=PaymentPart.What.DEPOSIT,
        booked="paid",
    ).select_related("order__shop", "payment")
    kept, asks = [], []
    parts = list(rows.order_by("pk"))
    on = day_of(at)
    keeps = {
        part.order.shop_id: bool(value("checkout.presale_deposit_kept", part.order.shop, on))
        for part in parts
        if part.order is not None
    }
    for part in parts:
        order = part.order
        assert order is not None
        ours = order.close_reason in OURS
        if ours or not keeps[order.shop_id]:
            asks.append(
                Ask(
                    part.payment_id,
                    order.pk,
                    part.amount_fen,
                    _("%(why)s，退还定金") % {"why": _(order.close_reason)},
                    f"{part.payment.number}-D{part.pk}",
                )
            )
            continue
        amounts = {Account.DEPOSIT_HELD: part.amount_fen, Account.SHOP_INCOME: -part.amount_fen}
        kept.append(Movement(order.shop_id, "deposit.kept", f"deposit:{part.pk}:kept", at, amounts, order.pk))
    post(kept)
    if asks:
        ask_many(by=by, asks=asks, at=at)
