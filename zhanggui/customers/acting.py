"""Who acts when a buyer acts for himself: an actor without powers, so every verb of the back office refuses him."""

from zhanggui.customers.models import Buyer
from zhanggui.kit.actor import Actor


def as_actor(buyer: Buyer, *, address: str = "") -> Actor:
    """The actor that a buyer is: his nick, no powers. Verbs for buyers check whose thing it is instead."""
    return Actor(name=buyer.nick[:80], source="shopfront", address=address)
