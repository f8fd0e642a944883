"""Cards as buyers see them: with the price under the live offers and a mark when they run short."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zhanggui.catalog.queries.window import Card
from zhanggui.stock.queries import sellable_many
from zhanggui.storefront.queries.prices import Climate, Tag, tags

log = logging.getLogger(__name__)
OUT, LOW = "out", "low"


@dataclass(frozen=True, slots=True)
class Ware:
    """A card with its price tag and its mark: OUT nothing of it can be sold now, LOW hardly anything, else ""."""

    card: Card
    tag: Tag
    mark: str
    code: str
    """The code of its shop."""
    shop: str = ""
    """The name of its shop, where goods of several stand together."""


def dress(
    cards: Iterable[Card],
    here: Climate,
    *,
    codes: Mapping[int, str],
    low: int,
    names: Mapping[int, str] | None = None,
) -> list[Ware]:
    """Price and mark the cards. `codes`: shop codes by id; `low`: from so many pieces on it is short; `names`: of the
    shops, where the cards shall name them. Two statements.

    Marks come from what can be sold now (S0-55), never from what is on hand. Prices that cannot be computed are
    list prices: the page of the order decides anyway.
    """
    shown = [card for card in cards if card.shop_id in codes]
    asked: dict[int, list[int]] = defaultdict(list)
    for card in shown:
        asked[card.shop_id] += card.skus
    left = sellable_many(asked, at=here.at)
    try:
        priced = tags(shown, here)
    except Exception:
        log.exception("prices of cards could not be computed")
        priced = {}
    return [
        Ware(
            card,
            priced.get(card.listing_id) or Tag(card.from_fen, card.from_fen),
            mark(card.skus, left[card.shop_id], low),
            codes[card.shop_id],
            (names or {}).get(card.shop_id, ""),
        )
        for card in shown
    ]


def mark(skus: Iterable[int], left: Mapping[int, int], low: int) -> str:
    """OUT, LOW or "" for SKUs of which so many can be sold. One that nobody counts (absent) can always be had."""
    ids = list(skus)
    if not ids:
        return OUT
    if any(sku not in left for sku in ids):
        return ""
    pieces = sum(max(0, left[sku]) for sku in ids)
    return OUT if pieces == 0 else LOW if pieces <= low else ""
