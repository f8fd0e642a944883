"""Background work of this room, called by the worker."""

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
