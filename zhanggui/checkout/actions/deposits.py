"""Deposits of pre-sold orders that never were paid whole: kept, or given back when it was our fault."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.checkout.actions.backs import Ask, ask_many
from zhanggui.checkout.models import PaymentPart
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account
from zhanggui.orders.states import CloseReason, State

OURS = (CloseReason.SOLD_OUT,)
"""Reasons of closing for which the deposit goes back; else it is the shop's (定金不退)."""


@action
def forfeit(*, by: Actor, order_ids: Sequence[int], at: datetime) -> None:
    """Book the deposits of orders that were closed unpaid: to the shop, or back to the buyer. Twice changes nothing."""
    parts = PaymentPart.objects.filter(
        order_id__in=list(order_ids),
        order__state=State.CLOSED_UNPAID,
        what=PaymentPart.What.DEPOSIT,
        booked="paid",
    ).select_related("order", "payment")
    kept, asks = [], []
    for part in parts.order_by("pk"):
        order = part.order
        assert order is not None
        if order.close_reason in OURS:
            asks.append(
                Ask(
                    part.payment_id,
                    order.pk,
                    part.amount_fen,
                    _("缺货，退还定金"),
                    f"{part.payment.number}-D{part.pk}",
                )
            )
            continue
        amounts = {Account.DEPOSIT_HELD: part.amount_fen, Account.SHOP_INCOME: -part.amount_fen}
        kept.append(Movement(order.shop_id, "deposit.kept", f"deposit:{part.pk}:kept", at, amounts, order.pk))
    post(kept)
    if asks:
        ask_many(by=by, asks=asks, at=at)
