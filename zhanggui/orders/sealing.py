"""A receiver's way into the database and out of it: sealed, masked, with keyed traces to find it again."""

import json
from dataclasses import dataclass, fields

from zhanggui.kit.sealed import clean_phone, masked_name, masked_phone, seal, trace, unseal
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Receiver

SECRET = ("name", "phone", "landline", "address", "zip")
"""What is sealed; province, city and district stand in the clear."""
TOLD = tuple(field.name for field in fields(ArrivingReceiver))
"""All that a source may tell of a receiver."""


@dataclass(frozen=True, slots=True)
class SealedReceiver:
    """The columns of `Receiver`, apart from its order."""

    sealed: bytes
    province: str
    city: str
    district: str
    masked_name: str
    masked_phone: str
    phone_trace: bytes | None
    tail_trace: bytes | None
    household: bytes | None


def seal_receiver(receiver: ArrivingReceiver) -> SealedReceiver:
    """Everything the database keeps of a receiver. Pure but for the random nonce of the seal."""
    phone = clean_phone(receiver.phone) or clean_phone(receiver.landline)
    secret = json.dumps({name: getattr(receiver, name) for name in SECRET}, ensure_ascii=False)
    return SealedReceiver(
        seal(secret, about="receiver"),
        receiver.province[:32],
        receiver.city[:32],
        receiver.district[:32],
        masked_name(receiver.name),
        masked_phone(receiver.phone or receiver.landline),
        phone_trace(phone),
        tail_trace(phone),
        household_trace(receiver),
    )


def open_receiver(row: Receiver) -> ArrivingReceiver:
    """The receiver in the clear. The caller has checked the power and writes the daybook line."""
    values = json.loads(unseal(row.sealed, about="receiver"))
    return ArrivingReceiver(
        province=row.province,
        city=row.city,
        district=row.district,
        **{name: values.get(name, "") for name in SECRET},
    )


def is_empty(receiver: ArrivingReceiver) -> bool:
    """Whether nothing secret is left of it: it was forgotten, or never told."""
    return not any(getattr(receiver, name) for name in SECRET)


def phone_trace(phone: str) -> bytes | None:
    """By which a whole number is found; None for no number."""
    digits = clean_phone(phone)
    return trace(digits, about="phone") if digits else None


def tail_trace(phone: str) -> bytes | None:
    """By which the last four digits are found; None for fewer than four."""
    digits = clean_phone(phone)
    return trace(digits[-4:], about="phone_tail") if len(digits) >= 4 else None


def household_trace(receiver: ArrivingReceiver) -> bytes | None:
    """Equal for equal name, phone and address: these orders may share a parcel. None when one is missing."""
    phone = clean_phone(receiver.phone) or clean_phone(receiver.landline)
    if not (receiver.name and phone and receiver.address):
        return None
    place = "".join((receiver.province, receiver.city, receiver.district, receiver.address))
    return trace(f"{receiver.name.strip()}|{phone}|{''.join(place.split())}", about="household")


def told_trace(receiver: ArrivingReceiver) -> str:
    """A keyed hash of all a source told of a receiver: equal means no news."""
    values = "\x1f".join(getattr(receiver, name) for name in TOLD)
    return trace(values, about="told").hex()


def kept_trace(receiver: ArrivingReceiver) -> str:
    """A keyed hash of a receiver as it is kept: what the daybook says of it ("receiver") instead of the words."""
    values = "\x1f".join(getattr(receiver, name) for name in SECRET)
    places = "\x1f".join(getattr(receiver, name)[:32] for name in ("province", "city", "district"))
    return trace(f"{values}\x1e{places}", about="kept").hex()
