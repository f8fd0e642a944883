"""What a buyer looks for: words, a category, a range of prices, an order; in one shop or in all of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from zhanggui.catalog.queries import search, window
from zhanggui.customers.models import Buyer
from zhanggui.kit.clock import day_of
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Unreadable
from zhanggui.shops import policies
from zhanggui.shops.models import Shop
from zhanggui.storefront.queries import coupons, prices, shelves

ORDERS = ("", "sold", "new", "price", "price_down", "liked")
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address. Prices in fen; what cannot be read counts as not asked."""

    text: str = ""
    category: int | None = None
    from_fen: int | None = None
    to_fen: int | None = None
    order: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether something beside the words narrows the result."""
        return self.category is not None or self.from_fen is not None or self.to_fen is not None


@dataclass(frozen=True, slots=True)
class Result:
    """A page of what was found. `corrected`, `some`: as the catalog's search says."""

    wares: list[shelves.Ware]
    page: window.Page
    corrected: str
    some: bool


def read(given: QueryDict) -> Asked:
    """What the address asks for: q, category, from, to (yuan), order, page."""
    order = given.get("order", "")
    low, high = _fen(given.get("from", "")), _fen(given.get("to", ""))
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Asked(
        given.get("q", "").replace("\0", "").strip()[:LONGEST],
        whole(given.get("category", "")),
        low,
        high,
        order if order in ORDERS else "",
        min(max(whole(given.get("page", "")) or 1, 1), window.MOST_PAGES),
    )


def find(shops: Sequence[Shop], asked: Asked, *, at: datetime, buyer: Buyer | None) -> Result:
    """The page of goods that was asked for, priced and marked. At most nine statements for nobody in one shop, one more
    for a buyer, at most five more for a typing error.
    """
    if not shops:
        return Result([], window.Page([], 1, False, 0), "", False)
    limits: dict[str, Any] = {"from_fen": asked.from_fen, "to_fen": asked.to_fen, "category": asked.category}
    found = search.find(
        [shop.pk for shop in shops], asked.text, at=at, order=asked.order, page=asked.page, **limits
    )
    takeable: frozenset[int] = frozenset()
    if len(shops) == 1:
        tickets = coupons.takeable(shops[0].pk, at=at, buyer_id=buyer.pk if buyer else None)
        takeable = coupons.reachable(tickets)
    here = prices.climate(shops, at=at, buyer=buyer, takeable=takeable)
    low = int(policies.value("storefront.low_stock", shops[0], day_of(at)))
    codes = {shop.pk: shop.code for shop in shops}
    names = {shop.pk: shop.name for shop in shops} if len(shops) > 1 else None
    wares = shelves.dress(found.page.rows, here, codes=codes, low=low, names=names)
    return Result(wares, found.page, found.corrected, found.some)


def _fen(text: str) -> int | None:
    try:
        fen = parse_yuan(text.strip())
    except (ValueError, Unreadable):
        return None
    return fen if 0 <= fen < 10**12 else None
