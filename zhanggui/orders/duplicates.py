"""The same buyer twice (S0-28), and orders that could leave in one parcel: asked for a page or a shop at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from zhanggui.kit.clock import day_of
from zhanggui.orders.states import State
from zhanggui.shops.models import Setting
from zhanggui.shops.policies import policy

HOURS = "orders.duplicate_hours"


@dataclass(frozen=True, slots=True)
class Twin:
    """An open order of the same buyer or household with some of the same goods."""

    order_id: int
    number: str
    state: str
    placed_at: datetime
    due_fen: int


@dataclass(frozen=True, slots=True)
class Offer:
    """Orders of one household in one shop that could share a parcel, the earliest paid first."""

    shop_id: int
    order_ids: tuple[int, ...]
    numbers: tuple[str, ...]
    pieces: int


_TWINS = """
WITH page AS (
    SELECT o.id, o.shop_id, o.buyer_id, o.placed_at, r.household, coalesce(h.hours, %(hours)s) AS hours
    FROM orders_order o
    LEFT JOIN orders_receiver r ON r.order_id = o.id
    LEFT JOIN unnest(%(shops)s::bigint[], %(own)s::int[]) AS h(shop_id, hours) ON h.shop_id = o.shop_id
    WHERE o.id = ANY(%(orders)s) AND o.state = ANY(%(open)s)
)
SELECT DISTINCT p.id, t.id, t.number, t.state, t.placed_at, t.due_fen
FROM page p
CROSS JOIN LATERAL (
    SELECT o.id FROM orders_order o WHERE o.buyer_id = p.buyer_id
    UNION
    SELECT r.order_id FROM orders_receiver r WHERE r.household = p.household
) found
JOIN orders_order t ON t.id = found.id AND t.id <> p.id AND t.shop_id = p.shop_id
    AND t.state = ANY(%(open)s)
    AND t.placed_at BETWEEN p.placed_at - make_interval(hours => p.hours) AND p.placed_at + make_interval(hours => p.hours)
WHERE EXISTS (
    SELECT 1 FROM orders_orderline mine
    JOIN orders_orderline theirs ON theirs.order_id = t.id AND theirs.state <> 'closed'
        AND CASE WHEN mine.sku_id IS NOT NULL AND theirs.sku_id IS NOT NULL THEN mine.sku_id = theirs.sku_id
            WHEN mine.code <> '' OR theirs.code <> '' THEN mine.code = theirs.code
            ELSE mine.title = theirs.title AND mine.spec = theirs.spec END
    WHERE mine.order_id = p.id AND mine.state <> 'closed'
)
ORDER BY p.id, t.placed_at, t.id
"""


def twins_of(order_ids: Sequence[int], at: datetime) -> dict[int, list[Twin]]:
    """For each order of a page: its twins in the same shop, placed within the shop's hours of each other.

    Only open ones (unpaid, or paid and not shipped). Two statements however long the page.
    """
    ids = list(order_ids)
    if not ids:
        return {}
    own: dict[int, int] = {}
    rows = Setting.objects.filter(name=HOURS, since__lte=day_of(at), shop__orders__in=ids).distinct()
    for row in rows.order_by("since", "set_at"):
        own[row.shop_id] = int(row.value)
    found: dict[int, list[Twin]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _TWINS,
            {
                "orders": ids,
                "open": [str(State.UNPAID), str(State.PAID)],
                "hours": policy(HOURS).of_nobody(),
                "shops": list(own),
                "own": list(own.values()),
            },
        )
        for order, *twin in cursor.fetchall():
            found.setdefault(order, []).append(Twin(*twin))
    return found


_READY = """
    SELECT o.id, o.shop_id, o.number, o.pieces, o.paid_at, r.household
    FROM orders_order o JOIN orders_receiver r ON r.order_id = o.id
    WHERE o.state = 'paid' AND o.refund <> 'open' AND (NOT o.cod OR o.cod_call = 'agreed')
      AND r.household IS NOT NULL AND NOT 'locked' = ANY(o.troubles)
      AND NOT EXISTS (SELECT 1 FROM orders_togetherorder g WHERE g.order_id = o.id)
      AND NOT EXISTS (SELECT 1 FROM orders_change c WHERE c.order_id = o.id AND c.state = 'asked')
"""
_GROUP = """
SELECT shop_id, array_agg(id ORDER BY paid_at, id), array_agg(number ORDER BY paid_at, id), sum(pieces)
FROM ready GROUP BY shop_id, household HAVING count(*) BETWEEN 2 AND 20
ORDER BY min(paid_at), min(id) LIMIT %(most)s
"""
_OF_SHOPS = "WITH ready AS (" + _READY + " AND o.shop_id = ANY(%(shops)s))" + _GROUP
_NEAR = (
    "WITH near AS (SELECT DISTINCT o.shop_id, r.household FROM orders_order o "
    "JOIN orders_receiver r ON r.order_id = o.id "
    "WHERE o.id = ANY(%(orders)s) AND o.state = 'paid' AND r.household IS NOT NULL), "
)
_OF_PAGE = "".join(
    (_NEAR, " ready AS (", _READY, " AND (o.shop_id, r.household) IN (SELECT * FROM near)) ", _GROUP)
)


def offers(shop_ids: Iterable[int], most: int = 100) -> list[Offer]:
    """Groups that wait to be offered in these shops, the earliest paid first. One statement.

    Ready is what `actions.merging.accept` accepts: paid, unshipped, no open refund, change or COD call.
    """
    return _offers(_OF_SHOPS, {"shops": sorted(shop_ids), "most": most})


def offers_for(order_ids: Sequence[int]) -> dict[int, Offer]:
    """For each order of a page: the group it could leave with. One statement."""
    ids = list(order_ids)
    if not ids:
        return {}
    found = _offers(_OF_PAGE, {"orders": ids, "most": len(ids)})
    wanted = set(ids)
    return {pk: offer for offer in found for pk in offer.order_ids if pk in wanted}


def groups_of(order_ids: Sequence[int]) -> dict[int, list[int]]:
    """For each order that was put into a group: all orders of it, itself included. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.order_id, array_agg(o.order_id ORDER BY o.order_id) FROM orders_togetherorder g "
            "JOIN orders_togetherorder o ON o.group_id = g.group_id WHERE g.order_id = ANY(%s) GROUP BY 1",
            [list(order_ids)],
        )
        return dict(cursor.fetchall())


def _offers(statement: str, values: dict[str, Any]) -> list[Offer]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            Offer(shop, tuple(ids), tuple(numbers), pieces)
            for shop, ids, numbers, pieces in cursor.fetchall()
        ]
