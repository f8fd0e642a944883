"""What lies in buyers' purses: coupons taken and given, red packets credited, both expired (docs/laws/offers.md)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, F, Max
from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.promotions.events import CouponsGiven, RedPacketsCredited
from zhanggui.promotions.models import Coupon, Offer, OfferState, RedPacket
from zhanggui.promotions.rules import PURSE_KINDS
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import trouble_of

MOST_AT_ONCE = 10_000
_COUPON = ("offer_id", "buyer_id", "place", "state", "good_from", "good_until")


@dataclass(frozen=True, slots=True)
class Gave:
    """What came of giving coupons to a list: how many pieces, and who had as many as allowed already."""

    pieces: int
    left_out: tuple[int, ...]


@action
def claim(*, by: Actor, buyer: Buyer, shop_id: int, offer_id: int, at: datetime) -> Coupon:
    """A buyer takes a coupon of a shop; gives the coupon. However often it is clicked, he gets as many as allowed, then
    the one he can still use again and again; never more are given out than there are. Six statements.

    The buyer acts for himself, no power is asked. Raises NotFound for a coupon this shop does not have, NotNow outside
    the time for taking or when none is left, NotAllowed for a member level it is not meant for.
    """
    rows = Offer.objects.filter(pk=offer_id, shop_ids__contains=[shop_id], kind__in=PURSE_KINDS)
    offer = rows.filter(merchant_id=buyer.merchant_id).exclude(state__in=_HIDDEN).first()
    if offer is None:
        raise NotFound(_("没有这张券。"))
    if trouble_of(offer):
        raise NotNow(_("「%(name)s」暂时用不了，请联系客服。") % {"name": offer.name})
    _must_be_taken_now(offer, at)
    if offer.levels and buyer.level not in offer.levels:
        raise NotAllowed(_("这张券只给 %(levels)s 级会员。") % {"levels": "、".join(map(str, offer.levels))})
    most = offer.per_buyer or 1
    if had := _enough(offer, buyer, most):
        return had  # without the lock: a hundred clicks must not stand in the way of other buyers
    offer = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    _must_be_taken_now(offer, at)
    if had := _enough(offer, buyer, most):
        return had
    if offer.times is not None and offer.claimed >= offer.times:
        raise NotNow(_("「%(name)s」已经被领完了。") % {"name": offer.name})
    Offer.objects.filter(pk=offer.pk).update(claimed=F("claimed") + 1)
    begins, ends = _window(offer, at)
    last = Coupon.objects.filter(offer=offer, buyer=buyer).aggregate(last=Max("place"))["last"] or 0
    coupon = Coupon.objects.create(
        offer=offer, buyer=buyer, place=last + 1, good_from=begins, good_until=ends
    )
    write(by=by, what="coupon.claimed", kind="offer", object_id=offer.pk, shop_id=shop_id)
    announce(CouponsGiven(offer.pk, (buyer.pk,)))
    return coupon


@action
def give(
    *, by: Actor, offer: Offer, buyer_ids: Sequence[int], pieces: int = 1, reason: str = "", at: datetime
) -> Gave:
    """Put coupons or vouchers of an approved offer into the purses of a list of buyers, `pieces` each.

    A buyer who has some gets only up to what one buyer may have, so the same list twice gives once. All or nothing as to
    the number: when it does not reach for the list, nothing is given. Raises NotAllowed without OFFER_EDIT in each of the
    offer's shops, Invalid for buyers of another merchant, NotNow when the offer is not approved, over, or too few are
    left. Eight statements however long the list.
    """
    for shop_id in offer.shop_ids:
        by.must(Power.OFFER_EDIT, shop_id=shop_id)
    wanted = sorted(set(buyer_ids))
    if offer.kind not in PURSE_KINDS:
        raise Invalid(_("只有优惠券和代金券可以发给买家。"), "offer")
    if not wanted or not 1 <= pieces <= 100:
        raise Invalid(_("请选择买家，每人 1 到 100 张。"), "buyers")
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(_("一次最多发给 %(most)s 位买家。") % {"most": MOST_AT_ONCE}, "buyers")
    if Buyer.objects.filter(pk__in=wanted, merchant_id=offer.merchant_id).count() != len(wanted):
        raise Invalid(_("名单里有不是这个商家的买家。"), "buyers")
    row = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    if row.state not in RUNNING or row.ends_at <= at:
        raise NotNow(_("「%(name)s」还没有批准，或者已经结束，不能发券。") % {"name": row.name})
    had = {
        pk: (many, last)
        for pk, many, last in Coupon.objects.filter(offer=row, buyer_id__in=wanted)
        .values_list("buyer_id")
        .annotate(Count("pk"), Max("place"))
        .order_by()
    }
    most = row.per_buyer or 1
    fresh: list[tuple[int, int]] = []
    for pk in wanted:
        many, last = had.get(pk, (0, 0))
        fresh += [(pk, last + place) for place in range(1, min(pieces, most - many) + 1)]
    if row.times is not None and row.claimed + len(fresh) > row.times:
        raise NotNow(
            _("「%(name)s」只剩 %(left)s 张，名单需要 %(many)s 张，一张也没有发。")
            % {"name": row.name, "left": row.times - row.claimed, "many": len(fresh)}
        )
    Offer.objects.filter(pk=row.pk).update(claimed=F("claimed") + len(fresh))
    begins, ends = _window(row, at)
    copy_in(
        Coupon, _COUPON, ((row.pk, pk, place, Coupon.State.FREE.value, begins, ends) for pk, place in fresh)
    )
    got = tuple(sorted({pk for pk, _place in fresh}))
    write(
        by=by,
        what="coupon.given",
        kind="offer",
        object_id=row.pk,
        shop_id=row.shop_ids[0],
        change={"coupons": [0, len(fresh)], "buyers": [0, len(got)]},
        reason=reason[:300],
    )
    if got:
        announce(CouponsGiven(row.pk, got))
    return Gave(len(fresh), tuple(pk for pk in wanted if pk not in set(got)))


@action
def revoke(*, by: Actor, offer: Offer, buyer_ids: Sequence[int], reason: str, at: datetime) -> int:
    """Take the unused coupons of an offer out of these purses; gives how many. Those that orders hold stay.

    Raises NotAllowed without OFFER_EDIT in each of the offer's shops, Invalid without a reason. Two statements.
    """
    for shop_id in offer.shop_ids:
        by.must(Power.OFFER_EDIT, shop_id=shop_id)
    if not reason.strip():
        raise Invalid(_("收回券时请写明原因。"), "reason")
    many = Coupon.objects.filter(
        offer=offer, buyer_id__in=sorted(set(buyer_ids)), state=Coupon.State.FREE
    ).update(state=Coupon.State.REVOKED)
    write(
        by=by,
        what="coupon.revoked",
        kind="offer",
        object_id=offer.pk,
        shop_id=offer.shop_ids[0],
        change={"coupons": [0, many]},
        reason=reason.strip()[:300],
    )
    return many


@action
def credit_due(*, by: Actor, at: datetime, most: int = 2000) -> int:
    """Credit red packets that were won: usable inside their window from now on; gives how many. Called by the worker
    every minute, so that the 24 hours of S0-10 are never used up. Six statements; what somebody holds waits a round.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH due AS (SELECT id FROM promotions_redpacket WHERE state = 'due' ORDER BY credit_by, id "
            "LIMIT %s FOR UPDATE SKIP LOCKED) UPDATE promotions_redpacket p SET state = 'credited', "
            "credited_at = %s FROM due WHERE p.id = due.id RETURNING p.id, p.amount_fen",
            [most, at],
        )
        credited = sorted(cursor.fetchall())
    if not credited:
        return 0
    state = [RedPacket.State.DUE.value, RedPacket.State.CREDITED.value]
    write_many(
        by=by,
        what="red_packet.credited",
        lines=[
            Line("red_packet", pk, None, {"state": state, "amount_fen": [0, fen]}) for pk, fen in credited
        ],
    )
    announce(RedPacketsCredited(tuple(pk for pk, _fen in credited)))
    return len(credited)


