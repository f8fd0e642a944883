"""Background work of this room, called by the worker."""

from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.orders.actions.receivers import forget_old
from zhanggui.orders.timers import fire_due

_ROUNDS = 20


def fire_timers() -> int:
    """Fire due timers until none is left or the turn is over; gives how many were handled."""
    handled = 0
    for _round in range(_ROUNDS):
        fired = fire_due()
        handled += fired
        if not fired:
            break
    return handled


def forget_receivers() -> int:
    """Forget the receivers whose time is over (docs/laws/privacy.md); gives how many. Called each night."""
    by, forgotten = system("privacy", "timer"), 0
    while many := forget_old(by=by, at=database_now()):
        forgotten += many
    return forgotten
