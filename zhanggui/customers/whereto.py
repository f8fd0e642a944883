"""Who gets a parcel where, as a plain value: what an address book keeps and what an order is sent to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Whereto:
    """In the clear; sealed before it is written. Region names as told; `region`: GB/T 2260 code, "" unknown."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""
    zip: str = ""
    region: str = ""
