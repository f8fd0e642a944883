"""Taking in what arrives from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.orders.arriving import Arrived, Arriving, ArrivingLine
from zhanggui.shops.models import Shop


@action
def take_in(*, by: Actor, shop: Shop, orders: Sequence[Arriving], at: datetime) -> list[Arrived]:
    """Take in a list of orders of one shop: new ones are placed, known ones moved forward."""
    raise NotImplementedError


@action
def add_details(
    *, by: Actor, shop: Shop, details: Mapping[str, tuple[ArrivingLine, ...]], at: datetime
) -> list[Arrived]:
    """Add the lines of a detail file to orders that are there."""
    raise NotImplementedError
