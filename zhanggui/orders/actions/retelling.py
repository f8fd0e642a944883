"""What a source tells of orders that are there: compared with what it told before, moved forward only.

A source repeats itself, and files come in any order. So news is what differs from the source's own last word
(`Order.told`), never what differs from us: our own changes, which nobody carried outside yet, are not undone.
A source that tells an earlier state than it told before is an older file: it only fills what is unknown.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhanggui.catalog.queries import skus_by_code
from zhanggui.customers.actions import meet_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in, take_ids
from zhanggui.kit.money import split
from zhanggui.kit.refusals import Invalid
from zhanggui.orders import rules, words
from zhanggui.orders.actions.memos import notice_outside
from zhanggui.orders.actions.parcelling import PARCELLED, put_parcels
from zhanggui.orders.actions.placing import LINE_FIELDS, add_words, put_receivers, region_of, told_of
from zhanggui.orders.actions.prices import full_price, restart_payment_time
from zhanggui.orders.actions.receipt import CONFIRM, freeze, thaw
from zhanggui.orders.actions.shipping import confirm_due, start_confirm_time
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersUpdated
from zhanggui.orders.models import Order, OrderLine, Timer
from zhanggui.orders.sealing import kept_trace
from zhanggui.orders.states import ENDED, RANK, LineState, Refund, State
from zhanggui.orders.weighing import Weighed, WeighedGoods, WeighedLine, weigh_lines
from zhanggui.shops.models import Shop

_LINE_RANK = {
    LineState.UNPAID: 0,
    LineState.PAID: 1,
    LineState.SHIPPED: 2,
    LineState.FINISHED: 3,
    LineState.CLOSED: 4,
}


@dataclass(frozen=True, slots=True)
class Retelling:
    """An order that is there, and what is told of it now."""

    order_id: int
    news: Weighed


def retell(*, by: Actor, shop: Shop, news: Sequence[Retelling], at: datetime) -> set[int]:
    """Take what is told of known orders; gives the ids of those that changed. In the caller's transaction."""
    batch = Batch(one.order_id for one in news)
    parcels: list[PARCELLED] = []
    receivers: list[tuple[int, Arriving]] = []
    seen: list[tuple[int, str | None, int | None]] = []
    nicks = {n.news.told.nick for n in news if n.news.told.nick and batch.orders[n.order_id].buyer_id is None}
    buyers = (
        meet_many(by=by, merchant_id=shop.merchant_id, platform=shop.platform, nicks=nicks) if nicks else {}
    )
    goods: dict[int, WeighedGoods] = {}
    for one in news:
        if one.news.lines and not batch.lines[one.order_id]:
            with suppress(Invalid):
                goods[one.order_id] = _explain(batch.orders[one.order_id], one.news.told.lines)
    _give(by, shop, batch, goods, at)
    for one in news:
        order, told = batch.orders[one.order_id], one.news.told
        if order.buyer_id is None and told.nick:
            order.buyer_id = buyers.get(told.nick)
        before = dict(order.told)
        older = RANK[told.state] < RANK.get(before.get("state", ""), -1)
        knows = "who" in before
        if told.receiver is not None and (not knows or not older):
            said = told_of(told)["who"]
            if said != before.get("who") and order.state not in ENDED:
                receivers.append((order.pk, told))
                order.region = region_of(told.receiver)
                batch.trouble(order, "address", not (order.region and told.receiver.address))
                batch.tell(order, {"receiver": [None, kept_trace(told.receiver)]})
        if not older:
            _money(batch, order, one.news, before, at)
            _forward(batch, order, one.news, parcels, at)
            _refunds(batch, order, one.news, before, at)
            _lock(batch, order, told)
            if order.shipped_at is None and RANK[order.state] >= RANK[State.SHIPPED]:
                order.shipped_at = told.shipped_at
            if told.waybill and not order.waybill:
                order.carrier, order.waybill = told.carrier[:30] or order.carrier, told.waybill[:40]
            seen.append((order.pk, told.memo, told.flag))
        said_now = before | told_of(told) if not older else told_of(told) | before
        if said_now != before:
            order.told = said_now
            batch.touch(order)
    put_parcels(shop=shop, rows=parcels)
    put_receivers(receivers)
    changed = {order.pk for order in batch.save(by=by, what="order.updated", at=at, news=OrdersUpdated)}
    changed.update(notice_outside(by=by, seen=[row for row in seen if row[1:] != (None, None)], at=at))
    return changed


