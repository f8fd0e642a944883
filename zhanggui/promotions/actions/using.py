"""Holding offers, coupons and red packets for orders, settling them when paid, giving them back when closed.

Scarce things are taken, not checked: rows are locked in one order (buyers, offers, shares, coupons, red packets, each
by id), the decision is made on locked rows, and the CHECKs of the tables have the last word. docs/laws/offers.md.

Offers without a limit are not locked and their counters not touched (a shop-wide 满减 would make every checkout of
the shop wait for every other); `tasks.recount` writes those by the minute from the uses.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit import together
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.prepared import Rows
from zhanggui.kit.refusals import NotNow
from zhanggui.promotions.models import Coupon, Offer, RedPacket, RedPacketUse, Share, Use
from zhanggui.promotions.pricing import values
from zhanggui.promotions.queries.live import as_json, usable_coupons, used_by
from zhanggui.promotions.taking import (
    PURSE_KINDS,
    Claim,
    Stock,
    Wanted,
    claim_of,
    is_limited,
    most_per_buyer,
    packet_usable,
)


@dataclass(frozen=True, slots=True)
class Hold:
    """An order that wants what its priced basket says."""

    order_id: int
    shop_id: int
    buyer_id: int | None
    priced: values.Priced


@action
def hold_many(*, by: Actor, holds: Sequence[Hold], at: datetime, fresh: bool = False) -> dict[int, str]:
    """Take for each order, in the order of the list, all that its price rests on; gives the outcome by order.

    "": taken, now or before. Else the sentence why the offer, coupon, budget, share or red packet is gone, and
    nothing was taken for that order. At most fourteen statements however long the list. No power is asked: it is
    part of placing an order. `fresh`: the caller has just made these orders, so none can hold anything already.
    """
    claims = [claim_of(hold.order_id, hold.shop_id, hold.buyer_id, hold.priced) for hold in holds]
    return _take(claims, at, fresh=fresh)


@action
def hold_again_many(*, by: Actor, orders: Mapping[int, int], at: datetime) -> dict[int, str]:
    """Take again what orders held before it was given back: money came for them after they were closed.

    `orders`: shop ids by order id. The price was promised, so an offer that ended meanwhile still counts, but what
    is used up does not. Outcome as `hold_many`; an order that held nothing gives "". Sixteen statements at most.
    """
    uses: dict[int, list[Use]] = defaultdict(list)
    for use in Use.objects.filter(order_id__in=sorted(orders), state=Use.State.BACK).order_by("offer_id"):
        uses[use.order_id].append(use)
    red: dict[int, list[RedPacketUse]] = defaultdict(list)
    rows = RedPacketUse.objects.filter(order_id__in=sorted(orders), state=Use.State.BACK)
    for packet_use in rows.select_related("packet").order_by("packet_id"):
        red[packet_use.order_id].append(packet_use)
    claims = []
    for order_id, shop_id in orders.items():
        buyers = [use.buyer_id for use in uses[order_id]] + [use.packet.buyer_id for use in red[order_id]]
        claims.append(
            Claim(
                order_id,
                shop_id,
                buyers[0] if buyers else None,
                tuple(
                    Wanted(
                        use.offer_id, use.times, use.off_fen, {int(sku): n for sku, n in use.pieces.items()}
                    )
                    for use in uses[order_id]
                ),
                tuple(values.PacketUse(use.packet_id, use.amount_fen) for use in red[order_id]),
            )
        )
    return _take(claims, at, begun=True)


@action
def settle_many(*, by: Actor, order_ids: Sequence[int], at: datetime) -> int:
    """The orders are paid: what was held is used; gives how many uses changed. Six statements at most."""
    wanted = sorted(set(order_ids))
    changed = len(_move_uses(wanted, Use.State.USED))
    changed += Coupon.objects.filter(order_id__in=wanted, state=Coupon.State.HELD).update(
        state=Coupon.State.USED
    )
    moved = _move_packet_uses(wanted, RedPacketUse.State.USED)
    _change_packets(
        [(pk, {"held_fen": -fen, "used_fen": fen}) for pk, fen in sorted(_by_packet(moved).items())]
    )
    return changed + len(moved)


def settle_together(*, order_ids: Sequence[int], red: Sequence[int], at: datetime) -> None:
    """`settle_many` for who need not know how many changed: two writes that go with others (`kit.together`).

    `red`: those of the orders that red packets pay for. The orders are locked by the caller.
    """
    for table in ("promotions_use", "promotions_coupon"):
        together.change(
            table,
            f"UPDATE {table} SET state = 'used' WHERE order_id = ANY(%s::bigint[]) AND state = 'held'",  # noqa: S608
            [list(order_ids)],
        )
    if red:
        moved = _move_packet_uses(sorted(red), RedPacketUse.State.USED)
        _change_packets(
            [(pk, {"held_fen": -fen, "used_fen": fen}) for pk, fen in sorted(_by_packet(moved).items())]
        )


@action
def give_back_many(*, by: Actor, order_ids: Sequence[int], at: datetime) -> int:
    """The orders are closed unpaid: what was held is free again; gives how many uses changed.

    A coupon or red packet whose time is over meanwhile is expired, a red packet that was revoked stays so. Doing it
    twice changes nothing. Eleven statements at most.
    """
    wanted = sorted(set(order_ids))
    live = list(
        Use.objects.filter(order_id__in=wanted, state=Use.State.HELD).values_list("offer_id", flat=True)
    )
    limited = _lock_offers(live) if live else {}
    shares = _lock_shares(live) if live else {}
    back = _move_uses(wanted, Use.State.BACK)
    times: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    pieces: dict[int, int] = defaultdict(int)
    for offer_id, used_times, off_fen, taken in back:
        if offer_id in limited:
            times[offer_id][0] -= used_times
            times[offer_id][1] -= off_fen
        for sku_id, many in taken.items():
            if (offer_id, int(sku_id)) in shares:
                pieces[shares[offer_id, int(sku_id)][0]] -= many
    _add_to_offers(times)
    _add_to_shares(pieces)
    return len(back) + _coupons_back(wanted, at) + _packets_back(wanted, at)


@action
def refund_red(*, by: Actor, order_id: int, fen: int, at: datetime) -> tuple[int, int]:
    """So much of a paid order's red packets is refunded; gives (returned, expired) in fen, together `fen` (S0-14).

    What belongs to a packet that may still be used goes back into it; the rest is expired, or revoked where the
    packet was revoked (told among the expired). Packets that may still be used come first, the one that ends last in
    front: the buyer gets back as much as can be. The caller books the two amounts. Raises NotNow when the order's red
    packets did not pay so much. Seven statements.
    """
    if fen <= 0:
        return 0, 0
    uses = list(
        RedPacketUse.objects.filter(order_id=order_id, state=RedPacketUse.State.USED).order_by("packet_id")
    )
    packets = _lock_packets([use.packet_id for use in uses])
    uses = list(
        RedPacketUse.objects.select_for_update()
        .filter(order_id=order_id, state=RedPacketUse.State.USED)
        .order_by("packet_id")
    )
    uses.sort(key=lambda use: (not _may_return(packets[use.packet_id], at), -_ends(packets[use.packet_id])))
    returned = expired = 0
    changes: list[tuple[int, dict[str, int]]] = []
    lines: list[Line] = []
    for use in uses:
        part = min(fen - returned - expired, use.amount_fen - use.returned_fen - use.expired_fen)
        if part <= 0:
            continue
        packet = packets[use.packet_id]
        if _may_return(packet, at):
            returned, use.returned_fen = returned + part, use.returned_fen + part
            changes.append((packet.pk, {"used_fen": -part, "left_fen": part}))
        else:
            expired, use.expired_fen = expired + part, use.expired_fen + part
            where = "revoked_fen" if packet.state == RedPacket.State.REVOKED else "expired_fen"
            changes.append((packet.pk, {"used_fen": -part, where: part}))
        where = "returned_fen" if _may_return(packet, at) else "expired_fen"
        lines.append(Line("red_packet", packet.pk, None, {where: [0, part]}))
        if use.returned_fen + use.expired_fen == use.amount_fen:
            use.state = RedPacketUse.State.BACK
    if returned + expired != fen:
        raise NotNow(_("这笔订单用红包付的钱没有这么多，不能再退。"))
    RedPacketUse.objects.bulk_update(uses, ["returned_fen", "expired_fen", "state"])
    _change_packets(sorted(changes, key=lambda change: change[0]))
    write_many(by=by, what="red_packet.refunded", lines=lines)
    return returned, expired


@action
def refunded_many(*, by: Actor, order_ids: Sequence[int], at: datetime) -> int:
    """Paid orders were refunded as a whole: their coupons that are still good go back into the purse; gives how many.

    Called by who refunds, for shops whose policy `promotions.coupon_back_after_refund` says so. What an offer gave
    stays used: its times, budget and shares are not for a second round (docs/laws/offers.md). One statement.
    """
    return Coupon.objects.filter(
        order_id__in=sorted(set(order_ids)), state=Coupon.State.USED, good_until__gt=at
    ).update(state=Coupon.State.FREE, order_id=None)


_OFFERS = Rows(Offer, "WHERE t.id = ANY(%s::bigint[])")
_LIMITED = Rows(
    Offer,
    "WHERE t.id = ANY(%s::bigint[]) AND (t.times IS NOT NULL OR t.budget_fen IS NOT NULL) "
    "ORDER BY t.id FOR NO KEY UPDATE",
)
_SHARES = Rows(Share, "WHERE t.offer_id = ANY(%s::bigint[]) ORDER BY t.id FOR NO KEY UPDATE")
_TABLES = ("offer", "use", "share", "coupon", "redpacket", "redpacketissue", "redpacketuse")


def _take(
    claims: Sequence[Claim], at: datetime, *, begun: bool = False, fresh: bool = False
) -> dict[int, str]:
    outcomes = {claim.order_id: "" for claim in claims}
    asking = [claim for claim in claims if claim.uses or claim.packets]
    if not asking:
        return outcomes
    with together.aside("customers_buyer", *(f"promotions_{name}" for name in _TABLES)):
        stock, held = _locked(asking, at, begun=begun, fresh=fresh)
        for claim in asking:
            if claim.order_id not in held:
                outcomes[claim.order_id] = stock.serve(claim)
        _write(stock)
    return outcomes


def _locked(
    asking: Sequence[Claim], at: datetime, *, begun: bool, fresh: bool
) -> tuple[Stock, Collection[int]]:
    """Lock what is scarce for these claims; gives it, and the orders that hold something already."""
    offer_ids = {use.offer_id for claim in asking for use in claim.uses}
    packet_ids = {use.packet_id for claim in asking for use in claim.packets}
    offers = {row.pk: row for row in _OFFERS(sorted(offer_ids))}
    purses = {pk for pk, row in offers.items() if row.kind in PURSE_KINDS}
    counted = {pk for pk, row in offers.items() if most_per_buyer(row) is not None}
    own = purses | counted
    buyers = {
        claim.buyer_id
        for claim in asking
        if claim.buyer_id is not None and (claim.packets or any(use.offer_id in own for use in claim.uses))
    }
    if buyers:
        _lock_buyers(buyers)
    limited = [pk for pk, row in offers.items() if is_limited(row)]
    offers |= _lock_offers(limited) if limited else {}
    shared = any(use.pieces for claim in asking for use in claim.uses)
    stock = Stock(
        at=at,
        offers=offers,
        shares=_lock_shares(offer_ids) if shared else {},
        coupons=_lock_coupons(buyers, purses, at) if purses else {},
        packets=_lock_packets(packet_ids),
        packet_shops={},
        used={},
        begun=begun,
        fresh=fresh,
    )
    stock.packet_shops = {pk: packet.issue.shop_ids for pk, packet in stock.packets.items()}
    # After the locks: what a rival held a moment ago is visible now.
    held = set() if fresh else _held_already([claim.order_id for claim in asking])
    if counted and buyers:
        stock.used = used_by(buyers, counted)
    return stock, held


def _write(stock: Stock) -> None:
    if not stock.served:
        return
    _add_to_offers({pk: taken for pk, taken in stock.taken_offers.items() if is_limited(stock.offers[pk])})
    _add_to_shares(stock.taken_shares)
    if stock.taken_coupons:
        _hold_coupons(stock.taken_coupons)
    _change_packets(
        [(pk, {"left_fen": -fen, "held_fen": fen}) for pk, fen in sorted(stock.taken_packets.items()) if fen]
    )
    uses = [(claim, use) for claim in stock.served for use in claim.uses]
    if uses and stock.fresh:
        copy_in(
            Use,
            ("offer_id", "order_id", "buyer_id", "times", "off_fen", "pieces", "state"),
            [
                (
                    use.offer_id, claim.order_id, claim.buyer_id, use.times, use.off_fen,
                    Jsonb({str(sku): n for sku, n in use.pieces.items()}), "held",
                )
                for claim, use in uses
            ],
        )  # fmt: skip
    elif uses:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO promotions_use (offer_id, order_id, buyer_id, times, off_fen, pieces, state) "
                "SELECT v.offer, v.ord, v.buyer, v.times, v.fen, v.pieces, 'held' FROM unnest(%s::bigint[], "
                "%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::jsonb[]) "
                "AS v(offer, ord, buyer, times, fen, pieces) ON CONFLICT (offer_id, order_id) DO UPDATE "
                "SET state = 'held', times = excluded.times, off_fen = excluded.off_fen, "
                "pieces = excluded.pieces, at = statement_timestamp() WHERE promotions_use.state = 'back'",
                [
                    [use.offer_id for _claim, use in uses],
                    [claim.order_id for claim, _use in uses],
                    [claim.buyer_id for claim, _use in uses],
                    [use.times for _claim, use in uses],
                    [use.off_fen for _claim, use in uses],
                    [Jsonb({str(sku): n for sku, n in use.pieces.items()}) for _claim, use in uses],
                ],
            )
            _all_of(cursor.rowcount, len(uses))
    packet_uses = [(claim, use) for claim in stock.served for use in claim.packets]
    if packet_uses:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO promotions_redpacketuse (packet_id, order_id, amount_fen, returned_fen, expired_fen, "
                "state) SELECT v.packet, v.ord, v.fen, 0, 0, 'held' FROM unnest(%s::bigint[], %s::bigint[], "
                "%s::bigint[]) AS v(packet, ord, fen) ON CONFLICT (packet_id, order_id) DO UPDATE "
                "SET state = 'held', amount_fen = excluded.amount_fen, returned_fen = 0, expired_fen = 0 "
                "WHERE promotions_redpacketuse.state = 'back'",
                [
                    [use.packet_id for _claim, use in packet_uses],
                    [claim.order_id for claim, _use in packet_uses],
                    [use.fen for _claim, use in packet_uses],
                ],
            )
            _all_of(cursor.rowcount, len(packet_uses))


def _all_of(written: int, wanted: int) -> None:
    if written != wanted:
        raise NotNow(_("这笔订单的优惠刚刚被处理过，请刷新后再试。"))


def _lock_buyers(buyers: Collection[int]) -> None:
    """Two orders of one buyer come one after the other: what each buyer may do so often is counted under this lock."""
    list(
        Buyer.objects.select_for_update(no_key=True)
        .filter(pk__in=sorted(buyers))
        .order_by("pk")
        .values_list("pk")
    )


def _lock_offers(ids: Iterable[int]) -> dict[int, Offer]:
    """Lock those offers that have a limit, by id. One statement."""
    return {row.pk: row for row in _LIMITED(sorted(set(ids))) if is_limited(row)}


def _lock_shares(offer_ids: Iterable[int]) -> dict[tuple[int, int], list[int]]:
    rows = _SHARES(sorted(set(offer_ids)))
    return {(row.offer_id, row.sku_id): [row.pk, row.pieces - row.used] for row in rows}


def _lock_coupons(
    buyers: Collection[int], offers: Collection[int], at: datetime
) -> dict[tuple[int, int], list[int]]:
    rows = list(
        usable_coupons(at)
        .select_for_update(no_key=True)
        .filter(buyer_id__in=sorted(buyers), offer_id__in=sorted(offers))
        .order_by("pk")
    )
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.good_until, row.pk)):
        found[row.buyer_id, row.offer_id].append(row.pk)
    return found


def _lock_packets(ids: Iterable[int]) -> dict[int, RedPacket]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = RedPacket.objects.select_for_update(no_key=True, of=("self",)).select_related("issue")
    return {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}


def _held_already(order_ids: Sequence[int]) -> set[int]:
    """Orders that hold or used something already. One statement."""
    uses = Use.objects.filter(order_id__in=list(order_ids)).exclude(state=Use.State.BACK)
    red = RedPacketUse.objects.filter(order_id__in=list(order_ids)).exclude(state=RedPacketUse.State.BACK)
    return set(uses.values_list("order_id", flat=True).union(red.values_list("order_id", flat=True)))


def _add_to_offers(changes: Mapping[int, Sequence[int]]) -> None:
    """Add to times and fen of locked offers. One statement."""
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_offer o SET used_times = used_times + v.times, used_fen = used_fen + v.fen "
            "FROM unnest(%s::bigint[], %s::int[], %s::bigint[]) AS v(id, times, fen) WHERE o.id = v.id",
            [
                list(changes),
                [change[0] for change in changes.values()],
                [change[1] for change in changes.values()],
            ],
        )


def _add_to_shares(changes: Mapping[int, int]) -> None:
    """Add to the used pieces of locked shares. One statement."""
    if not changes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_share s SET used = used + v.pieces "
            "FROM unnest(%s::bigint[], %s::int[]) AS v(id, pieces) WHERE s.id = v.id",
            [list(changes), list(changes.values())],
        )


def _hold_coupons(taken: Sequence[tuple[int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_coupon c SET state = 'held', order_id = v.ord "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, ord) WHERE c.id = v.id AND c.state = 'free'",
            [[pk for pk, _order in taken], [order for _pk, order in taken]],
        )
        _all_of(cursor.rowcount, len(taken))


_PACKET_COLUMNS = ("left_fen", "held_fen", "used_fen", "expired_fen", "revoked_fen")


def _change_packets(changes: Sequence[tuple[int, Mapping[str, int]]]) -> None:
    """Add to the sums of locked red packets; what one column loses another gains (a CHECK). One statement."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for pk, change in changes:
        for column, fen in change.items():
            sums[pk][column] += fen
    if not sums:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_redpacket p SET left_fen = p.left_fen + v.l, held_fen = p.held_fen + v.h, "
            "used_fen = p.used_fen + v.u, expired_fen = p.expired_fen + v.e, revoked_fen = p.revoked_fen + v.r "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) "
            "AS v(id, l, h, u, e, r) WHERE p.id = v.id",
            [list(sums), *([change[column] for change in sums.values()] for column in _PACKET_COLUMNS)],
        )


