"""The one search box: what the text looks like decides which indexes are asked.

An order number or its tail, a nick, a waybill, a seller code, a word of a memo or a message, a phone or its last
four digits. Each way is one lookup that one index carries; the answer is the union of the ways, so that no way
spoils the plan of another.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.db.models.functions import Reverse

from zhanggui.customers.models import Buyer
from zhanggui.kit.sealed import clean_phone
from zhanggui.orders import words
from zhanggui.orders.models import Order, OrderLine, OrderSet, ParcelLine, Receiver
from zhanggui.orders.sealing import phone_trace, tail_trace

LEAST_TAIL = 4
_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{4,40}")
_WAYBILL = re.compile(r"(?=.*[0-9])[0-9A-Za-z-]{6,32}")
_PHONE = re.compile(r"[0-9 +()-]{7,20}")
_CODE = re.compile(r"[\x21-\x7e]{2,60}")

Way = Callable[[OrderSet], OrderSet]
"""Narrows orders to those the text names in one way."""


class Lexemes(SearchQuery):
    """A tsquery that is taken as it stands, as `words.vector` wrote the other side."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **also: Any) -> Any:
        """The literal, cast."""
        return "%s::tsquery", [self.literal]

    def __init__(self, literal: str) -> None:
        super().__init__(literal, config="simple", search_type="raw")
        self.literal = literal


def clean(text: str) -> str:
    """The text as it is searched: full-width forms folded, blanks at the ends gone, 80 characters at most."""
    return unicodedata.normalize("NFKC", text).replace("\x00", "").strip()[:80]


def ways(text: str) -> list[Way]:
    """The ways in which the text may name orders. No statement."""
    found: list[Way] = []
    bare = text.removeprefix("#")
    if _NUMBER.fullmatch(bare):
        found.append(partial(_by_tail, bare))
    if _WAYBILL.fullmatch(bare):
        found.append(partial(_by_waybill, bare.upper()))
        found.append(partial(_by_parcel, bare.upper()))
    if _PHONE.fullmatch(bare) and 7 <= len(clean_phone(bare)) <= 13:
        found.append(partial(_by_receiver, "phone_trace", phone_trace(bare)))
    if re.fullmatch(r"[0-9]{4}", bare):
        found.append(partial(_by_receiver, "tail_trace", tail_trace(bare)))
    if _CODE.fullmatch(text):
        found.append(partial(_by_code, text))
    found.append(partial(_by_nick, text))
    literal = literal_of(text)
    if literal:
        found.append(partial(_by_words, literal))
    return found


def among(rows: OrderSet, text: str) -> OrderSet:
    """Those of the rows that the text names in any way. No statement."""
    parts: list[QuerySet[Any, Any]] = [way(Order.objects.all()).values("pk") for way in ways(text)]
    return rows.filter(pk__in=parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0])


def literal_of(text: str) -> str:
    """The text as a tsquery: all of its words must occur; a Latin word may be the beginning of one."""
    found = sorted(words.tokens(text), key=len, reverse=True)[:12]
    return " & ".join(_lexeme(token) for token in found)


def _lexeme(token: str) -> str:
    quoted = "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
    return quoted + (":*" if token.isascii() and len(token) >= 3 and not token.isdigit() else "")


def _by_tail(tail: str, rows: OrderSet) -> OrderSet:
    return rows.alias(backwards=Reverse("number")).filter(backwards__startswith=tail[::-1])


def _by_waybill(waybill: str, rows: OrderSet) -> OrderSet:
    return rows.filter(waybill=waybill).exclude(waybill="")


def _by_parcel(waybill: str, rows: OrderSet) -> OrderSet:
    held = ParcelLine.objects.filter(parcel__waybill=waybill).exclude(parcel__waybill="")
    return rows.filter(pk__in=held.values("order_id"))


def _by_receiver(column: str, wanted: bytes | None, rows: OrderSet) -> OrderSet:
    return rows.filter(pk__in=Receiver.objects.filter(**{column: wanted}).values("order_id"))


def _by_code(code: str, rows: OrderSet) -> OrderSet:
    return rows.filter(pk__in=OrderLine.objects.filter(code=code).exclude(code="").values("order_id"))


def _by_nick(nick: str, rows: OrderSet) -> OrderSet:
    return rows.filter(buyer__in=Buyer.objects.filter(nick=nick).values("pk"))


def _by_words(literal: str, rows: OrderSet) -> OrderSet:
    return rows.filter(words=Lexemes(literal))
