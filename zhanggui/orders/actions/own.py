"""Orders of our own shops: written as the checkout priced them, paid by what a provider told, closed and revived.

The order of locks: orders by id, then stock by SKU and warehouse, then offers (docs/laws/checkout.md).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line as DaybookLine
from zhanggui.journal.daybook import write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import NotNow, Refused
from zhanggui.kit.together import together
from zhanggui.orders import words
from zhanggui.orders.actions.closing import close_unpaid
from zhanggui.orders.actions.placing import RECEIVER_FIELDS, receiver_row
from zhanggui.orders.batch import Batch, Deadline, announce_by_shop, put_timers
from zhanggui.orders.events import OrdersClosed, OrdersPaid, OrdersPlaced
from zhanggui.orders.models import Order, OrderLine, Priced, Receiver, Timer
from zhanggui.orders.outcomes import Outcome
from zhanggui.orders.own import OwnOrder
from zhanggui.orders.rules import OWN
from zhanggui.orders.sealing import kept_trace
from zhanggui.orders.states import CloseReason, LineState, State
from zhanggui.promotions.actions import using
from zhanggui.stock.actions.promises import HELD, SHORT, UNTRACKED, Want, release_many, take_many

_ORDER = (
    "id", "shop_id", "number", "state", "buyer_id", "placed_at", "goods_fen", "postage_fen", "discount_fen",
    "adjust_fen", "due_fen", "paid_fen", "refunded_fen", "red_fen", "house_fen", "pieces", "title", "cod", "cod_call",
    "refund", "flag", "memo", "buyer_message", "carrier", "waybill", "region", "troubles", "next_due_at", "source",
    "close_reason", "extra", "told", "words", "version",
)  # fmt: skip
_LINE = (
    "id", "order_id", "position", "outer_number", "sku_id", "code", "title", "spec", "price_fen", "pieces",
    "adjust_fen", "discount_fen", "share_fen", "state", "refund", "close_reason", "stock", "shipped_pieces", "red_fen",
    "gift_of", "hold",
)  # fmt: skip
_PRICED = (
    "order_id", "basket", "offers", "receipt", "quote", "digest", "wishes", "sealed", "deposit_fen", "balance_from",
    "balance_until",
)  # fmt: skip
_RING_EACH = 20


class Gone(NotNow):
    """The order was closed, and what it held (stock, offers, red packets) cannot be had again."""

    code = "gone"


class PaidAlready(NotNow):
    """The order was paid before, or its money does not stand open any more."""

    code = "paid_already"


class OtherAmount(NotNow):
    """What came is not what the order costs now: its price was changed after the payment was opened."""

    code = "other_amount"


class SoldOut(NotNow):
    """The goods are held at payment, and at that moment they were gone."""

    code = "sold_out"


@action
def place_own(*, by: Actor, orders: Sequence[OwnOrder]) -> None:
    """Write new orders of our own shops, whatever their number: about a dozen statements.

    The caller took their stock and their offers, and guards that they are placed once. Pay on delivery begins at
    PAID with its call-first gate. No power is asked: a buyer places an order for himself.
    """
    if not orders:
        return
    with together():
        _write(by, orders)


def _write(by: Actor, orders: Sequence[OwnOrder]) -> None:
    copy_in(Order, _ORDER, (_order_row(order) for order in orders))
    copy_in(
        OrderLine,
        _LINE,
        (
            (
                line.id, order.id, place, "", line.sku_id, line.code, line.title[:200], line.spec[:200],
                line.price_fen, line.pieces, 0, line.discount_fen, line.price_fen * line.pieces - line.discount_fen,
                str(LineState.PAID if order.cod else LineState.UNPAID), "", "", line.stock, 0, line.red_fen,
                line.gift_of, line.hold,
            )
            for order in orders
            for place, line in enumerate(order.lines, 1)
        ),
    )  # fmt: skip
    sent = [(order.id, order.receiver) for order in orders if order.receiver is not None]
    if sent:
        copy_in(Receiver, RECEIVER_FIELDS, ((pk, *receiver_row(receiver)) for pk, receiver in sent))
    copy_in(Priced, _PRICED, (_priced_row(order) for order in orders))
    put_timers([Deadline(kind, order.id, due) for order in orders for kind, due in order.deadlines])
    write_many(
        by=by,
        what="order.placed",
        lines=[DaybookLine("order", o.id, o.shop.pk, _first_change(o)) for o in orders],
    )
    by_shop: dict[int, list[OwnOrder]] = defaultdict(list)
    for order in orders:
        by_shop[order.shop.pk].append(order)
    news: list[Any] = [OrdersPlaced(shop_id, tuple(o.id for o in rows)) for shop_id, rows in by_shop.items()]
    for shop_id, rows in by_shop.items():
        if waiting := tuple(o.id for o in rows if o.cod):
            news.append(OrdersPaid(shop_id, waiting))
    announce(*news)
    for shop_id, rows in by_shop.items():
        if len(rows) <= _RING_EACH:
            for order in rows:
                ring(f"shop:{shop_id}", f"order:{order.number}")
        else:
            ring(f"shop:{shop_id}", "orders")


def _order_row(order: OwnOrder) -> tuple[Any, ...]:
    title = "，".join(line.title for line in order.lines[:3])[:200]
    message = order.message.replace("\0", "")
    vector = words.of_order(
        memo="",
        message=message,
        nick=order.nick,
        title=title,
        lines=[(line.title, line.spec, line.code) for line in order.lines],
    )
    return (
        order.id, order.shop.pk, order.number, _state(order), order.buyer_id, order.placed_at, order.goods_fen,
        order.postage_fen, order.discount_fen, 0, order.due_fen, 0, 0, order.red_fen, order.house_fen,
        sum(line.pieces for line in order.lines), title, order.cod, order.call, "", 0, "", message,
        order.carrier[:30], "", order.region, [], min((due for _k, due in order.deadlines), default=None), OWN, "",
        Jsonb(dict(order.extra)), Jsonb({}), vector, 1,
    )  # fmt: skip


def _state(order: OwnOrder) -> str:
    return str(State.PAID if order.cod else State.UNPAID)


def _priced_row(order: OwnOrder) -> tuple[Any, ...]:
    r = order.receipt
    return (
        order.id, Jsonb(r.basket), Jsonb(r.offers), Jsonb(r.receipt), Jsonb(r.quote), r.digest, Jsonb(dict(r.wishes)),
        r.sealed, r.deposit_fen, r.balance_from, r.balance_until,
    )  # fmt: skip


def _first_change(order: OwnOrder) -> dict[str, list[Any]]:
    """What replaying the daybook needs; the receiver only as a trace."""
    first: dict[str, Any] = {
        "state": _state(order), "buyer_id": order.buyer_id, "goods_fen": order.goods_fen,
        "postage_fen": order.postage_fen, "discount_fen": order.discount_fen, "due_fen": order.due_fen,
        "red_fen": order.red_fen, "house_fen": order.house_fen, "pieces": sum(line.pieces for line in order.lines),
        "title": "，".join(line.title for line in order.lines[:3])[:200], "cod": order.cod, "cod_call": order.call,
        "carrier": order.carrier[:30], "region": order.region,
        "next_due_at": min((due for _k, due in order.deadlines), default=None),
    }  # fmt: skip
    change: dict[str, list[Any]] = {name: [None, value] for name, value in first.items() if value}
    for place, line in enumerate(order.lines, 1):
        change[f"line:{place}.state"] = [None, str(LineState.PAID if order.cod else LineState.UNPAID)]
        change[f"line:{place}.share_fen"] = [None, line.price_fen * line.pieces - line.discount_fen]
        if line.stock:
            change[f"line:{place}.stock"] = [None, line.stock]
    if order.receiver is not None:
        change["receiver"] = [None, kept_trace(order.receiver)]
    return change


@dataclass(frozen=True, slots=True)
class Money:
    """Cash that came for an own order. `before_fen`: a deposit that lies with us already and is set off now.

    `revive`: a closed order may come back to life for it (not for a balance: its deposit is lost by then).
    """

    order_id: int
    cash_fen: int
    paid_at: datetime
    before_fen: int = 0
    revive: bool = True


@action
def pay_own(*, by: Actor, money: Sequence[Money], at: datetime) -> list[Outcome]:
    """Mark own orders as paid, each once, whole or not at all; gives what came of each, in the order of the list.

    What was not held yet (goods held at payment; an order that was closed meanwhile) is taken now, whole orders or
    none. An unpaid order whose goods are gone is closed (缺货). Refused per order: PaidAlready, OtherAmount,
    Gone, SoldOut: then nothing was booked here, and the caller sends the money back. Two or three dozen statements
    however many. No power is asked: only a provider's own word leads here.
    """
    batch = Batch(one.order_id for one in money)
    wanted: dict[int, Order] = {}
    refusals: dict[int, Refused] = {}
    for place, one in enumerate(money):
        try:
            order = batch.order(one.order_id)
            _must_fit(order, one, taken=order.pk in wanted)
        except Refused as refusal:
            refusals[place] = refusal
        else:
            wanted[order.pk] = order
    gone = _gather_again(by, batch, list(wanted.values()), at)
    outcomes = []
    for place, one in enumerate(money):
        number = batch.orders[one.order_id].number if one.order_id in batch.orders else ""
        refused = refusals.get(place) or gone.get(one.order_id)
        if refused is None:
            _pay(batch, wanted[one.order_id], one, at)
        elif one.order_id in wanted and place not in refusals and wanted[one.order_id].state == State.UNPAID:
            close_unpaid(batch, wanted[one.order_id], CloseReason.SOLD_OUT, at)
            batch.call(wanted[one.order_id], "order.closed", CloseReason.SOLD_OUT)
        result = "refused" if refused else "done"
        outcomes.append(Outcome(one.order_id, number, result, refused.message if refused else "", refused))
    changed = batch.save(by=by, what="order.paid", at=at)
    announce_by_shop(OrdersPaid, [o for o in changed if o.state == State.PAID])
    announce_by_shop(OrdersClosed, [o for o in changed if o.state == State.CLOSED_UNPAID])
    return outcomes


def _must_fit(order: Order, one: Money, *, taken: bool) -> None:
    if order.source != OWN or taken or order.paid_fen or order.cod:
        raise PaidAlready(_("订单 %(number)s 已经付过款了。") % {"number": order.number})
    if order.state not in (State.UNPAID, State.CLOSED_UNPAID):
        raise PaidAlready(_("订单 %(number)s 已经不在等待付款。") % {"number": order.number})
    if order.state == State.CLOSED_UNPAID and not one.revive:
        raise Gone(_("订单 %(number)s 已经关闭。") % {"number": order.number})
    if order.state == State.CLOSED_UNPAID and order.close_reason != CloseReason.NOT_PAID:
        # Time closes what may still be wanted; a person's word ends it (docs/laws/payments.md).
        raise Gone(_("订单 %(number)s 已经取消，款项原路退回。") % {"number": order.number})
    due = order.due_fen - order.red_fen
    if one.cash_fen + one.before_fen != due:
        raise OtherAmount(
            _("订单 %(number)s 现在应付 %(due)s 元，收到 %(paid)s 元。")
            % {"number": order.number, "due": yuan(due), "paid": yuan(one.cash_fen + one.before_fen)}
        )


def _gather_again(by: Actor, batch: Batch, orders: Sequence[Order], at: datetime) -> dict[int, Refused]:
    """Take what the orders still lack: stock, and for closed ones their offers; gives the refusals by order."""
    refused: dict[int, Refused] = {}
    wants = []
    lines: dict[int, OrderLine] = {}
    for order in orders:
        closed = order.state == State.CLOSED_UNPAID
        for line in batch.lines[order.pk]:
            if line.stock != HELD and line.sku_id is not None and (closed or line.state != LineState.CLOSED):
                lines[line.pk] = line
                shop = batch.shop(order)
                wants.append(
                    Want(
                        line.pk,
                        line.sku_id,
                        line.pieces,
                        shop.merchant_id,
                        shop.city,
                        shop.pk,
                        True,
                        order.pk,
                    )
                )
    outcomes = take_many(by=by, wanted=wants).outcomes if wants else {}
    for line_id, outcome in outcomes.items():
        line = lines[line_id]
        order = batch.orders[line.order_id]
        if outcome == SHORT:
            kind = SoldOut if order.state == State.UNPAID else Gone
            refused[order.pk] = kind(
                _("付款时「%(title)s」已经卖完了，款项原路退回。") % {"title": str(line)}
            )
    closed_ids = [o.pk for o in orders if o.state == State.CLOSED_UNPAID and o.pk not in refused]
    if closed_ids:
        again = _hold_offers_again(by, batch, closed_ids, at)
        back = [line.pk for line in lines.values() if line.order_id in again]
        if back:
            release_many(by=by, line_ids=back)
        refused |= again
    for line_id, outcome in outcomes.items():
        if outcome in (HELD, UNTRACKED) and lines[line_id].order_id not in refused:
            lines[line_id].stock = outcome
    return refused


def _hold_offers_again(by: Actor, batch: Batch, order_ids: Sequence[int], at: datetime) -> dict[int, Refused]:
    shops = {pk: batch.orders[pk].shop_id for pk in sorted(order_ids)}
    said: Mapping[int, str] = using.hold_again_many(by=by, orders=shops, at=at)
    return {pk: Gone(why) for pk, why in said.items() if why}


def _pay(batch: Batch, order: Order, one: Money, at: datetime) -> None:
    if order.state == State.CLOSED_UNPAID:
        # Closed by time, and the payment was under way: it comes back to life, a payment is never lost (G1.4).
        for line in batch.lines[order.pk]:
            line.state, line.close_reason = LineState.UNPAID, ""
        order.state, order.close_reason, order.ended_at = State.UNPAID, "", None
        batch.tell(order, {"revived": [None, True]})
    batch.move(order, State.PAID)
    order.paid_fen = order.due_fen
    order.paid_at = one.paid_at
    for line in batch.open_lines(order):
        batch.move_line(line, LineState.PAID)
    for kind in (Timer.Kind.CLOSE_UNPAID, Timer.Kind.DEPOSIT, Timer.Kind.BALANCE):
        batch.drop_timers(order, kind, at=at, why="paid")
    batch.use_offers(order)


@action
def take_deposits(*, by: Actor, order_ids: Sequence[int], at: datetime) -> list[Outcome]:
    """The deposits of pre-sold orders came: from now on their balance is awaited, to be paid in its window.

    Refused per order: PaidAlready where no deposit is awaited, Gone once closed. A dozen statements however many.
    """
    batch = Batch(order_ids)
    until = dict(Priced.objects.filter(order_id__in=list(order_ids)).values_list("order_id", "balance_until"))

    def act(order: Order) -> str:
        if order.state != State.UNPAID:
            raise Gone(_("订单 %(number)s 已经关闭。") % {"number": order.number})
        balance_until = until.get(order.pk)
        if not batch.live(order, Timer.Kind.DEPOSIT) or balance_until is None:
            raise PaidAlready(_("订单 %(number)s 的定金已经付过了。") % {"number": order.number})
        batch.drop_timers(order, Timer.Kind.DEPOSIT, at=at, why="deposit paid")
        batch.set_timer(order, Timer.Kind.BALANCE, balance_until, at=at)
        order.extra = {**order.extra, "deposit_paid": True}
        batch.touch(order)
        return ""

    outcomes = batch.each((pk, act) for pk in order_ids)
    batch.save(by=by, what="order.deposited", at=at)
    return outcomes


@action
def cancel_own(*, by: Actor, order_ids: Sequence[int], reason: str, at: datetime) -> list[Outcome]:
    """Close own orders that were not paid because their buyers want it; stock, offers and red packets go back.

    Also pay on delivery that was not shipped. Refused per order: NotNow once paid or ended. The caller knows that the
    orders are the buyer's. Two dozen statements however many.
    """
    batch = Batch(order_ids)

    def act(order: Order) -> str:
        unshipped = order.cod and order.state == State.PAID
        if order.source != OWN or not (order.state == State.UNPAID or unshipped):
            raise NotNow(
                _("订单 %(number)s 现在是「%(state)s」，不能取消，可以申请退款。")
                % {"number": order.number, "state": _(str(order.get_state_display()))}
            )
        close_unpaid(batch, order, reason, at)
        return ""

    outcomes = batch.each((pk, act) for pk in order_ids)
    batch.save(by=by, what="order.closed", at=at, news=OrdersClosed, reason=reason)
    return outcomes
