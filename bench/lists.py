"""The order list at 1,000,000 orders: first page of every system view, a deep page, every kind of search.

Server time of the whole page (view, statements, template) through Django's own handler, beside the time psql needs for
the very same SELECTs.
"""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import million
from bench.figures import median, milliseconds, p95, say, tell
from bench.house import psql_milliseconds

TIMES = 40
DEEP_DAY = "2026-05-01"
"""About 600,000 orders below the first."""


def measure(client: Client, merchant_id: int, work_no: str) -> None:
    """Lay the million, then look at it the way a shop team does."""
    from zhanggui.orders.queries.views import VIEWS

    million.lay(merchant_id)
    tell("looking at the list")
    first = _page(client, "list.first_page", "", target=20)
    _page(client, "list.deep_page", f"?on={DEEP_DAY}", target=24, first_page_p95_ms=round(first, 2))
    for view in VIEWS:
        _page(client, f"list.view.{view.code}", f"?view={view.code}", target=20)
    for name, text in SEARCHES.items():
        _page(client, f"list.search.{name}", f"?q={text}", target=50)


SEARCHES = {
    "tail_of_number": str(3000000000000000 + 424_242 * 977)[-5:],
    "whole_number": str(3000000000000000 + 424_242 * 977),
    "waybill": str(680000000000 + 424_243),
    "nick": "buyer4242",
    "memo_word": "改发顺丰",
    "frequent_memo_word": "老客户",
    "seller_code": "TS-77",
    "phone_tail": "4242",
}


def _page(client: Client, name: str, query: str, **more: Any) -> float:
    def look() -> None:
        answer = client.get(f"/orders/{query}")
        assert answer.status_code == 200, (query, answer.status_code)

    times = milliseconds(look, TIMES)
    with CaptureQueriesContext(connection) as asked:
        look()
    selects = [query["sql"] for query in asked if query["sql"].lstrip("(").startswith("SELECT")]
    say(
        f"{name}.server_p95",
        p95(times),
        "ms",
        limit=psql_milliseconds(selects),
        better="lower",
        beside=f"psql with the same {len(selects)} SELECTs",
        median_ms=round(median(times), 2),
        **more,
    )
    return p95(times)
