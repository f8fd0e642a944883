"""An address in the clear, its limits, and its way into the database and out of it. Pure but for the seal's nonce."""

import json
import re
import unicodedata
from dataclasses import asdict, replace
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.customers.models import Address
from zhanggui.customers.whereto import Whereto
from zhanggui.kit import regions
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import clean_phone, masked_name, masked_phone, seal, unseal

LIMITS = {
    "name": ("收货人姓名", 50),
    "province": ("省", 32),
    "city": ("市", 32),
    "district": ("区县", 32),
    "address": ("详细地址", 228),
}
"""Field: its label (a message id) and the most bytes of GBK, as the platforms count (requirements 1.7)."""
SEALED_AS = "address"
_MOBILE = re.compile(r"1\d{10}")
_LANDLINE = re.compile(r"0\d{9,11}")
_ZIP = re.compile(r"\d{6}")
_ZONE = re.compile(
    "开发|高新|新区|园区|管理|度假|风景|示范|经济|街道|[镇乡]$"
)  # data: words of places' names
_WITHOUT_CITIES = frozenset({"500000", "810000", "820000"})


def recognise(text: str) -> Whereto:
    """What stands in a pasted text: name, phone, place. Parts that cannot be told apart stay ""."""
    found = regions.parse_pasted(text[:500])
    place = found.place
    return Whereto(
        found.name,
        found.phone,
        place.province,
        place.city,
        place.district,
        place.rest,
        place.zip,
        place.region,
    )


def check(whereto: Whereto) -> Whereto:
    """The address cleaned, with its region's code. Raises Invalid with the rule and the field.

    A region that the three names do not surely mean is refused with the names that would fit, never guessed:
    postage and delivery hang on it.
    """
    values = {name: " ".join(getattr(whereto, name).split()) for name in LIMITS}
    phone = clean_phone(whereto.phone)
    zip_code = unicodedata.normalize("NFKC", whereto.zip).strip()
    if not values["name"]:
        raise Invalid(_("请填写收货人姓名。"), "name")
    if not (_MOBILE.fullmatch(phone) or _LANDLINE.fullmatch(phone)):
        raise Invalid(_("请填写 11 位手机号，或带区号的固定电话。"), "phone")
    if not values["address"]:
        raise Invalid(_("请填写详细地址：街道、门牌号。"), "address")
    for name, (label, most) in LIMITS.items():
        if len(values[name].encode("gb18030")) > most:
            raise Invalid(
                _("%(field)s太长，最多 %(most)s 个汉字。") % {"field": _(label), "most": most // 2}, name
            )
    if zip_code and not _ZIP.fullmatch(zip_code):
        raise Invalid(_("邮编须是 6 位数字。"), "zip")
    clean = replace(whereto, phone=phone, zip=zip_code, **values)
    if not clean.province and not clean.city:
        place = regions.parse_address(f"{clean.district}{clean.address}")
        if place.region:
            clean = replace(
                clean,
                province=place.province,
                city=place.city,
                district=place.district,
                address=place.rest or clean.address,
            )
    return replace(clean, region=_region(clean))


def _region(clean: Whereto) -> str:
    """The code of the place, down to the district where there are districts.

    A development zone is no district of the state's: then the city's code stands.
    """
    province = regions.find(clean.province, "", "")
    if not province:
        raise Invalid(_("请选择省份。"), "province")
    city_name = "" if clean.city == clean.province else clean.city  # 香港
    city = regions.find(clean.province, city_name, "")
    above = f"{province[:2]}0000"
    if not city or (city == above and above not in _WITHOUT_CITIES and regions.children(city)):
        raise Invalid(_fitting(_("没有找到这个城市，请核对。"), above), "city")
    if not regions.children(city):
        return city
    code = regions.find(clean.province, city_name, clean.district)
    if code != city and code:
        return code
    if clean.district and _ZONE.search(clean.district):
        return city
    said = _("没有找到这个区县，请核对。") if clean.district else _("请填写区县。")
    raise Invalid(_fitting(said, city), "district")


def _fitting(said: str, above: str) -> str:
    inner = regions.children(above)
    if above == "500000":  # two halves of one name
        inner = [code for half in inner for code in regions.children(half)]
    names = [regions.name_of(code) for code in inner][:40]
    return said + (_("可填：%(names)s。") % {"names": "、".join(names)} if names else "")


def columns(whereto: Whereto) -> dict[str, Any]:
    """The columns of `Address` for a checked address."""
    return {
        "sealed": seal(json.dumps(asdict(whereto), ensure_ascii=False), about=SEALED_AS),
        "province": whereto.province,
        "city": whereto.city,
        "district": whereto.district,
        "region": whereto.region,
        "masked_name": masked_name(whereto.name),
        "masked_phone": masked_phone(whereto.phone),
    }


def opened(row: Address) -> Whereto:
    """The address in the clear: for its owner's own edit page, and for placing his order."""
    return Whereto(**json.loads(unseal(row.sealed, about=SEALED_AS)))