def give_lines(
    *, by: Actor, shop: Shop, details: Mapping[int, tuple[ArrivingLine, ...]], at: datetime
) -> dict[int, tuple[str, str]]:
    """Give lines to orders that have none; (result, message) by order. In the caller's transaction."""
    batch = Batch(details)
    results: dict[int, tuple[str, str]] = {}
    goods: dict[int, WeighedGoods] = {}
    for order_id, lines in details.items():
        order = batch.orders[order_id]
        if batch.lines[order_id]:
            results[order_id] = ("unchanged", "")
            continue
        try:
            goods[order_id] = _explain(order, lines)
        except Invalid as refusal:
            results[order_id] = ("refused", refusal.message)
        else:
            results[order_id] = ("changed", "")
    _give(by, shop, batch, goods, at)
    batch.save(by=by, what="order.detailed", at=at, news=OrdersUpdated)
    return results


def _explain(order: Order, lines: tuple[ArrivingLine, ...]) -> WeighedGoods:
    """Lines that explain what the order's goods cost: down by a discount, up by an odd change."""
    due = order.due_fen - order.postage_fen
    gross = sum(line.price_fen * line.pieces for line in lines)
    own_adjust = sum(line.adjust_fen for line in lines)
    own_discount = sum(line.discount_fen for line in lines)
    adjust = max(order.adjust_fen, own_adjust) if own_adjust else order.adjust_fen
    discount = max(order.discount_fen, own_discount)
    rest = gross + adjust - discount - due
    if rest >= 0:
        discount += rest
    else:
        adjust -= rest
    weighed = weigh_lines(lines, order.state, due, None, discount, adjust)
    return WeighedGoods(weighed.lines, gross, discount, adjust, rest < 0)


def _give(by: Actor, shop: Shop, batch: Batch, goods: Mapping[int, WeighedGoods], at: datetime) -> None:
    """Write lines for orders of the batch that have none, and let the orders' sums follow them."""
    if not goods:
        return
    skus = skus_by_code(shop.merchant_id, (one.line.code for found in goods.values() for one in found.lines))
    ids = iter(take_ids(OrderLine, sum(len(found.lines) for found in goods.values())))
    vectors: dict[int, str] = {}
    for order_id, found in goods.items():
        order = batch.orders[order_id]
        order.goods_fen, order.discount_fen, order.adjust_fen = (
            found.goods_fen, found.discount_fen, found.adjust_fen,
        )  # fmt: skip
        order.due_fen = order.goods_fen + order.postage_fen + order.adjust_fen - order.discount_fen
        if found.odd:
            batch.trouble(order, "amount")
        order.pieces = sum(one.line.pieces for one in found.lines)
        order.title = "，".join(one.line.title for one in found.lines[:3])[:200]
        for position, one in enumerate(found.lines, 1):
            sku = skus.get(one.line.code)
            line = _new_line(next(ids), order, position, one, sku.id if sku else None)
            batch.lines[order_id].append(line)
            if line.state == LineState.PAID:
                batch.want(line)
        vectors[order_id] = words.vector(
            text for one in found.lines for text in (one.line.title, one.line.spec, one.line.code)
        )
    copy_in(
        OrderLine,
        LINE_FIELDS,
        (
            tuple(getattr(line, name) for name in LINE_FIELDS)
            for order_id in goods
            for line in batch.lines[order_id]
        ),
    )
    add_words(vectors)


def _new_line(pk: int, order: Order, position: int, one: WeighedLine, sku_id: int | None) -> OrderLine:
    line = one.line
    shipped = one.state in (LineState.SHIPPED, LineState.FINISHED)
    return OrderLine(
        pk=pk,
        order_id=order.pk,
        position=position,
        outer_number=line.outer_number,
        sku_id=sku_id,
        code=line.code,
        title=line.title[:200],
        spec=line.spec[:200],
        price_fen=line.price_fen,
        pieces=line.pieces,
        adjust_fen=one.adjust_fen,
        discount_fen=one.discount_fen,
        share_fen=one.share_fen,
        state=str(one.state),
        refund=str(line.refund),
        stock="",
        shipped_pieces=line.pieces if shipped else 0,
    )


