"""Orders that a buyer placed a moment ago and is about to place again: the same goods to the same address.

Going back after placing opens a fresh form, whose key knows nothing of the order before; so the buyer is asked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from zhanggui.customers.addressing import opened
from zhanggui.customers.models import Address
from zhanggui.kit.clock import day_of
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.rules import OWN
from zhanggui.orders.sealing import household_trace
from zhanggui.orders.states import State
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import policy, value

POLICY = "checkout.same_order_minutes"
_GONE = [str(State.CLOSED_UNPAID), str(State.CLOSED_REFUNDED)]


@dataclass(frozen=True, slots=True)
class Twin:
    """An order like the one that is about to be placed, and how many whole minutes ago it was."""

    number: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form would place. `key`: of the form, whose own orders are no twins. `lines`: (SKU, pieces) by shop id."""

    buyer_id: int
    key: str
    home: Address
    shops: Mapping[int, Shop]
    lines: Mapping[int, Collection[tuple[int, int]]]


# How long ago is the database's word on both sides: its clock placed the order. Presents are no part of the wish.
_RECENT = """
SELECT v.place, o.shop_id, o.number, extract(epoch FROM %(at)s - o.placed_at)::bigint, r.household,
  (SELECT array_agg(ARRAY[l.sku_id, l.pieces]) FROM orders_orderline l
    WHERE l.order_id = o.id AND l.gift_of IS NULL AND l.sku_id IS NOT NULL)
FROM unnest(%(buyers)s::bigint[], %(keys)s::text[]) WITH ORDINALITY AS v(buyer, key, place)
JOIN orders_order o ON o.buyer_id = v.buyer AND o.placed_at > %(since)s
JOIN orders_receiver r ON r.order_id = o.id
WHERE o.source = %(own)s AND NOT o.state = ANY(%(gone)s) AND NOT EXISTS (
  SELECT 1 FROM checkout_submit s WHERE s.buyer_id = v.buyer AND s.key = v.key || ':' || o.shop_id)
ORDER BY o.placed_at DESC, o.id DESC
"""


def twins(wanted: Sequence[Wanted], *, at: datetime) -> dict[int, Twin]:
    """The latest twin of each that has one, by its place in the list.

    One statement, none for nothing; where somebody bought within the last hour one more for each shop in question.
    """
    if not wanted:
        return {}
    most = int(policy(POLICY).most or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            _RECENT,
            {
                "at": at,
                "buyers": [one.buyer_id for one in wanted],
                "keys": [one.key for one in wanted],
                "since": at - timedelta(minutes=most),
                "own": OWN,
                "gone": _GONE,
            },
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    found: dict[int, Twin] = {}
    minutes: dict[int, int] = {}
    traces: dict[int, bytes | None] = {}
    for place, shop_id, number, seconds, household, lines in rows:
        one = wanted[place - 1]
        if place - 1 in found or shop_id not in one.lines or shop_id not in one.shops:
            continue
        if _sums(one.lines[shop_id]) != _sums(lines or ()):
            continue
        if shop_id not in minutes:
            minutes[shop_id] = int(value(POLICY, one.shops[shop_id], day_of(at)))
        if seconds >= minutes[shop_id] * 60:
            continue
        if place not in traces:
            traces[place] = household_trace(ArrivingReceiver.at(opened(one.home)))
        if traces[place] is not None and bytes(household or b"") == traces[place]:
            found[place - 1] = Twin(number, max(int(seconds), 0) // 60)
    return found


def _sums(lines: Iterable[Sequence[int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for sku, pieces in lines:
        sums[sku] = sums.get(sku, 0) + pieces
    return sums
