"""The only place where pages ask for orders.

`filters`: what an address may narrow by. `views`: the system views and their counts. `search`: the one box.
`pages`: a page of the list by keyset. `detail`: everything that one order's page shows.
"""

from zhanggui.orders.queries.filters import Narrowing, filtered, narrowing, visible_to
from zhanggui.orders.queries.pages import Page, Row, page
from zhanggui.orders.queries.views import VIEWS, View, counts, view_named

__all__ = [
    "VIEWS",
    "Narrowing",
    "Page",
    "Row",
    "View",
    "counts",
    "filtered",
    "narrowing",
    "page",
    "view_named",
    "visible_to",
]