def _money(batch: Batch, order: Order, news: Weighed, before: Mapping[str, Any], at: datetime) -> None:
    """A price changed outside: adopted while unpaid, and when the payment proves it; else a person looks."""
    told = news.told
    if told.due_fen == order.due_fen and told.postage_fen == order.postage_fen:
        return
    is_news = told.due_fen != before.get("due")
    paying = RANK[told.state] >= RANK[State.PAID]
    if order.state not in (State.UNPAID, State.CLOSED_UNPAID) or (
        order.state == State.CLOSED_UNPAID and not paying
    ):
        if is_news and told.due_fen != order.due_fen:
            batch.trouble(order, "amount")
        return
    if not (is_news or paying):
        return  # the old price again: ours was changed here and not carried outside yet
    if not is_news:
        batch.trouble(order, "amount")
    lines = [line for line in batch.lines[order.pk] if not _alone(order, line)]
    target = told.due_fen - told.postage_fen
    shares = [one.share_fen for one in news.lines if one.state != LineState.CLOSED]
    if len(shares) != len(lines) or sum(shares) != target:
        shares = split(target, [full_price(line) for line in lines]) if lines else []
    if lines:
        for line, share in zip(lines, shares, strict=True):
            line.adjust_fen += share - line.share_fen
            line.share_fen = share
    order.adjust_fen += target - (order.due_fen - order.postage_fen)
    order.postage_fen, order.due_fen = told.postage_fen, told.due_fen
    if not paying and order.state == State.UNPAID:
        restart_payment_time(batch, order, at)


def _alone(order: Order, line: OrderLine) -> bool:
    """Closed before the rest: a line that stays closed even when the order comes back to life."""
    return line.state == LineState.CLOSED and (
        order.state != State.CLOSED_UNPAID or line.close_reason != order.close_reason
    )


def _forward(batch: Batch, order: Order, news: Weighed, parcels: list[PARCELLED], at: datetime) -> None:
    """Move an order to the state that is told, if that is further on, with all that belongs to it."""
    told, left = news.told, order.state
    if RANK[told.state] <= RANK[left]:
        return
    lines = batch.lines[order.pk]
    if left == State.CLOSED_UNPAID:  # we closed what was paid outside: it comes back to life (G1.4)
        for line in lines:
            if not _alone(order, line):
                line.state, line.close_reason = LineState.UNPAID, ""
        order.close_reason, order.ended_at = "", None
        batch.tell(order, {"revived": [None, True]})
    order.state = str(told.state)
    order.paid_at = order.paid_at or told.paid_at
    order.shipped_at = order.shipped_at or told.shipped_at
    _pay(order, news)
    shipped: list[tuple[int | None, int]] = []
    for line, to in zip(lines, _line_states(lines, news), strict=True):
        shipped.extend(_forward_line(batch, order, line, to, told.close_reason))
    batch.drop_timers(order, Timer.Kind.CLOSE_UNPAID, at=at, why=order.state)
    if told.state == State.SHIPPED:
        if told.carrier:
            order.carrier = told.carrier[:30]
        grace = at + timedelta(hours=batch.policy(order, "orders.import_grace_hours", at))
        start_confirm_time(batch, order, max(confirm_due(batch, order, order.shipped_at or at), grace), at)
    elif told.state in ENDED:
        order.ended_at = told.ended_at or at
        order.close_reason = told.close_reason[:60]
        batch.drop_timers(order, CONFIRM, at=at, why=order.state)
    if told.waybill and RANK[told.state] >= RANK[State.PART_SHIPPED]:
        if not lines and left in (State.UNPAID, State.PAID):
            shipped = [(None, max(order.pieces, 1))]
        if shipped:
            moment = order.shipped_at or at
            parcels.append((told.carrier, told.waybill, moment, order.pk, shipped))
            order.waybill = told.waybill[:40]


