"""From a buyer's kept address to the receiver of an order."""

from zhanggui.customers.whereto import Whereto
from zhanggui.orders.arriving import ArrivingReceiver


def receiver_of(clear: Whereto) -> ArrivingReceiver:
    """The receiver of an order to this address. Pure."""
    return ArrivingReceiver.at(clear)