@action
def expire_due(*, by: Actor, at: datetime, most: int = 2000) -> int:
    """Expire coupons and what is left of red packets past their time (S0-15); gives how many. Called by the worker.

    What an order still holds is not touched; it expires when the order gives it back. Six statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH over AS (SELECT id FROM promotions_coupon WHERE state = 'free' AND good_until <= %s "
            "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) UPDATE promotions_coupon c SET state = 'expired' "
            "FROM over WHERE c.id = over.id RETURNING c.offer_id",
            [at, most],
        )
        coupons = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "WITH over AS (SELECT id, left_fen FROM promotions_redpacket WHERE left_fen > 0 AND good_until < %s "
            "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) UPDATE promotions_redpacket p SET left_fen = 0, "
            "state = 'expired', expired_fen = p.expired_fen + over.left_fen FROM over WHERE p.id = over.id "
            "RETURNING p.id, over.left_fen",
            [at, most],
        )
        packets = sorted(cursor.fetchall())
    by_offer: Mapping[int, int] = _counted(coupons)
    lines = [
        Line("offer", pk, None, {"coupons": [many, 0]}, what="coupon.expired")
        for pk, many in by_offer.items()
    ]
    lines += [
        Line("red_packet", pk, None, {"left_fen": [fen, 0]}, what="red_packet.expired") for pk, fen in packets
    ]
    write_many(by=by, what="coupon.expired", lines=lines)
    return len(coupons) + len(packets)


_HIDDEN = (OfferState.DRAFT, OfferState.REVIEW)


def _must_be_taken_now(offer: Offer, at: datetime) -> None:
    begins, ends = offer.claim_from or offer.starts_at, offer.claim_until or offer.ends_at
    if offer.state not in RUNNING or at >= min(ends, offer.ends_at):
        raise NotNow(_("「%(name)s」已经不能领了。") % {"name": offer.name})
    if at < begins:
        raise NotNow(_("「%(name)s」还没有开始领取。") % {"name": offer.name})


def _enough(offer: Offer, buyer: Buyer, most: int) -> Coupon | None:
    """The coupon to show again when the buyer has as many as allowed; None while he may take one more."""
    had = list(Coupon.objects.filter(offer=offer, buyer=buyer).order_by("place"))
    if len(had) < most:
        return None
    free = [coupon for coupon in had if coupon.state == Coupon.State.FREE]
    return free[-1] if free else had[-1]


def _window(offer: Offer, at: datetime) -> tuple[datetime, datetime]:
    """From when to when a coupon taken now may be used."""
    begins = max(at, offer.starts_at)
    if offer.good_days is None:
        return begins, offer.ends_at
    return begins, min(offer.ends_at, begins + timedelta(days=offer.good_days))


def _counted(ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for pk in sorted(ids):
        found[pk] += 1
    return found
