"""Background work of this room, called by the worker."""

from zhanggui.catalog.actions.listings import look_ahead
from zhanggui.catalog.regating import look_again_due
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


def examine_tomorrow() -> int:
    """Examine what goes on the shelf within a day; gives how many were held back (C16). Called each hour."""
    return len(look_ahead(by=system("gate", "timer"), at=database_now()).done)


def examine_by_new_rules() -> int:
    """Examine again the products of shops whose new rules hold from today on; gives how many shops. Called each hour."""
    return look_again_due(by=system("gate", "timer"), at=database_now())
