"""The call-first gate of cash-on-delivery orders (S0-29, C5)."""

from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.models import Order


@action
def confirm(*, by: Actor, order: Order, agreed: bool, at: datetime, whom: str = "", note: str = "") -> None:
    """Log the call: the buyer agreed, or refused (then the order is closed)."""
    raise NotImplementedError
