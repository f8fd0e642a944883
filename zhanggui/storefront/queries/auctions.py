"""Auctions as buyers see them: what runs in a shop, one with its bids, and where this buyer stands. Never a reserve."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Listing
from zhanggui.catalog.queries.window import main_picture
from zhanggui.customers.models import Buyer
from zhanggui.kit.refusals import NotFound
from zhanggui.kit.sealed import masked_nick
from zhanggui.orders.models import Order
from zhanggui.promotions.actions.auctions import least_of
from zhanggui.promotions.models import Auction, Bid, Deposit
from zhanggui.promotions.states import AUCTION_RUNNING
from zhanggui.shops.models import Shop

MOST, MOST_BIDS = 60, 20
REMEMBERED = timedelta(days=7)
"""So long an auction that ended stays on the list."""


@dataclass(frozen=True, slots=True)
class Lot:
    """An auction on its list and page. `least_fen`: what the next bid must reach; `open`: bids are taken now."""

    auction: Auction
    picture: str
    listing_id: int | None
    least_fen: int
    open: bool
    soon: bool
    parts: tuple[int, int, int, int]
    """Days, hours, minutes, seconds until it ends (soon: until it begins)."""

    @property
    def until(self) -> datetime:
        """The moment the clock runs towards."""
        return self.auction.starts_at if self.soon else self.auction.ends_at

    @property
    def until_ms(self) -> int:
        return int(self.until.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Offered:
    """A bid as others see it."""

    who: str
    mine: bool
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Mine:
    """Where a buyer stands: his highest bid, his deposit, and what he won. `number`: of the order, "" before there is one."""

    top_fen: int | None = None
    leads: bool = False
    deposit: str = ""
    won: bool = False
    number: str = ""

    @property
    def outbid(self) -> bool:
        """Somebody bid more."""
        return self.top_fen is not None and not self.leads


def lots(shop: Shop, *, at: datetime) -> list[Lot]:
    """The auctions of a shop: those that run by their end, then what comes, then what ended lately. One statement."""
    rows = _dressed(shop, at).filter(
        Q(state__in=AUCTION_RUNNING) | Q(ends_at__gt=at - REMEMBERED, state__in=["sold", "unsold"])
    )
    found = [_lot(row, at) for row in rows.order_by("-ends_at", "-pk")[:MOST]]
    return sorted(found, key=lambda lot: (not lot.open, not lot.soon, abs((lot.until - at).total_seconds())))


def lot(shop: Shop, pk: int, *, at: datetime) -> Lot:
    """One published auction of a shop. Raises NotFound. One statement."""
    row = _dressed(shop, at).filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有这场拍卖。"))
    return _lot(row, at)


def bids(auction: Auction, buyer: Buyer | None) -> list[Offered]:
    """The latest bids, the highest first; names are masked. One statement."""
    rows = Bid.objects.filter(auction=auction).select_related("buyer").order_by("-amount_fen")[:MOST_BIDS]
    mine = buyer.pk if buyer is not None else None
    return [
        Offered(masked_nick(row.buyer.nick), row.buyer_id == mine, row.amount_fen, row.at) for row in rows
    ]


def mine(auction: Auction, buyer: Buyer | None) -> Mine:
    """Where this buyer stands. Two statements, three when he won; none for nobody."""
    if buyer is None:
        return Mine()
    top = (
        Bid.objects.filter(auction=auction, buyer=buyer)
        .order_by("-amount_fen")
        .values_list("amount_fen", flat=True)
    )
    deposit = Deposit.objects.filter(auction=auction, buyer=buyer).values_list("state", flat=True)
    leads = auction.top_bidder_id == buyer.pk
    won = leads and auction.state == Auction.State.SOLD
    number = ""
    if won and auction.order_id:
        number = (
            Order.objects.filter(pk=auction.order_id, buyer=buyer).values_list("number", flat=True).first()
            or ""
        )
    return Mine(top.first(), leads, deposit.first() or "", won, number)


def _dressed(shop: Shop, at: datetime):  # type: ignore[no-untyped-def]
    here = Listing.objects.filter(shop=shop, product=OuterRef("sku__product_id")).on_shelf(at).values("pk")
    return (
        Auction.objects.filter(shop=shop)
        .exclude(state=Auction.State.DRAFT)
        .select_related("sku__product")
        .annotate(picture=Coalesce(main_picture("sku__product_id"), Value("")), listing_id=Subquery(here[:1]))
    )


def _lot(row: Auction, at: datetime) -> Lot:
    runs = row.state in AUCTION_RUNNING and at < row.ends_at
    soon = runs and at < row.starts_at
    left = max(0, int(((row.starts_at if soon else row.ends_at) - at).total_seconds()))
    parts = (left // 86400, left // 3600 % 24, left // 60 % 60, left % 60)
    picture, listing_id = row.picture, row.listing_id  # type: ignore[attr-defined]
    return Lot(row, picture, listing_id, least_of(row), runs and not soon, soon, parts)
