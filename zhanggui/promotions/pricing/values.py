"""What the price calculation reads and gives: plain values, no database, no clock. Money in fen everywhere.

The law is docs/laws/prices.md. One basket is of one shop; a checkout over several shops prices each of them,
handing on the red packets that are left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Numbers = Mapping[str, int | str]
"""What a reason or a rule names: amounts, pieces, names, moments as ISO 8601."""


class Kind(StrEnum):
    """The kinds of offers that the seeds name."""

    FLASH = "flash"  # 限时折扣
    MEMBER = "member"  # 会员价
    BUNDLE = "bundle"  # 搭配套餐
    BUY_GET = "buy_get"  # 买一赠一
    GIFT = "gift"  # 满就送
    REDUCTION = "reduction"  # 满减 (by amount or pieces; off or percent)
    COUPON = "coupon"  # 优惠券: shop or item, with a threshold
    VOUCHER = "voucher"  # 代金券: no threshold
    FREE_POSTAGE = "free_postage"  # 包邮
    PRESALE = "presale"  # 预售: deposit and balance


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a basket.

    `key`: the caller's name of the line, unique in the basket. `price_fen`: list price of one piece.
    `floor_fen`: below this a piece may not be sold without approval; None: its cost, else no floor.
    `fixed`: the price is agreed already (auction won, agent's quote): no offer touches the line.
    `instalments`: it is paid in instalments, so red packets are barred (S0-13). Weight None: unknown.
    """

    key: str
    sku_id: int
    product_id: int
    pieces: int
    price_fen: int
    cost_fen: int | None = None
    floor_fen: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    categories: frozenset[int] = frozenset()
    virtual: bool = False
    fixed: bool = False
    instalments: bool = False
    template_id: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys. `used`: how often (pieces for FLASH, times else) this buyer used an offer before, by offer id."""

    id: int | None = None
    level: int = 0
    first_order: bool = False
    used: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Packet:
    """A red packet in the buyer's purse (S0-10..16): what is left of it and when it may be used (both included)."""

    id: int
    left_fen: int
    good_from: datetime
    good_until: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """Which lines an offer is about: empty sets mean "no limit of this kind"; `except_*` win over all."""

    products: frozenset[int] = frozenset()
    skus: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    except_products: frozenset[int] = frozenset()

    def holds(self, item: Item) -> bool:
        """Whether the line is in the scope."""
        if item.fixed or item.product_id in self.except_products:
            return False
        if not (self.products or self.skus or self.categories):
            return True
        return (
            item.product_id in self.products
            or item.sku_id in self.skus
            or bool(self.categories & item.categories)
        )


@dataclass(frozen=True, slots=True)
class Flash:
    """限时折扣: a price of its own by SKU, else a percent of the list price in basis points (8000: 20 % off).

    `shares`: pieces still to be had at this price by SKU (a SKU without an entry: no limit).
    The offer's `per_buyer` counts pieces; pieces beyond any limit cost the next best price.
    """

    prices: Mapping[int, int] = field(default_factory=dict)
    percent_bp: int | None = None
    shares: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """会员价: percent of the list price by member level; the highest level the buyer has reached counts."""

    percents_bp: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Bundle:
    """搭配套餐: these pieces by SKU together for one price."""

    pieces: Mapping[int, int]
    price_fen: int


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a ladder. Reached at `at` (fen or pieces, as the ladder says); exactly one of the two gains."""

    at: int
    off_fen: int = 0
    percent_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Reduction:
    """满减: the highest tier reached counts; `repeat`: the (only) tier counts as often as it fits (上不封顶)."""

    tiers: tuple[Tier, ...]
    by_pieces: bool = False
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """A gift to go with the parcel: a real SKU from real stock. `left`: pieces that can be had, None unlimited."""

    sku_id: int
    pieces: int
    left: int | None = None
    cost_fen: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Gift:
    """满就送: reached at an amount (or pieces) of what the scope costs; one present per tier, the highest counts."""

    tiers: tuple[tuple[int, Present], ...]
    by_pieces: bool = False


@dataclass(frozen=True, slots=True)
class BuyGet:
    """买一赠一: for every `buy` pieces of the scope a present (`present.sku_id` 0: the same SKU again)."""

    buy: int
    present: Present


@dataclass(frozen=True, slots=True)
class Coupon:
    """优惠券: off when the scope reaches the threshold. An offer with a scope of its own is an item coupon."""

    threshold_fen: int
    off_fen: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """代金券: off without a threshold, at most what is left to pay for the scope."""

    off_fen: int


@dataclass(frozen=True, slots=True)
class FreePostage:
    """包邮: reached by amount or pieces (both None: always); `regions` empty: everywhere; `most_fen`: at most so much."""

    amount_fen: int | None = None
    pieces: int | None = None
    regions: tuple[str, ...] = ()
    most_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Presale:
    """预售: the whole price, of which a deposit is paid now; `worth_fen`: what the deposit counts for (定金膨胀).

    Both for one piece. The balance is due between the two moments.
    """

    prices: Mapping[int, int]
    deposit_fen: int
    worth_fen: int
    balance_from: datetime
    balance_until: datetime


Terms = Flash | Member | Bundle | Reduction | Gift | BuyGet | Coupon | Voucher | FreePostage | Presale


@dataclass(frozen=True, slots=True)
class Offer:
    """A live offer as the calculation reads it. Moments: from `starts_at` (included) to `ends_at` (not).

    `group`: of one non-empty group at most one offer is used in a basket. `alone`: it stacks with no other
    REDUCTION, COUPON or VOUCHER. `levels`, `regions`: empty for all. `per_buyer`, `left_times`, `left_fen`:
    None for no limit (`left_*` is what the budget still has). `held`: coupons and vouchers of this kind in
    the buyer's purse. `house`: the house (platform) bears the cost, not the shop. `below_floor`: approved to
    go below the floor. `first_order_only`: for new buyers.
    """

    id: int
    kind: Kind
    name: str
    terms: Terms
    starts_at: datetime
    ends_at: datetime
    scope: Scope = Scope()
    group: str = ""
    alone: bool = False
    levels: frozenset[int] = frozenset()
    regions: tuple[str, ...] = ()
    per_buyer: int | None = None
    left_times: int | None = None
    left_fen: int | None = None
    held: int = 0
    house: bool = False
    below_floor: bool = False
    first_order_only: bool = False


@dataclass(frozen=True, slots=True)
class Postage:
    """What the freight tables say for a basket. `fee_fen` None: undefined or to be asked (`outcome` says which)."""

    fee_fen: int | None
    outcome: str = "priced"
    receipt: object = None


PostageOf = Callable[[int], Postage]
"""The postage when the goods cost so many fen after all offers: the tables' own free-shipping rules read it.

