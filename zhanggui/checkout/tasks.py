"""Background work of this room, called by the worker."""

from zhanggui.checkout.actions.submits import prune
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


def prune_submits() -> int:
    """Forget the keys of forms that are old enough; gives how many. Called each night."""
    return prune(by=system("自营商城", "timer"), at=database_now())
