"""What the buyer's own pages ask: counts, coupons, red packets, favourites. Only of the buyer who asks."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.orders.models import Order
from zhanggui.orders.states import Refund, State
from zhanggui.promotions.models import Coupon, RedPacket
from zhanggui.promotions.terms import face_of, scoped, trouble_of
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Favourite
from zhanggui.storefront.queries.scopes import goods_of

MOST = 200
"""Rows on a page of a purse: more than a buyer ever has."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers on the buyer's own page. Fen."""

    unpaid: int
    to_ship: int
    shipped: int
    refund: int
    coupons: int
    red_fen: int
    favourites: int


def counts(buyer: Buyer, *, at: datetime) -> Counts:
    """How many orders wait for what, and what is in the purse. Four statements."""
    orders = Order.objects.filter(buyer=buyer).aggregate(
        unpaid=Count("pk", filter=Q(state=State.UNPAID)),
        to_ship=Count("pk", filter=Q(state__in=[State.PAID, State.PART_SHIPPED])),
        shipped=Count("pk", filter=Q(state=State.SHIPPED)),
        refund=Count("pk", filter=Q(refund=Refund.OPEN)),
    )
    usable = Coupon.objects.filter(buyer=buyer, state=Coupon.State.FREE, good_until__gt=at)
    red = RedPacket.objects.filter(
        buyer=buyer, state=RedPacket.State.CREDITED, left_fen__gt=0, good_until__gte=at
    ).aggregate(left=Sum("left_fen"))
    return Counts(
        **orders,
        coupons=usable.count(),
        red_fen=red["left"] or 0,
        favourites=Favourite.objects.filter(buyer=buyer).count(),
    )


@dataclass(frozen=True, slots=True)
class Paper:
    """A coupon or a red packet as its owner reads it. `why`: why it cannot be used now, "" when it can."""

    name: str
    worth_fen: int
    threshold_fen: int
    good_from: datetime
    good_until: datetime
    shops: tuple[Shop, ...]
    why: str
    left_fen: int = 0
    item: bool = False
    goods: str = ""
    """For which goods it is, in words; "" for all."""

    @property
    def usable(self) -> bool:
        return not self.why


def coupons(buyer: Buyer, *, at: datetime) -> list[Paper]:
    """The buyer's coupons and vouchers, usable ones first, then the ones that end first. Two statements, with the names of
    goods up to five.
    """
    rows = list(
        Coupon.objects.filter(buyer=buyer).select_related("offer").order_by("-good_until", "-pk")[:MOST]
    )
    shops = _shops({shop_id for row in rows for shop_id in row.offer.shop_ids})
    goods = goods_of(row.offer for row in rows)
    papers = [
        Paper(
            row.offer.name,
            *face_of(row.offer),
            row.good_from,
            row.good_until,
            tuple(shops[pk] for pk in row.offer.shop_ids if pk in shops),
            _why_coupon(row, at),
            item=scoped(row.offer),
            goods=goods.get(row.offer_id, ""),
        )
        for row in rows
    ]
    return sorted(papers, key=_order)


def _why_coupon(row: Coupon, at: datetime) -> str:
    if row.state == Coupon.State.HELD:
        return _("已用在还没付款的订单上，订单取消后退回。")
    if row.state == Coupon.State.USED:
        return _("已使用。")
    if row.state == Coupon.State.REVOKED:
        return _("已作废。")
    if row.state == Coupon.State.EXPIRED or row.good_until <= at:
        return _("已过期。")
    if row.good_from > at:
        return _("还没到可用时间。")
    if row.offer.stopped_at is not None:
        return _("活动已停止。")
    if trouble_of(row.offer):
        return _("这个活动暂时用不了，请联系客服。")
    return ""


def red_packets(buyer: Buyer, *, at: datetime) -> list[Paper]:
    """The buyer's red packets with what is left, usable ones first (S0-10..16). Two statements."""
    rows = list(
        RedPacket.objects.filter(buyer=buyer).select_related("issue").order_by("-good_until", "-pk")[:MOST]
    )
    shops = _shops({shop_id for row in rows for shop_id in row.issue.shop_ids})
    papers = [
        Paper(
            row.issue.name,
            row.amount_fen,
            0,
            row.good_from,
            row.good_until,
            tuple(shops[pk] for pk in row.issue.shop_ids if pk in shops),
            _why_packet(row, at),
            left_fen=row.left_fen,
        )
        for row in rows
    ]
    return sorted(papers, key=_order)


def _why_packet(row: RedPacket, at: datetime) -> str:
    if row.state == RedPacket.State.DUE:
        return _("还没到账，最迟在获得后 24 小时内到账。")
    if row.state == RedPacket.State.REVOKED:
        return _("已收回。") + (
            _("原因：%(reason)s") % {"reason": row.revoke_reason} if row.revoke_reason else ""
        )
    if row.left_fen == 0 and row.held_fen:
        return _("已用在还没付款的订单上，订单取消后退回。")
    if row.left_fen == 0 and row.used_fen:
        return _("已用完。")
    if row.state == RedPacket.State.EXPIRED or row.good_until < at:
        return _("已过期。")
    if row.good_from > at:
        return _("还没到可用时间。")
    return ""


def _order(paper: Paper) -> tuple[bool, float]:
    """Usable ones first, the one that ends first in front; of the others the latest first."""
    ends = paper.good_until.timestamp()
    return (not paper.usable, ends if paper.usable else -ends)


def _shops(ids: set[int]) -> dict[int, Shop]:
    return {shop.pk: shop for shop in Shop.objects.filter(pk__in=sorted(ids))} if ids else {}


def favourites(buyer: Buyer) -> list[Favourite]:
    """What the buyer likes, the latest first, with product and shop. One statement."""
    rows = Favourite.objects.filter(buyer=buyer).select_related("listing__product", "listing__shop")
    return list(rows.order_by("-at", "-pk")[:MOST])
