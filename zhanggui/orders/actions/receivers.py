"""Looking at a receiver in the clear, and changing where an order goes."""

from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Change, Order


@action
def reveal(*, by: Actor, order: Order, reason: str, at: datetime) -> ArrivingReceiver:
    """Show one receiver in the clear, with a reason, counted and capped (G8.6)."""
    raise NotImplementedError


@action
def edit(*, by: Actor, order: Order, receiver: ArrivingReceiver, reason: str, at: datetime) -> Change | None:
    """Change the receiver: at once (gives None), or as a request where stage or power demand it (gives it)."""
    raise NotImplementedError
