"""An order of our own shops as the checkout hands it over: priced, its stock taken, ready to be written. Fen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.shops.models import Shop


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One article. `hold`: "order" or "payment"; `stock`: "held" when it was taken already, else "".

    share = price × pieces - discount is what the buyer pays for it; `red_fen` of it comes out of red packets.
    """

    id: int
    sku_id: int
    code: str
    title: str
    spec: str
    price_fen: int
    pieces: int
    discount_fen: int
    red_fen: int = 0
    gift_of: int | None = None
    hold: str = ""
    stock: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How it came to its price, as plain JSON values (`orders.models.Priced`). `sealed`: never shown, never logged."""

    basket: Any
    offers: Any
    receipt: Any
    quote: Any
    digest: str
    wishes: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = None
    deposit_fen: int = 0
    balance_from: datetime | None = None
    balance_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """One order. due = Σ price × pieces + postage - discount; `deadlines`: (kind of timer, when)."""

    id: int
    shop: Shop
    number: str
    buyer_id: int
    nick: str
    placed_at: datetime
    lines: tuple[OwnLine, ...]
    receiver: ArrivingReceiver | None
    region: str
    postage_fen: int
    discount_fen: int
    red_fen: int
    house_fen: int
    receipt: Receipt
    deadlines: tuple[tuple[str, datetime], ...] = ()
    cod: bool = False
    call: str = ""
    carrier: str = ""
    message: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def goods_fen(self) -> int:
        """What the goods cost before offers."""
        return sum(line.price_fen * line.pieces for line in self.lines)

    @property
    def due_fen(self) -> int:
        """What the buyer pays, red packets included."""
        return self.goods_fen + self.postage_fen - self.discount_fen