def _move_uses(order_ids: Sequence[int], to: str) -> list[tuple[int, int, int, dict[str, int]]]:
    """Move the held uses of these orders; gives (offer, times, fen, pieces) of those that this call moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH live AS (SELECT id FROM promotions_use WHERE order_id = ANY(%s::bigint[]) AND state = 'held' "
            "ORDER BY id FOR UPDATE) UPDATE promotions_use u SET state = %s FROM live WHERE u.id = live.id "
            "RETURNING u.offer_id, u.times, u.off_fen, u.pieces",
            [list(order_ids), str(to)],
        )
        return [(row[0], row[1], row[2], as_json(row[3])) for row in cursor.fetchall()]


def _move_packet_uses(order_ids: Sequence[int], to: str) -> list[tuple[int, int]]:
    """Lock the packets these orders hold, then move the uses; gives (packet, fen) of those that this call moved."""
    rows = RedPacketUse.objects.filter(order_id__in=order_ids, state=RedPacketUse.State.HELD)
    packets = list(rows.values_list("packet_id", flat=True))
    if not packets:
        return []
    _lock_packets(packets)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_redpacketuse SET state = %s WHERE order_id = ANY(%s::bigint[]) AND state = 'held' "
            "RETURNING packet_id, amount_fen",
            [str(to), list(order_ids)],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def _coupons_back(order_ids: Sequence[int], at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE promotions_coupon SET state = CASE WHEN good_until > %s THEN 'free' ELSE 'expired' END, "
            "order_id = NULL WHERE order_id = ANY(%s::bigint[]) AND state = 'held'",
            [at, list(order_ids)],
        )
        return int(cursor.rowcount)


def _packets_back(order_ids: Sequence[int], at: datetime) -> int:
    moved = _move_packet_uses(order_ids, RedPacketUse.State.BACK)
    if not moved:
        return 0
    sums = _by_packet(moved)
    changes, over = [], []
    for packet in RedPacket.objects.filter(pk__in=sorted(sums)).order_by("pk"):
        where = "left_fen"
        if packet.state == RedPacket.State.REVOKED:
            where = "revoked_fen"
        elif not _may_return(packet, at):
            where = "expired_fen"
            over.append(packet.pk)
        changes.append((packet.pk, {"held_fen": -sums[packet.pk], where: sums[packet.pk]}))
    _change_packets(changes)
    if over:
        RedPacket.objects.filter(pk__in=over, left_fen=0, held_fen=0).update(state=RedPacket.State.EXPIRED)
    return len(moved)


def _by_packet(moved: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for packet_id, fen in moved:
        sums[packet_id] += fen
    return sums


def _may_return(packet: RedPacket, at: datetime) -> bool:
    return packet_usable(packet, at)


def _ends(packet: RedPacket) -> float:
    return packet.good_until.timestamp()
