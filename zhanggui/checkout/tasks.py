"""Background work of this room, called by the worker."""

from zhanggui.checkout.actions.auctioned import place_waiting
from zhanggui.checkout.actions.submits import prune
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


def prune_submits() -> int:
    """Forget the keys of forms that are old enough; gives how many. Called each night."""
    return prune(by=system("自营商城", "timer"), at=database_now())


def place_won_orders() -> int:
    """Place orders of auctions that waited for their winner's address; gives how many. Called each minute."""
    return place_waiting(by=system("自营商城", "timer"), at=database_now())
