"""Changes asked for where the stage or the power does not allow them at once (C2, S4-13, S4-14)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.models import Change, Order


@action
def ask(
    *, by: Actor, order: Order, kind: str, wanted: Mapping[str, Any], reason: str, at: datetime
) -> Change:
    """Ask for a change. `kind`: receiver, article, cancel, carrier, wish."""
    raise NotImplementedError


@action
def agree(*, by: Actor, change: Change, at: datetime, answer: str = "") -> None:
    """Agree to a change and do it."""
    raise NotImplementedError


@action
def refuse(*, by: Actor, change: Change, answer: str, at: datetime) -> None:
    """Refuse a change, with an answer for the asker."""
    raise NotImplementedError


@action
def withdraw(*, by: Actor, change: Change, at: datetime) -> None:
    """Take one's own request back."""
    raise NotImplementedError