def _lock(batch: Batch, order: Order, told: Arriving) -> None:
    """The platform holds the order back, or lets it go again; what has left the house cannot be held."""
    waiting = order.state in (State.UNPAID, State.PAID, State.PART_SHIPPED)
    if "locked" in order.troubles and (told.locked is False or not waiting):
        batch.trouble(order, "locked", False)
    elif told.locked and waiting and "locked" not in order.troubles:
        batch.trouble(order, "locked")


def _pay(order: Order, news: Weighed) -> None:
    """Money that is told and not booked yet. What is booked is never taken back by a telling."""
    if not order.paid_fen and news.paid_fen:
        order.paid_fen = news.paid_fen
        if news.paid_fen != order.due_fen and "amount" not in order.troubles:
            order.troubles = [*order.troubles, "amount"]
    if news.told.state == State.CLOSED_REFUNDED and not news.told.refunded_fen:
        order.refunded_fen = order.paid_fen


def _line_states(lines: Sequence[OrderLine], news: Weighed) -> list[LineState]:
    matched = _match(lines, news.lines)
    return [one.state if one else rules.LINE_OF[news.told.state] for one in matched]


def _match(lines: Sequence[OrderLine], told: Sequence[WeighedLine]) -> list[WeighedLine | None]:
    """Which told line is which of ours: by the platform's sub-order, else by code, title and kind in turn."""
    by_number = {one.line.outer_number: one for one in told if one.line.outer_number}
    rest: dict[tuple[str, str, str], list[WeighedLine]] = {}
    for one in told:
        if not one.line.outer_number:
            rest.setdefault((one.line.code, one.line.title[:200], one.line.spec[:200]), []).append(one)
    found: list[WeighedLine | None] = []
    for line in lines:
        if line.outer_number and line.outer_number in by_number:
            found.append(by_number[line.outer_number])
        else:
            same = rest.get((line.code, line.title, line.spec))
            found.append(same.pop(0) if same else None)
    return found


def _forward_line(
    batch: Batch, order: Order, line: OrderLine, to: LineState, reason: str
) -> list[tuple[int | None, int]]:
    """Move a line forward; gives what of it left the house with this."""
    if _LINE_RANK[to] <= _LINE_RANK[LineState(line.state)]:
        return []
    line.state = str(to)
    if to == LineState.PAID:
        batch.want(line)
        return []
    if to == LineState.CLOSED:
        batch.release(line)
        line.close_reason = reason[:60]
        return []
    left = line.pieces - line.shipped_pieces
    line.shipped_pieces = line.pieces
    batch.send_out(line)
    return [(line.pk, left)] if left else []


def _refunds(batch: Batch, order: Order, news: Weighed, before: Mapping[str, Any], at: datetime) -> None:
    told = news.told
    if told.refunded_fen is not None and told.refunded_fen > order.refunded_fen:
        order.refunded_fen = min(told.refunded_fen, order.paid_fen)
    lines = batch.lines[order.pk]
    if told.refund is None:
        if order.refunded_fen:
            batch.follow_refunds(order)
        return
    matched = _match(lines, news.lines)
    by_line = any(one is not None and one.line.refund for one in matched)
    opening = [
        line
        for line, one in zip(lines, matched, strict=True)
        if line.state != LineState.CLOSED
        and (
            one.line.refund == Refund.OPEN if by_line and one else told.refund == Refund.OPEN and not by_line
        )
    ]
    news_of_refund = before.get("refund") != str(told.refund) or by_line
    if told.refund == Refund.OPEN and news_of_refund and order.state not in ENDED:
        freeze(batch, order, opening, at)
    if order.refund == Refund.OPEN and news_of_refund and order.state not in ENDED:
        ended = [line for line in lines if line.refund == Refund.OPEN and line not in opening]
        if (ended or not lines) and told.refund != Refund.OPEN or (ended and by_line):
            thaw(batch, order, ended, Refund.PART if told.refund == Refund.PART else Refund.NONE, at)
    for line, one in zip(lines, matched, strict=True):
        if one is not None and one.line.refund in (Refund.DONE, Refund.PART):
            line.refund = str(one.line.refund)
    if order.state in ENDED and not lines:
        order.refund = str(news.refund)
    if order.state in ENDED or told.refund in (Refund.DONE, Refund.PART):
        for line in lines:
            if line.refund == Refund.OPEN:
                line.refund = str(told.refund)
        batch.follow_refunds(order)
