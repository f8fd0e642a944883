"""The limits of a receiver, in bytes of GBK as the platforms count them (requirements 1.7). Pure functions."""

import re
import unicodedata
from dataclasses import replace

from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import clean_phone
from zhanggui.kit.texts import tidy
from zhanggui.orders.arriving import ArrivingReceiver

LIMITS = {
    "name": ("收货人姓名", 50),
    "landline": ("固定电话", 30),
    "province": ("省", 32),
    "city": ("市", 32),
    "district": ("区县", 32),
    "address": ("详细地址", 228),
}
"""Field: its label (a message id) and the most bytes of GBK."""
_MOBILE = re.compile(r"1\d{10}")
_ZIP = re.compile(r"\d{6}")
_LANDLINE = re.compile(r"[\d+()\-转ext. ]+")  # data: 转 stands before an extension


def size(text: str) -> int:
    """Bytes of GBK; characters that GBK lacks count as in GB18030 (four)."""
    return len(text.encode("gb18030"))


def check(receiver: ArrivingReceiver) -> ArrivingReceiver:
    """The receiver cleaned, with its region code where the names surely mean one.

    Raises Invalid with the rule and the field. A region that is not known stays "", never a guess.
    """
    values = {name: tidy(getattr(receiver, name)) for name in LIMITS}
    phone = clean_phone(receiver.phone)
    zip_code = unicodedata.normalize("NFKC", receiver.zip).strip()
    if not values["name"]:
        raise Invalid(_("请填写收货人姓名。"), "name")
    if not values["address"]:
        raise Invalid(_("请填写详细地址。"), "address")
    if not phone and not values["landline"]:
        raise Invalid(_("手机和固定电话至少填一个。"), "phone")
    for name, (label, most) in LIMITS.items():
        if (bytes_ := size(values[name])) > most:
            raise Invalid(
                _("%(field)s最多 %(most)s 字节（按 GBK，一个汉字 2 字节），现在是 %(size)s 字节。")
                % {"field": _(label), "most": most, "size": bytes_},
                name,
            )
    if phone and not _MOBILE.fullmatch(phone):
        raise Invalid(_("手机号须是 1 开头的 11 位数字。"), "phone")
    if values["landline"] and not _LANDLINE.fullmatch(values["landline"]):
        raise Invalid(_("固定电话只能有数字、空格、横线、括号和“转”。"), "landline")
    if zip_code and not _ZIP.fullmatch(zip_code):
        raise Invalid(_("邮编须是 6 位数字。"), "zip")
    clean = replace(receiver, phone=phone, zip=zip_code, **values)
    if not (clean.province or clean.city):
        clean = _split(clean)
    return replace(clean, region=regions.find(clean.province, clean.city, clean.district))


def _split(receiver: ArrivingReceiver) -> ArrivingReceiver:
    """Take the region's names out of an address that was written in one piece."""
    place = regions.parse_address(receiver.address)
    if not place.province:
        return receiver
    return replace(
        receiver,
        province=place.province,
        city=place.city,
        district=receiver.district or place.district,
        address=place.rest or receiver.address,
        zip=receiver.zip or place.zip,
    )
