"""Whose things they are."""

from zhanggui.kit.actor import Actor


def number_of(actor: Actor) -> int:
    """The person's id; 0, which nobody has, for the house itself."""
    return actor.staff_id or 0
