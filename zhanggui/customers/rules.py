"""The numbers of buyers' accounts (G8.1), and the rules that need no database."""

import re
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import clean_phone

WINDOW = timedelta(hours=1)
STRANGER_TRIES = 20
"""Real checks per account and window from browsers that are not known to the account, all together."""
BROWSER_TRIES = 20
"""Real checks per account and window from one known browser."""
ADDRESS_TRIES = 100
"""Failed checks per network address and window, over all accounts."""
REGISTERS = 30
"""New accounts per network address and window: many people stand behind one address of a phone network."""
CLAIMS = 200
"""Coupons that one buyer may press for per window: a script is stopped, a person never."""
PICTURE_WINDOW = timedelta(hours=24)
"""For the pictures of a buyer that may be decoded (policy `reviews.pictures_a_day`)."""
MOST_ADDRESSES = 20
"""Addresses that a buyer may keep."""
LONGEST_NICK = 20
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_ODD = re.compile(r"[\x00-\x1f\x7f<>&\"'\\/]")


def phone_of(text: str) -> str:
    """The mobile number in a text, as digits. Raises Invalid for anything else."""
    phone = clean_phone(text)
    if not _MOBILE.fullmatch(phone):
        raise Invalid(_("手机号须是 1 开头的 11 位数字。"), "phone")
    return phone


def nick_of(text: str) -> str:
    """The name a buyer chose, else a new one. Raises Invalid: too long, odd characters, or a phone number."""
    nick = " ".join(text.split())
    if not nick:
        return f"用户{''.join(secrets.choice(_LETTERS) for _n in range(8))}"  # data: part of a name
    if not 2 <= len(nick) <= LONGEST_NICK:
        raise Invalid(_("昵称须有 2 到 %(most)s 个字。") % {"most": LONGEST_NICK}, "nick")
    if _ODD.search(nick):
        raise Invalid(_("昵称里不能有引号、斜线、尖括号。"), "nick")
    if re.search(r"\d{7}", nick):
        raise Invalid(_("昵称会被别人看到，请不要写电话号码。"), "nick")
    return nick
