"""Several orders of one household in one parcel: accepting an offered grouping, and parting it again."""

from collections.abc import Sequence
from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.models import Together


@action
def accept(*, by: Actor, order_ids: Sequence[int], at: datetime) -> Together:
    """Let these orders leave in one parcel."""
    raise NotImplementedError


@action
def part(*, by: Actor, order_ids: Sequence[int], at: datetime) -> int:
    """Take orders out of their groups; gives how many were in one."""
    raise NotImplementedError
