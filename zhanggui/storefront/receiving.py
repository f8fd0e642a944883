"""From a buyer's kept address to the receiver of an order."""

from dataclasses import asdict

from zhanggui.customers.addressing import Whereto
from zhanggui.orders.arriving import ArrivingReceiver


def receiver_of(clear: Whereto) -> ArrivingReceiver:
    """The receiver; a number that is no mobile is a landline. Pure."""
    values = asdict(clear)
    phone = values.pop("phone")
    mobile = len(phone) == 11 and phone.startswith("1")
    return ArrivingReceiver(**values, phone=phone if mobile else "", landline="" if mobile else phone)
