"""Who acts at the checkout: a buyer for himself, without any power of the back office."""

from zhanggui.customers.acting import as_actor
from zhanggui.customers.models import Buyer
from zhanggui.kit.actor import Actor, system


def for_buyer(buyer: Buyer, *, address: str = "") -> Actor:
    """The actor that a buyer is. The verbs of this room ask whose order it is instead of a power."""
    return as_actor(buyer, address=address)


HOUSE: Actor = system("自营商城", "shopfront")
"""The house that places orders, for lists of several buyers."""
