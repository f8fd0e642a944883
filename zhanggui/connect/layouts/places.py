"""Receivers from the columns of a file: an address in one cell, or its parts in several."""

import re
from functools import lru_cache

from zhanggui.kit import regions
from zhanggui.orders.arriving import ArrivingReceiver

_ZIP = re.compile(r"[(（](\d{6})[)）]$")


@lru_cache(maxsize=1 << 14)
def _region(province: str, city: str, district: str) -> str:
    return str(regions.find(province, city, district) or "")


def receiver(
    *,
    name: str,
    phone: str,
    landline: str,
    address: str,
    province: str = "",
    city: str = "",
    district: str = "",
    postcode: str = "",
) -> ArrivingReceiver | None:
    """The receiver in clear; None when the file tells nothing of one.

    An address with blanks between province, city, district and the rest (Taobao) is taken apart as it
    stands; one without blanks (JD) goes through the address reader.
    """
    if not (name or phone or landline or address):
        return None
    if found := _ZIP.search(address):
        postcode = postcode or found[1]
        address = address[: found.start()].rstrip()
    region = ""
    if province or city:
        region = _region(province, city, district)
    elif address:
        parts = address.split(None, 3)
        if len(parts) == 4 and (region := _region(parts[0], parts[1], parts[2])):
            province, city, district, address = parts
        else:
            place = regions.parse_address(address)
            province, city, district = place.province, place.city, place.district
            address, region = (place.rest if place.province else address), place.region
            postcode = postcode or place.zip
    return ArrivingReceiver(
        name=name[:60],
        phone=phone[:30],
        landline=landline[:30],
        province=province[:32],
        city=city[:32],
        district=district[:32],
        address=address[:400],
        zip="" if postcode == "000000" else postcode[:10],
        region=region,
    )
