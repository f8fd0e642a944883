"""Deciding who gets what of scarce offers, on locked rows: pure bookkeeping between the locks and the writes.

`Claims` says what an order wants, `Stock` what there is. An order is served whole or not at all; what a refused
order wanted stays for the next one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.promotions.models import Offer, OfferKind, RedPacket
from zhanggui.promotions.policies import RED_PACKETS_MOST
from zhanggui.promotions.pricing import values
from zhanggui.promotions.states import RUNNING

PURSE_KINDS = (OfferKind.COUPON, OfferKind.VOUCHER)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order wants of one offer: so often, for so much off, and pieces of its stock shares by SKU."""

    offer_id: int
    times: int
    off_fen: int
    pieces: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an order wants in all."""

    order_id: int
    shop_id: int
    buyer_id: int | None
    uses: tuple[Wanted, ...]
    packets: tuple[values.PacketUse, ...] = ()


def claim_of(order_id: int, shop_id: int, buyer_id: int | None, priced: values.Priced) -> Claim:
    """What a priced basket wants: its applied offers with the pieces at their price or given away, red packets."""
    pieces: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line in priced.lines:
        for part in line.parts:
            if part.offer_id is not None:
                pieces[part.offer_id][line.sku_id] += part.pieces
    for gift in priced.gifts:
        pieces[gift.offer_id][gift.sku_id] += gift.pieces
    uses = [
        Wanted(row.offer_id, max(1, row.times), row.off_fen, dict(pieces.get(row.offer_id, {})))
        for row in sorted(priced.applied, key=lambda row: row.offer_id)
    ]
    return Claim(
        order_id,
        shop_id,
        buyer_id,
        tuple(uses),
        tuple(use for use in priced.red if use.fen > 0),
    )


@dataclass(slots=True)
class Stock:
    """What there is, on locked rows: taken down as orders are served.

    `shares`: (offer, SKU) to [id of the share, pieces left]. `coupons`: (buyer, offer) to ids, the one that ends
    first in front. `used`: (buyer, offer) to times. `packet_shops`: by packet the shops where it holds, empty: all.
    `begun`: the order was promised its price before; whether an offer is still running does not matter then.
    `fresh`: none of the orders held anything before.
    """

    at: datetime
    offers: Mapping[int, Offer]
    shares: dict[tuple[int, int], list[int]]
    coupons: dict[tuple[int, int], list[int]]
    used: dict[tuple[int, int], int]
    packets: Mapping[int, RedPacket]
    packet_shops: Mapping[int, Sequence[int]]
    begun: bool = False
    fresh: bool = False
    served: list[Claim] = field(default_factory=list)
    taken_coupons: list[tuple[int, int]] = field(default_factory=list)
    taken_shares: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    taken_packets: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    taken_offers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def serve(self, claim: Claim) -> str:
        """Serve an order whole and give "", or take nothing and give the sentence why not."""
        refusal = self._why_not(claim)
        if refusal:
            return refusal
        for wanted in claim.uses:
            offer = self.offers[wanted.offer_id]
            self.taken_offers[offer.pk][0] += wanted.times
            self.taken_offers[offer.pk][1] += wanted.off_fen
            if claim.buyer_id is not None:
                key = (claim.buyer_id, offer.pk)
                self.used[key] = self.used.get(key, 0) + wanted.times
                if offer.kind in PURSE_KINDS:
                    purse = self.coupons[key]
                    self.taken_coupons += [(purse.pop(0), claim.order_id) for _n in range(wanted.times)]
            for sku_id, pieces in wanted.pieces.items():
                share = self.shares.get((offer.pk, sku_id))
                if share is not None:
                    share[1] -= pieces
                    self.taken_shares[share[0]] += pieces
        for use in claim.packets:
            self.taken_packets[use.packet_id] += use.fen
        self.served.append(claim)
        return ""

    def _why_not(self, claim: Claim) -> str:
        for wanted in claim.uses:
            offer = self.offers.get(wanted.offer_id)
            refusal = _("有一个优惠已经没有了，请重新确认订单。")
            if offer is not None:
                refusal = self._why_not_offer(claim, wanted, offer)
            if refusal:
                return refusal
        return self._why_not_packets(claim)

    def _why_not_offer(self, claim: Claim, wanted: Wanted, offer: Offer) -> str:
        name = {"name": offer.name}
        if claim.shop_id not in offer.shop_ids or not (self.begun or is_live(offer, self.at)):
            return _("「%(name)s」已经结束了，请重新确认订单。") % name
        times, fen = self.taken_offers[offer.pk]
        in_purse = offer.kind in PURSE_KINDS
        if not in_purse and offer.times is not None and offer.used_times + times + wanted.times > offer.times:
            return _("「%(name)s」的名额刚刚用完了，请重新确认订单。") % name
        if offer.budget_fen is not None and offer.used_fen + fen + wanted.off_fen > offer.budget_fen:
            return _("「%(name)s」的优惠额度刚刚用完了，请重新确认订单。") % name
        key = (claim.buyer_id or 0, offer.pk)
        if in_purse and len(self.coupons.get(key, [])) < wanted.times:
            return _("「%(name)s」这张券已经用掉、过期或不在您的卡包里了。") % name
        most = most_per_buyer(offer)
        if most is not None and (claim.buyer_id is None or self.used.get(key, 0) + wanted.times > most):
            return _("「%(name)s」每人限用 %(most)s 次，您已经用完了。") % {**name, "most": most}
        for sku_id, pieces in wanted.pieces.items():
            share = self.shares.get((offer.pk, sku_id))
            if share is not None and share[1] < pieces:
                return _("「%(name)s」的活动库存刚刚被抢完了，请重新确认订单。") % name
        return ""

    def _why_not_packets(self, claim: Claim) -> str:
        if len(claim.packets) > RED_PACKETS_MOST:
            return _("一笔订单最多使用 %(most)s 个红包。") % {"most": RED_PACKETS_MOST}
        for use in claim.packets:
            packet = self.packets.get(use.packet_id)
            if (
                packet is None
                or packet.buyer_id != claim.buyer_id
                or not packet_usable(packet, self.at)
                or (self.packet_shops[packet.pk] and claim.shop_id not in self.packet_shops[packet.pk])
                or packet.left_fen - self.taken_packets[packet.pk] < use.fen
            ):
                return _("红包已经用掉、过期或在这家店不能用，请重新确认订单。")
        return ""


def is_live(offer: Offer, at: datetime) -> bool:
    """Whether an offer can be used at the moment: approved, not stopped, begun and not over. To the instant."""
    return offer.state in RUNNING and offer.starts_at <= at < offer.ends_at


def packet_usable(packet: RedPacket, at: datetime) -> bool:
    """Whether what is left of a red packet may be used at the moment; both ends of its window are included."""
    return packet.state == RedPacket.State.CREDITED and packet.good_from <= at <= packet.good_until


def most_per_buyer(offer: Offer) -> int | None:
    """How often one buyer may use it: coupons are limited by the purse, an offer for first orders to one."""
    if offer.kind in PURSE_KINDS:
        return None
    return 1 if offer.first_order_only and offer.per_buyer is None else offer.per_buyer


def is_limited(offer: Offer) -> bool:
    """Whether its counters must be right at every moment, so that its row is locked by whoever uses it."""
    return offer.budget_fen is not None or (offer.times is not None and offer.kind not in PURSE_KINDS)
