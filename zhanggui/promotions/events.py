"""What this room announces."""

from dataclasses import dataclass
from datetime import datetime

from zhanggui.journal.news import news


@dataclass(frozen=True, slots=True)
class OfOffer:
    """News about an offer, for the shops it holds in."""

    offer_id: int
    shop_ids: tuple[int, ...]


@news
@dataclass(frozen=True, slots=True)
class OfferApproved(OfOffer):
    """It may begin at its time."""


@news
@dataclass(frozen=True, slots=True)
class OfferStarted(OfOffer):
    """Its time has come: prices in its scope are lower from now on."""


@news
@dataclass(frozen=True, slots=True)
class OfferEnded(OfOffer):
    """Its time is over, or it was stopped."""


@news
@dataclass(frozen=True, slots=True)
class CouponsGiven:
    """Coupons of an offer came into purses: taken by the buyer or given by the shop."""

    offer_id: int
    buyer_ids: tuple[int, ...]


@news
@dataclass(frozen=True, slots=True)
class RedPacketsCredited:
    """Red packets can be used from now on."""

    packet_ids: tuple[int, ...]


@news
@dataclass(frozen=True, slots=True)
class RedPacketsRevoked:
    """Red packets were taken back for a forbidden act; unpaid orders still hold something of them (`order_ids`)."""

    packet_ids: tuple[int, ...]
    order_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class OfAuction:
    """News about an auction."""

    auction_id: int
    shop_id: int


@news
@dataclass(frozen=True, slots=True)
class AuctionStarted(OfAuction):
    """Bids are taken from now on."""


@news
@dataclass(frozen=True, slots=True)
class AuctionWon(OfAuction):
    """The highest bid at the end: an order is to be placed at this price, to be paid until then.

    `deposit_id`: the winner's deposit, to be set off against the order when it is paid; 0 without one.
    """

    buyer_id: int
    amount_fen: int
    sku_id: int
    pieces: int
    pay_until: datetime
    deposit_id: int


@news
@dataclass(frozen=True, slots=True)
class AuctionUnsold(OfAuction):
    """Nobody bid, or nobody as much as the reserve; or it was stopped."""


@news
@dataclass(frozen=True, slots=True)
class AuctionUnpaid(OfAuction):
    """The winner did not pay in time: the order is to be closed, the deposit was taken."""

    order_id: int
    buyer_id: int


@news
@dataclass(frozen=True, slots=True)
class DepositsMoved(OfAuction):
    """Deposits that were paid are to be given back (`state` "back"), kept ("taken") or set off ("set_off")."""

    deposit_ids: tuple[int, ...]
    state: str
