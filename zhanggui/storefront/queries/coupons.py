"""The coupons one can take in a shop now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from zhanggui.promotions.models import Coupon, Offer, OfferKind
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import face_of, scoped, trouble_of
from zhanggui.storefront.queries.scopes import goods_of


@dataclass(frozen=True, slots=True)
class Ticket:
    """A coupon or voucher to be taken. `left`: how many there are still, None: not limited; `mine`: in the buyer's purse.

    `can`: whether this buyer can take another one. Money in fen; `threshold_fen` 0 for a voucher.
    """

    id: int
    name: str
    off_fen: int
    threshold_fen: int
    until: datetime
    left: int | None
    mine: int
    can: bool
    scoped: bool
    goods: str = ""
    """For which goods it is, in words; "" where all, or where it was not asked for."""

    @property
    def few(self) -> bool:
        """Whether so few are left that the page says how many."""
        return self.left is not None and self.left <= 100


def takeable(shop_id: int, *, at: datetime, buyer_id: int | None, named: bool = False) -> list[Ticket]:
    """The coupons that may be taken in a shop at a moment, the highest first. `named`: with the names of their goods.

    One statement; named at most three more, none where all are for everything.
    """
    mine = (
        Coupon.objects.filter(offer=OuterRef("pk"), buyer=buyer_id or 0)
        .order_by()
        .values("offer")
        .annotate(many=Count("pk"))
        .values("many")
    )
    rows = (
        Offer.objects.filter(
            Q(claim_from__isnull=True) | Q(claim_from__lte=at),
            Q(claim_until__isnull=True) | Q(claim_until__gt=at),
            kind__in=[OfferKind.COUPON, OfferKind.VOUCHER],
            shop_ids__contains=[shop_id],
            state__in=RUNNING,
            starts_at__lte=at,
            ends_at__gt=at,
        )
        .annotate(mine=Coalesce(Subquery(mine), 0))
        .order_by("pk")[:60]
    )
    sound = [row for row in rows if not trouble_of(row)]
    goods = goods_of(sound) if named else {}
    found = [replace(_ticket(row), goods=goods.get(row.pk, "")) for row in sound]
    return sorted(found, key=lambda ticket: (not ticket.can, -ticket.off_fen, ticket.id))[:20]


def reachable(tickets: Iterable[Ticket]) -> frozenset[int]:
    """The ids of those that the buyer can take."""
    return frozenset(ticket.id for ticket in tickets if ticket.can)


def _ticket(row: Offer) -> Ticket:
    left = None if row.times is None else max(0, row.times - row.claimed)
    mine = row.mine  # type: ignore[attr-defined]
    off, threshold = face_of(row)
    return Ticket(
        id=row.pk,
        name=row.name,
        off_fen=off,
        threshold_fen=threshold,
        until=row.claim_until or row.ends_at,
        left=left,
        mine=mine,
        can=left != 0 and mine < (row.per_buyer if row.per_buyer is not None else 1),
        scoped=scoped(row),
    )
