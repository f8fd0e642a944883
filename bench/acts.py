"""Acts on many orders: a bulk flag of 10,000, and 10,000 timers due in the same second.

Beside the flag stands the plainest UPDATE of the same 10,000 rows in psql.
"""

from django.db import connection

from bench.figures import say, tell, timed
from bench.house import psql

MANY = 10_000


def measure() -> None:
    """Flag, then let the timers fire. Needs the million orders of bench.million."""
    _flag()
    _timers()


def _flag() -> None:
    from zhanggui.kit.actor import system
    from zhanggui.kit.clock import now
    from zhanggui.orders.actions.marks import flag_many
    from zhanggui.orders.models import Order

    tell("flagging 10,000 orders")
    ids = list(
        Order.objects.filter(state="finished").order_by("-pk").values_list("pk", flat=True)[: 2 * MANY]
    )
    seconds, _ = timed(lambda: flag_many(by=system("bench", "bench"), order_ids=ids[:MANY], flag=3, at=now()))
    low, high = min(ids[MANY:]), max(ids[MANY:])
    bare, _ = timed(
        lambda: psql(
            f"UPDATE orders_order SET flag = 3, version = version + 1, changed_at = now() "
            f"WHERE state = 'finished' AND id BETWEEN {low} AND {high}"
        )
    )
    say(
        "acts.bulk_flag_10000",
        seconds,
        "s",
        limit=bare,
        better="lower",
        target=5,
        beside="one UPDATE of the same number of rows in psql; ours adds a mark, a projection and a daybook line to each",
    )


def _timers() -> None:
    from zhanggui.orders.timers import fire_due

    tell("firing 10,000 timers")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_timer (kind, order_id, generation, due_at, why) "
            "SELECT 'close_unpaid', id, 1, now() - interval '1 second', '' FROM orders_order WHERE state = 'unpaid' "
            "ORDER BY id LIMIT %s",
            [MANY],
        )

    def fire() -> int:
        fired = 0
        while done := fire_due():
            fired += done
        return fired

    seconds, fired = timed(fire)
    say("acts.timers_10000_due_at_once", seconds, "s", target=10, fired=fired, beside="target")
