"""Waybill numbers: checked against the chosen carrier's pattern, never guessed from the number alone.

The patterns of the trade overlap (a 12-digit number fits up to 17 companies), so a number without a carrier only
has candidates, ranked by what the shop used lately (protocols 4.2).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.freight.models import Carrier
from zhanggui.kit.refusals import Invalid

LONGEST = 40
_ANY = r"[A-Z0-9][A-Z0-9-]{5,31}"
# data: what files write before a number
_PREFIX = re.compile(r"^(?:NO|运单号|快递单号|单号)\s*[:：.]?\s*", re.IGNORECASE)
_UNBOUNDED_GROUP = re.compile(r"\)(?:[*+]|\{\d+,\}|\{,)")
_use: list[Callable[[Any], Mapping[str, int]]] = []


def learn_from(source: Callable[[Any], Mapping[str, int]]) -> None:
    """Tell how often a shop used each carrier lately: {code: parcels}. The room that ships registers it."""
    _use[:] = [source]


def clean(waybill: str) -> str:
    """The number without what files wrap around it: "No:868020761207", full-width letters, spaces, apostrophes."""
    text = unicodedata.normalize("NFKC", waybill).strip().strip("'\"=").upper()
    return re.sub(r"[\s　]+", "", _PREFIX.sub("", text))


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"(?:{pattern or _ANY})", re.IGNORECASE)


def fits(pattern: str, waybill: str) -> bool:
    """Whether a clean number follows a carrier's pattern as a whole."""
    return len(waybill) <= LONGEST and _compiled(pattern).fullmatch(waybill) is not None


def shapes(pattern: str) -> list[str]:
    """The alternatives of a pattern, to show them one by one."""
    found, depth, in_class, start = [], 0, False, 0
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and depth == 0:
            found.append(pattern[start:at])
            start = at + 1
        at += 1
    return [*found, pattern[start:]] if pattern else []


def check(carrier_code: str, waybill: str) -> str:
    """The clean number. Raises Invalid when the carrier is unknown or the number is none of its own.

    One statement.
    """
    number, trouble = check_many([(carrier_code, waybill)])[0]
    if trouble:
        raise Invalid(trouble, "waybill")
    return number


def check_many(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """For each (carrier code, waybill) the clean number and what is wrong with it ("" when nothing).

    One statement however many.
    """
    codes = sorted({code for code, _number in pairs})
    carriers = {row.code: row for row in Carrier.objects.filter(code__in=codes)}
    return [_checked(carriers.get(code), code, clean(waybill)) for code, waybill in pairs]


def _checked(carrier: Carrier | None, code: str, number: str) -> tuple[str, str]:
    if carrier is None:
        return number, _("没有这家快递：%(code)s") % {"code": code or "-"}
    if not number:
        return number, _("请填写运单号")
    if not fits(carrier.waybill_pattern, number):
        return number, _("运单号 %(number)s 不符合%(carrier)s的单号规则，请核对快递公司和单号。") % {
            "number": number[:LONGEST],
            "carrier": carrier.name,
        }
    return number, ""


def candidates(waybill: str, shop: Any = None) -> list[Carrier]:
    """Carriers whose pattern the number fits, those the shop used most lately first; never one for certain.

    Carriers without a pattern are no candidates. One statement, and what the shipping room's count takes.
    """
    number = clean(waybill)
    if not number:
        return []
    used: Mapping[str, int] = _use[0](shop) if _use and shop is not None else {}
    rows = Carrier.objects.filter(active=True).exclude(waybill_pattern="").order_by("position", "code")
    found = [row for row in rows if fits(row.waybill_pattern, number)]
    return sorted(found, key=lambda row: -used.get(row.code, 0))


def read_pattern(text: str) -> str:
    """A pattern as a person typed it. Raises Invalid when it is none, or one that could take forever."""
    text = text.strip()
    if len(text) > 2000:
        raise Invalid(_("单号规则太长（最多 2000 字）"), "waybill_pattern")
    if _UNBOUNDED_GROUP.search(text) or re.search(r"\\\d", text):
        raise Invalid(_("单号规则里的括号后面不能跟 * 、+ 或没有上限的 {n,}"), "waybill_pattern")
    try:
        re.compile(text)
    except re.error:
        raise Invalid(_("单号规则不是正确的正则表达式"), "waybill_pattern") from None
    return text
