"""Personal data in a preview or an export: only what is needed to recognise a row."""

import re

from zhanggui.connect.layouts.fields import BY_NAME
from zhanggui.kit.sealed import masked_name, masked_nick, masked_phone, masked_text

_PERSONAL_HEADER = re.compile(
    "姓名|收货|收件|客户|联系|电话|手机|地址|身份证|邮箱|账号|帐号|会员|昵称|买家|抬头|留言|备注|name|phone|mobile|address|mail",
    re.IGNORECASE,
)


def masked_cell(field: str, text: str) -> str:
    """What a preview shows of a cell that holds our field ("" for none of ours)."""
    if not text:
        return ""
    if field == "name":
        return masked_name(text)
    if field in ("phone", "landline"):
        return masked_phone(text)
    if field == "nick":
        return masked_nick(text)
    if field in ("address", "address_new"):
        return text[:6] + "***"
    if field in BY_NAME and not BY_NAME[field].personal:
        return text[:60]
    return masked_text(text)[:40]


def masked_unknown(header: str, text: str) -> str:
    """What the mapping screen shows of a cell nobody has said the meaning of yet."""
    if not text:
        return ""
    if _PERSONAL_HEADER.search(header):
        return text[:2] + "***" if len(text) > 2 else text[:1] + "*"
    return masked_text(text)[:40]
