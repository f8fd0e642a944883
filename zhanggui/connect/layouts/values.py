"""Money, moments and other values of a cell, quickly: an import reads millions of them."""

import re
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext as _

from zhanggui.connect.files.cells import spoiled
from zhanggui.connect.files.refusal import RowRefused
from zhanggui.kit.clock import CHINA, parse_moment
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable

_NO_MOMENT = ("0000-00-00", "1970-01-01", "1900-01-0")
_MOST_PIECES = 1_000_000
_MOST_TITLE = 200
_WHOLE = re.compile("[0-9]{1,12}")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]{0,20})?")
_LARGEST = 10**13


@lru_cache(maxsize=1 << 15)
def fen(text: str) -> int | None:
    """Yuan as a platform writes it in fen; None for nothing. Raises RowRefused."""
    if not text or text in ("-", "--"):
        return None
    whole, dot, part = text.partition(".")
    if (
        text.isascii()
        and whole.isdigit()
        and len(whole) < 12
        and (not dot or part.isdigit())
        and len(part) <= 2
    ):
        return int(whole) * 100 + int((part + "00")[:2])
    try:
        amount = parse_yuan(text)
    except Unreadable:
        raise RowRefused(_("金额读不懂：%(text)s") % {"text": text[:30]}) from None
    if abs(amount) > _LARGEST:
        raise RowRefused(_("金额过大：%(text)s") % {"text": text[:30]})
    return amount


def amount(text: str, label: str) -> int | None:
    """An amount that cannot be negative, in fen. Raises RowRefused naming the column.

    `label`: a message id; it is translated only when it is needed, for this runs millions of times.
    """
    value = fen(text)
    if value is not None and value < 0:
        raise RowRefused(_("%(label)s是负数：%(text)s") % {"label": _(label), "text": text[:30]})
    return value


def moment(text: str) -> datetime | None:
    """A moment on China's clock; None for nothing. Raises RowRefused."""
    if not text or text in ("-", "--"):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if text.startswith(_NO_MOMENT):
            return None
        try:
            found = parse_moment(text)
        except ValueError:
            return _serial(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=CHINA)
    if found.year <= 1970:
        return None
    if found.year < 2000 or found.year > 2100:
        raise RowRefused(_("日期不合理：%(text)s") % {"text": text[:30]})
    return found


def _serial(text: str) -> datetime:
    """A date that a spreadsheet shows as the number of days since 1899-12-30."""
    days = float(text) if _SERIAL.fullmatch(text) else 0.0
    if not 36526 <= days < 73051:
        raise RowRefused(_("日期读不懂：%(text)s") % {"text": text[:30]})
    return datetime(1899, 12, 30, tzinfo=CHINA) + timedelta(seconds=round(days * 86400))


@lru_cache(maxsize=1 << 12)
def count(text: str) -> int | None:
    """A number of pieces; None for nothing. Raises RowRefused."""
    if not text:
        return None
    bare = text.removesuffix("件").removesuffix(".0").removesuffix(".00").replace(",", "")
    if not _WHOLE.fullmatch(bare) or int(bare) > _MOST_PIECES:
        raise RowRefused(_("数量读不懂：%(text)s") % {"text": text[:30]})
    return int(bare)


def identifier(text: str, label: str, most: int = 40) -> str:
    """A long number that must have kept every digit. Raises RowRefused for one that a spreadsheet spoiled."""
    if spoiled(text):
        raise RowRefused(
            _(
                "%(label)s被表格软件改成了 %(text)s，原来的数字已经丢失。请重新导出，不要用表格软件打开后再存。"
            )
            % {"label": _(label), "text": text[:30]}
        )
    if len(text) > most:
        raise RowRefused(_("%(label)s过长：%(text)s…") % {"label": _(label), "text": text[:30]})
    return text


def title(text: str) -> str:
    """A title within the width of its column."""
    return text if len(text) <= _MOST_TITLE else text[: _MOST_TITLE - 1] + "…"


def bare_waybill(text: str) -> str:
    """A waybill without the prefix "No:" of the list (protocols 3.1); several: the first."""
    text = text.removeprefix("No:").removeprefix("No：").removeprefix("NO:").strip()
    for mark in ("，", ",", ";", "；", "、"):
        text = text.partition(mark)[0]
    return text.strip()


def unmasked(text: str) -> str:
    """A name or number that stands for somebody: a masked one ("张**") is nobody's and is left out."""
    return "" if "*" in text else text
