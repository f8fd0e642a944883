"""The home page of a shop at a moment: the blocks of the look that holds, filled. A block that fails says so quietly."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_noop as N_

from zhanggui.catalog.queries import window
from zhanggui.customers.models import Buyer
from zhanggui.kit.clock import day_of
from zhanggui.shops import policies
from zhanggui.shops.models import Shop
from zhanggui.storefront import blocks as pieces
from zhanggui.storefront.models import Look, Notice
from zhanggui.storefront.queries import coupons, goods, prices, shelves
from zhanggui.storefront.queries.looks import notices_at

log = logging.getLogger(__name__)
GOODS = {"hero": 6, "main": 8, "new": 8, "goods": 8}
"""Blocks of goods, and how many each shows when nobody said."""
_CALLED = {"coupons": N_("领券"), "notice": N_("公告"), "goods": N_("精选"), "countdown": N_("倒计时")}
"""What buyers read where the editor's word is the trade's."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A block with what it shows. `failed`: it could not be filled. Blocks with nothing to show are left out."""

    kind: pieces.Kind
    block: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    failed: bool = False

    @property
    def title(self) -> str:
        """Its own title or what its kind is called on the page (a message id)."""
        return str(self.block.get("title") or _CALLED.get(self.kind.code, self.kind.label))


class Pantry:
    """What the blocks of one page share, each thing loaded once and only when a block asks. At most ten statements
    for nobody, eleven for a buyer; one less when the caller knows from how few pieces on it is short (`low`).
    """

    def __init__(
        self,
        shop: Shop,
        blocks: list[Mapping[str, Any]],
        *,
        at: datetime,
        buyer: Buyer | None,
        low: int | None = None,
    ) -> None:
        self.shop, self.blocks, self.at, self.buyer, self._low = shop, blocks, at, buyer, low

    @cached_property
    def notices(self) -> list[Notice]:
        return notices_at(self.shop.pk, self.at)

    @cached_property
    def categories(self) -> tuple[window.Category, ...]:
        return window.categories(self.shop.pk)

    @cached_property
    def tickets(self) -> list[coupons.Ticket]:
        return coupons.takeable(self.shop.pk, at=self.at, buyer_id=self.buyer.pk if self.buyer else None)

    @cached_property
    def low(self) -> int:
        if self._low is not None:
            return self._low
        return int(policies.value("storefront.low_stock", self.shop, day_of(self.at)))

    @cached_property
    def climate(self) -> prices.Climate:
        return prices.climate(
            [self.shop], at=self.at, buyer=self.buyer, takeable=coupons.reachable(self.tickets)
        )

    @cached_property
    def chosen(self) -> dict[str, list[int]]:
        wanted = {
            block["kind"]: block.get("most") or GOODS[block["kind"]]
            for block in self.blocks
            if block["kind"] in ("hero", "main", "new") and not block.get("listings")
        }
        return goods.chosen(self.shop.pk, wanted, self.at)

    @cached_property
    def wares(self) -> dict[int, shelves.Ware]:
        ids = pieces.listings_in(self.blocks) | {pk for held in self.chosen.values() for pk in held}
        cards = window.cards_of(ids, at=self.at)
        codes = {self.shop.pk: self.shop.code}
        return {
            ware.card.listing_id: ware
            for ware in shelves.dress(cards.values(), self.climate, codes=codes, low=self.low)
        }


def usual() -> list[dict[str, Any]]:
    """What a shop without any look shows."""
    return [{"kind": kind, "key": kind} | _EMPTY.get(kind, {}) for kind in pieces.USUAL if kind != "banner"]


_EMPTY: dict[str, dict[str, Any]] = {kind: {"listings": [], "most": many} for kind, many in GOODS.items()}


def fill(
    shop: Shop, look: Look | None, *, at: datetime, buyer: Buyer | None, low: int | None = None
) -> list[Filled]:
    """The blocks of a look (None: the usual ones) as they are shown at a moment. Statements: see Pantry."""
    blocks = [b for b in (look.blocks if look is not None else usual()) if b.get("kind") in pieces.KINDS]
    pantry = Pantry(shop, blocks, at=at, buyer=buyer, low=low)
    shown = []
    for block in blocks:
        kind = pieces.KINDS[block["kind"]]
        try:
            data = _FILLERS[kind.code](block, pantry)
        except Exception:
            log.exception("the block %s of %s could not be filled", kind.code, shop.code)
            shown.append(Filled(kind, block, failed=True))
            continue
        if data:
            shown.append(Filled(kind, block, data))
    return shown


def _slides(block: Mapping[str, Any], pantry: Pantry) -> dict[str, Any]:
    slides = pieces.shown(block.get("slides", ()), pantry.at)
    return {"slides": slides} if slides else {}


def _goods(block: Mapping[str, Any], pantry: Pantry) -> dict[str, Any]:
    ids = block.get("listings") or pantry.chosen.get(block["kind"], [])
    most = block.get("most") or GOODS[block["kind"]]
    wares = [pantry.wares[pk] for pk in ids if pk in pantry.wares][:most]
    return {"wares": wares} if wares else {}


def _countdown(block: Mapping[str, Any], pantry: Pantry) -> dict[str, Any]:
    until = datetime.fromisoformat(block["until"]) if block.get("until") else None
    if until is None or until <= pantry.at:
        return {}
    left = int((until - pantry.at).total_seconds())
    parts = (left // 86400, left // 3600 % 24, left // 60 % 60, left % 60)
    return {"until": until, "parts": parts, "until_ms": int(until.timestamp() * 1000)}


_FILLERS: dict[str, Callable[[Mapping[str, Any], Pantry], Mapping[str, Any]]] = {
    "banner": _slides,
    "poster": _slides,
    "picture": _slides,
    "coupons": lambda block, pantry: {"tickets": pantry.tickets} if pantry.tickets else {},
    "countdown": _countdown,
    "categories": lambda block, pantry: {"categories": pantry.categories} if pantry.categories else {},
    "hero": _goods,
    "main": _goods,
    "new": _goods,
    "goods": _goods,
    "notice": lambda block, pantry: {"notices": pantry.notices} if pantry.notices else {},
    "text": lambda block, pantry: {"text": block.get("text", "")},
}
