"""The one search box: what the text looks like decides which indexes are asked.

An order number or its tail, a nick, a waybill, a seller code, a word of a memo or a message, a phone or its last
four digits. Each way is one lookup that one index carries; the answer is the union of the ways, so that no way
spoils the plan of another.
"""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
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

COMMON = 0.02
"""What more than this share of the rows hold is found fastest by walking the orders in their order."""


@dataclass(frozen=True, slots=True)
class Way:
    """Narrows orders to those the text names in one way. `common`: so many hold it that the walk is shorter."""

    narrow: Callable[[OrderSet], OrderSet]
    common: bool = False

    def ordered(self, rows: OrderSet, order: list[str]) -> OrderSet:
        """The way's orders in this order, planned through the index that names them.

        PostgreSQL guesses that a word or code it keeps no statistics of is frequent, and then walks a million
        orders by date to find one. An order no index has (the same moment plus nothing) leaves it the index
        of the way itself.
        """
        found = self.narrow(rows)
        if self.common:
            return found.order_by(*order)
        key = ExpressionWrapper(F(order[0].lstrip("-")) + _NOTHING, output_field=DateTimeField())
        return found.order_by(key.desc() if order[0].startswith("-") else key.asc(), order[1])


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
    """The ways in which the text may name orders. No statement, but one or two each ten minutes (`_share`)."""
    found: list[Way] = []
    bare = text.removeprefix("#")
    if _NUMBER.fullmatch(bare):
        found.append(Way(partial(_by_tail, bare)))
    if _WAYBILL.fullmatch(bare):
        found.append(Way(partial(_by_waybill, bare.upper())))
        found.append(Way(partial(_by_parcel, bare.upper())))
    if _PHONE.fullmatch(bare) and 7 <= len(clean_phone(bare)) <= 13:
        found.append(Way(partial(_by_receiver, "phone_trace", phone_trace(bare))))
    if re.fullmatch(r"[0-9]{4}", bare):
        found.append(Way(partial(_by_receiver, "tail_trace", tail_trace(bare))))
    if _CODE.fullmatch(text):
        found.append(Way(partial(_by_code, text), _share("orders_orderline", "code", [text]) > COMMON))
    found.append(Way(partial(_by_nick, text)))
    literal = literal_of(text)
    if literal:
        share = _share("orders_order", "words", words.tokens(text))
        found.append(Way(partial(_by_words, literal), share > COMMON))
    return found


def among(rows: OrderSet, text: str) -> OrderSet:
    """Those of the rows that the text names in any way. No statement."""
    parts: list[QuerySet[Any, Any]] = [way.narrow(Order.objects.all()).values("pk") for way in ways(text)]
    return rows.filter(pk__in=parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0])


def literal_of(text: str) -> str:
    """The text as a tsquery: all of its words must occur; a Latin word may be the beginning of one."""
    found = sorted(words.tokens(text), key=len, reverse=True)[:12]
    return " & ".join(_lexeme(token) for token in found)


_NOTHING = timedelta(0)
_REMEMBERED_SECONDS = 600
_shares: dict[str, tuple[float, dict[str, float]]] = {}


def _share(table: str, column: str, values: Iterable[str]) -> float:
    """The share of rows that hold the rarest of the values, as the database's own statistics have it; 0 if rare.

    What is frequent is remembered for ten minutes, so a search costs no statement for it.
    """
    place = f"{table}.{column}"
    read_at, frequent = _shares.get(place, (float("-inf"), {}))
    if time.monotonic() - read_at > _REMEMBERED_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT v, f FROM pg_stats, unnest(coalesce(most_common_elems, most_common_vals)::text::text[], "
                "coalesce(most_common_elem_freqs, most_common_freqs)) AS seen(v, f) "
                "WHERE schemaname = current_schema() AND tablename = %s AND attname = %s AND f > %s AND v IS NOT NULL",
                [table, column, COMMON],
            )
            frequent = dict(cursor.fetchall())
        _shares[place] = (time.monotonic(), frequent)
    return min((frequent.get(value, 0.0) for value in values), default=0.0)


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
