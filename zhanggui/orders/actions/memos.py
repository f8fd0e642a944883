"""When somebody outside wrote over memo or flag: both versions are kept, shown, and settled by a person (C1)."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.models import Overwrite


@action
def notice_outside(
    *, by: Actor, seen: Sequence[tuple[int, str | None, int | None]], at: datetime
) -> list[int]:
    """Take note of memo and flag as the platform shows them: (order id, memo, flag), None for not told.

    Gives the ids of the orders that changed.
    """
    raise NotImplementedError


@action
def settle(*, by: Actor, overwrite: Overwrite, keep: str, at: datetime) -> None:
    """Settle an overwrite: keep "ours", "theirs" or "both"."""
    raise NotImplementedError