Pure: the caller loaded the tables before. Called a few times for a basket, with the same sum at most once.
It must not rise when the goods cost more, and what it does not know at a sum it does not know for less (a table's
free-shipping rule has the form "from so much on"): the search for the best combination relies on it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the buyer chose instead of the best: None leaves it to the calculation.

    `coupons`: offer ids of the coupons and vouchers to use (empty: none). `packets`: red packets to use.
    """

    coupons: frozenset[int] | None = None
    packets: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """A basket of one shop. `region`: GB/T 2260 code of the address, "" unknown yet."""

    items: tuple[Item, ...]
    buyer: Buyer = Buyer()
    region: str = ""
    wish: Wish = Wish()
    packets_most: int = 10


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces of a line that cost the same: `unit_fen` each, by the offer that made it so (None: list price)."""

    pieces: int
    unit_fen: int
    offer_id: int | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line with its way from the list price to what the buyer pays for it (`share_fen`, red packets not yet off).

    gross = price × pieces; share = gross - unit_off - bundle_off - Σ offs. `offs`: fen by offer id, of the steps
    after the bundles. The parts of a line with pieces in a bundle name the bundle and the list price; what the
    bundle takes off is `bundle_off_fen`.
    """

    key: str
    sku_id: int
    pieces: int
    gross_fen: int
    parts: tuple[Part, ...]
    unit_off_fen: int
    bundle_off_fen: int
    offs: Mapping[int, int]
    share_fen: int
    red_fen: int = 0

    @property
    def discount_fen(self) -> int:
        """All offers together on this line."""
        return self.gross_fen - self.share_fen


@dataclass(frozen=True, slots=True)
class GiftLine:
    """A present that goes with the parcel at price 0."""

    offer_id: int
    sku_id: int
    pieces: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """An offer that counted, with what it saved in all (fen; 0 for gifts) and how often it was used.

    `why`: the rule in words that a clerk reads, with its numbers (a sentence in the reader's language is made
    by `wording.py` from `code` and `numbers`).
    """

    offer_id: int
    kind: Kind
    off_fen: int
    times: int
    code: str
    numbers: Mapping[str, int | str] = field(default_factory=dict)
    house: bool = False


@dataclass(frozen=True, slots=True)
class NotApplied:
    """An offer that did not count, with the reason (a code of `wording.REASONS`) and its numbers."""

    offer_id: int
    kind: Kind
    code: str
    numbers: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PacketUse:
    """So many fen of a red packet."""

    packet_id: int
    fen: int


@dataclass(frozen=True, slots=True)
class PacketRefused:
    """A red packet that pays nothing, with the reason (a code of `wording.RED`)."""

    packet_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced basket. All sums in fen.

    goods = Σ shares; due = goods + postage (None while the postage is not known); cash = due - red.
    gross = goods + discount. `deposit_fen`: to be paid now when something is pre-sold (else 0).
    `floor_fen`: the lowest the goods may cost (gifts' cost included); `margin_fen`: goods - costs incl. gifts, None
    if a cost is unknown. `balance_fen`: cash - deposit, when something is pre-sold. `at`: the moment it was priced for.
    `red_refused`: why red packets do not pay all they could (a code of `wording.RED`), "" when nothing is in the way.
    """

    lines: tuple[PricedLine, ...]
    gifts: tuple[GiftLine, ...]
    applied: tuple[Applied, ...]
    refused: tuple[NotApplied, ...]
    gross_fen: int
    discount_fen: int
    goods_fen: int
    postage: Postage
    postage_off_fen: int
    postage_fen: int | None
    red: tuple[PacketUse, ...]
    red_refused: str
    due_fen: int | None
    cash_fen: int | None
    deposit_fen: int
    balance_fen: int
    floor_fen: int
    margin_fen: int | None
    house_off_fen: int
    at: datetime | None = None
    packets_refused: tuple[PacketRefused, ...] = ()

    @property
    def red_fen(self) -> int:
        """What red packets pay."""
        return sum(use.fen for use in self.red)
