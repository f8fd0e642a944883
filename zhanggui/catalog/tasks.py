"""Background work of this room, called by the worker."""

from zhanggui.catalog.actions.listings import look_ahead
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


def examine_tomorrow() -> int:
    """Examine what goes on the shelf within a day; gives how many were held back (C16). Called each hour."""
    return len(look_ahead(by=system("gate", "timer"), at=database_now()).done)
