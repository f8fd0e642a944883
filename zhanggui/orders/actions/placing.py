"""Placing new orders: everything that belongs to them, in a fixed number of statements (COPY)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from zhanggui.catalog.queries import SkuCard, skus_by_code
from zhanggui.customers.actions import meet_many
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import copy_in, take_ids
from zhanggui.kit.clock import day_of
from zhanggui.kit.regions import find
from zhanggui.ledger.books import Movement, post
from zhanggui.orders import rules, words
from zhanggui.orders.actions.parcelling import PARCELLED, put_parcels
from zhanggui.orders.actions.projecting import memo_trace
from zhanggui.orders.arriving import Arriving, ArrivingReceiver
from zhanggui.orders.batch import Deadline, put_timers
from zhanggui.orders.events import OrdersPaid, OrdersPlaced
from zhanggui.orders.models import Order, OrderLine, Receiver, Timer
from zhanggui.orders.sealing import kept_trace, seal_receiver, told_trace
from zhanggui.orders.states import ENDED, RANK, Call, LineState, Refund, State
from zhanggui.orders.weighing import Weighed
from zhanggui.shops.models import Shop
from zhanggui.shops.policies import values
from zhanggui.stock.actions.promises import Want, promise_many

_POLICIES = [
    "orders.unpaid_close_hours",
    "orders.confirm_days_express",
    "orders.confirm_days_surface",
    "orders.confirm_days_virtual",
    "orders.import_grace_hours",
    "orders.watch_words",
    "orders.cod_call_first",
]
_WAITING = (State.UNPAID, State.PAID, State.PART_SHIPPED)

_ORDER_FIELDS = (
    "id", "shop_id", "number", "state", "buyer_id", "placed_at", "paid_at", "shipped_at", "ended_at",
    "close_reason", "goods_fen", "postage_fen", "discount_fen", "adjust_fen", "due_fen", "paid_fen",
    "refunded_fen", "pieces", "title", "cod", "cod_call", "refund", "flag", "memo", "buyer_message", "carrier",
    "waybill", "region", "troubles", "next_due_at", "source", "extra", "told", "words", "version",
)  # fmt: skip
LINE_FIELDS = (
    "id", "order_id", "position", "outer_number", "sku_id", "code", "title", "spec", "price_fen", "pieces",
    "adjust_fen", "discount_fen", "share_fen", "state", "refund", "close_reason", "stock", "shipped_pieces",
)  # fmt: skip
RECEIVER_FIELDS = (
    "order_id", "sealed", "province", "city", "district", "masked_name", "masked_phone", "phone_trace",
    "tail_trace", "household",
)  # fmt: skip


class _Standing:
    """The money and state of a new order, as `rules.position` reads it."""

    __slots__ = ("cod", "discount_fen", "due_fen", "paid_fen", "postage_fen", "refunded_fen", "state")
    source = "import"
    red_fen = red_refunded_fen = house_fen = 0
    extra: Any = MappingProxyType({})

    def __init__(self, weighed: Weighed) -> None:
        self.state: str = weighed.told.state
        self.cod = weighed.told.cod
        self.due_fen = weighed.told.due_fen
        self.postage_fen = weighed.told.postage_fen
        self.discount_fen = weighed.discount_fen
        self.paid_fen = weighed.paid_fen
        self.refunded_fen = weighed.refunded_fen


def place(by: Actor, shop: Shop, fresh: Sequence[Weighed], at: datetime) -> dict[str, int]:
    """Write new orders; gives their ids by number. In the caller's transaction, about two dozen statements."""
    policies = values(_POLICIES, shop, day_of(at))
    buyers = meet_many(
        by=by, merchant_id=shop.merchant_id, platform=shop.platform, nicks=[w.told.nick for w in fresh]
    )
    skus = skus_by_code(shop.merchant_id, (line.code for w in fresh for line in w.told.lines))
    ids = take_ids(Order, len(fresh))
    line_ids = take_ids(OrderLine, sum(len(w.lines) for w in fresh))
    stock = _hold(by, shop, fresh, skus, line_ids)
    orders: list[tuple[tuple[Any, ...], Arriving]] = []
    lines: list[tuple[Any, ...]] = []
    receivers: list[tuple[int, ArrivingReceiver]] = []
    timers: list[Deadline] = []
    books: list[Movement] = []
    daybook: list[Line] = []
    parcels: list[PARCELLED] = []
    used = 0
    for pk, weighed in zip(ids, fresh, strict=True):
        told = weighed.told
        own_ids = line_ids[used : used + len(weighed.lines)]
        used += len(own_ids)
        due_at = _timers(timers, pk, own_ids, weighed, policies, at)
        region = region_of(told.receiver)
        troubles = _troubles(weighed, region, policies)
        if any(stock.get(line_id) == "short" for line_id in own_ids):
            troubles.append("short")
        change: dict[str, list[Any]] = {}
        for position, (line_id, one) in enumerate(zip(own_ids, weighed.lines, strict=True), 1):
            line = one.line
            shipped = one.state in (LineState.SHIPPED, LineState.FINISHED)
            sku = skus.get(line.code)
            held = stock.get(line_id, "")
            lines.append(
                (
                    line_id, pk, position, line.outer_number, sku.id if sku else None, line.code,
                    line.title[:200], line.spec[:200], line.price_fen, line.pieces, one.adjust_fen,
                    one.discount_fen, one.share_fen, str(one.state), str(line.refund), "", held,
                    line.pieces if shipped else 0,
                )
            )  # fmt: skip
            change[f"line:{position}.state"] = [None, str(one.state)]
            change[f"line:{position}.share_fen"] = [None, one.share_fen]
            if held:
                change[f"line:{position}.stock"] = [None, held]
            if line.refund:
                change[f"line:{position}.refund"] = [None, str(line.refund)]
            if shipped:
                change[f"line:{position}.shipped_pieces"] = [None, line.pieces]
        memo = (told.memo or "").replace("\0", "").strip()
        message = told.buyer_message.replace("\0", "")
        row = (
            pk, shop.pk, told.number, str(told.state), buyers.get(told.nick), told.placed_at, told.paid_at,
            told.shipped_at, told.ended_at, told.close_reason[:60], weighed.goods_fen, told.postage_fen,
            weighed.discount_fen, weighed.adjust_fen, told.due_fen, weighed.paid_fen, weighed.refunded_fen,
            weighed.pieces, weighed.title, told.cod, _call(told, policies), str(weighed.refund),
            min(max(told.flag or 0, 0), 5), memo, message, told.carrier[:30], told.waybill[:40], region, troubles,
            due_at, by.source[:10],
        )  # fmt: skip
        orders.append((row, told))
        if told.receiver is not None:
            receivers.append((pk, told.receiver))
        first = dict(zip(_ORDER_FIELDS, row, strict=False))
        change.update({name: [None, first[name]] for name in _FIRST if first[name] not in _NOTHING})
        if told.flag:
            change["flag"] = [None, first["flag"]]
        if memo:
            change["memo"] = [None, memo_trace(memo)]
        if told.receiver is not None:
            change["receiver"] = [None, kept_trace(told.receiver)]
        daybook.append(Line("order", pk, shop.pk, change))
        amounts = {account: fen for account, fen in rules.position(_Standing(weighed)).items() if fen}
        if amounts:
            when = told.paid_at or told.placed_at
            books.append(Movement(shop.pk, "order.placed", f"order:{pk}:1", when, amounts, pk))
        if told.waybill and RANK[told.state] >= RANK[State.PART_SHIPPED]:
            inside: list[tuple[int | None, int]] = [
                (line_id, one.line.pieces)
                for line_id, one in zip(own_ids, weighed.lines, strict=True)
                if one.state in (LineState.SHIPPED, LineState.FINISHED, LineState.CLOSED)
            ]
            moment = told.shipped_at or told.paid_at or told.placed_at
            parcels.append(
                (told.carrier, told.waybill, moment, pk, inside or [(None, max(weighed.pieces, 1))])
            )
    # Generators: the server writes a row while we cut the words and seal the receiver of the next.
    copy_in(Order, _ORDER_FIELDS, (_finished(row, told) for row, told in orders))
    copy_in(Receiver, RECEIVER_FIELDS, ((pk, *receiver_row(receiver)) for pk, receiver in receivers))
    copy_in(OrderLine, LINE_FIELDS, lines)
    put_parcels(shop=shop, rows=parcels)
    put_timers(timers)
    post(books)
    write_many(by=by, what="order.placed", lines=daybook)
    waiting = tuple(pk for pk, w in zip(ids, fresh, strict=True) if w.told.state == State.PAID)
    announce(OrdersPlaced(shop.pk, tuple(ids)), *([OrdersPaid(shop.pk, waiting)] if waiting else []))
    if len(fresh) <= 20:
        for weighed in fresh:
            ring(f"shop:{shop.pk}", f"order:{weighed.told.number}")
    else:
        ring(f"shop:{shop.pk}", "orders")
    return {weighed.told.number: pk for pk, weighed in zip(ids, fresh, strict=True)}


_MEMO, _MESSAGE, _TITLE = map(_ORDER_FIELDS.index, ("memo", "buyer_message", "title"))


def _finished(row: tuple[Any, ...], told: Arriving) -> tuple[Any, ...]:
    """A new order's row with its last and dearest columns: extra, told, words, version."""
    vector = words.of_order(
        memo=row[_MEMO],
        message=row[_MESSAGE],
        nick=told.nick,
        title=row[_TITLE],
        lines=[(line.title, line.spec, line.code) for line in told.lines],
    )
    return (*row, Jsonb(dict(told.extra)), Jsonb(told_of(told)), vector, 1)


_FIRST = tuple(
    name
    for name in _ORDER_FIELDS
    if name not in ("id", "shop_id", "number", "placed_at", "flag", "memo", "buyer_message", "source", "extra",
                    "told", "words", "version")
)  # fmt: skip
_NOTHING: tuple[Any, ...] = (None, "", 0, False, [])


def told_of(told: Arriving) -> dict[str, Any]:
    """What is remembered of a source's telling, to know news from repetition."""
    said: dict[str, Any] = {"state": str(told.state), "due": told.due_fen}
    if told.receiver is not None:
        said["who"] = told_trace(told.receiver)
    if told.refund is not None:
        said["refund"] = str(told.refund)
    return said


def region_of(receiver: ArrivingReceiver | None) -> str:
    """The receiver's region code as told, or as its names surely mean, else ""."""
    if receiver is None:
        return ""
    return receiver.region or find(receiver.province, receiver.city, receiver.district)


def receiver_row(receiver: ArrivingReceiver) -> tuple[Any, ...]:
    """The columns of `Receiver` after the order's id, in the order of RECEIVER_FIELDS."""
    one = seal_receiver(receiver)
    return (
        one.sealed, one.province, one.city, one.district, one.masked_name, one.masked_phone, one.phone_trace,
        one.tail_trace, one.household,
    )  # fmt: skip


def _hold(
    by: Actor, shop: Shop, fresh: Sequence[Weighed], skus: Mapping[str, SkuCard], line_ids: Sequence[int]
) -> dict[int, str]:
    """Hold stock for paid lines that wait, who paid first before the others (S1-15)."""
    queue: list[tuple[Any, Want]] = []
    used = 0
    for index, weighed in enumerate(fresh):
        for line_id, one in zip(line_ids[used : used + len(weighed.lines)], weighed.lines, strict=True):
            sku = skus.get(one.line.code)
            if sku is not None and one.state == LineState.PAID:
                rank = rules.ship_rank(weighed.told.paid_at, weighed.told.placed_at, index)
                want = Want(line_id, sku.id, one.line.pieces, shop.merchant_id, shop.city, shop.pk)
                queue.append((rank, want))
        used += len(weighed.lines)
    queue.sort(key=lambda item: (item[0], item[1].line_id))
    return promise_many(by=by, wanted=[want for _rank, want in queue]) if queue else {}


def _timers(
    timers: list[Deadline],
    order_id: int,
    line_ids: Sequence[int],
    weighed: Weighed,
    policies: Mapping[str, Any],
    at: datetime,
) -> datetime | None:
    """Add the deadlines of a new order; gives the nearest."""
    told = weighed.told
    grace = at + timedelta(hours=policies["orders.import_grace_hours"])
    if told.state == State.UNPAID:
        due_at = max(told.placed_at + timedelta(hours=policies["orders.unpaid_close_hours"]), grace)
        timers.append(Deadline(Timer.Kind.CLOSE_UNPAID.value, order_id, due_at))
        return due_at
    if told.state != State.SHIPPED:
        return None
    days = policies[rules.confirm_policy(told.carrier)]
    due_at = max((told.shipped_at or at) + timedelta(days=days), grace)
    if weighed.refund != Refund.OPEN:
        timers.append(Deadline(Timer.Kind.CONFIRM.value, order_id, due_at))
        return due_at
    running = [
        Deadline(Timer.Kind.CONFIRM.value, order_id, due_at, line_id)
        for line_id, one in zip(line_ids, weighed.lines, strict=True)
        if one.state == LineState.SHIPPED and one.line.refund != Refund.OPEN
    ]
    if len(running) == len(weighed.lines):
        return None  # a refund is open, nobody says on which line: all wait
    timers.extend(running)
    return due_at if running else None


def _troubles(weighed: Weighed, region: str, policies: Mapping[str, Any]) -> list[str]:
    told = weighed.told
    troubles = []
    if told.state in _WAITING and (told.receiver is None or not told.receiver.address or not region):
        troubles.append("address")
    if told.locked and told.state in _WAITING:
        troubles.append("locked")
    if weighed.odd:
        troubles.append("amount")
    text = f"{told.memo or ''}\n{told.buyer_message}"
    if (
        told.state not in ENDED
        and len(text) > 1
        and any(word in text for word in policies["orders.watch_words"])
    ):
        troubles.append("memo")
    return troubles


def _call(told: Arriving, policies: Mapping[str, Any]) -> str:
    if not (told.cod and policies["orders.cod_call_first"]):
        return Call.NONE.value
    return Call.WAITING.value if told.state == State.PAID else Call.AGREED.value


def put_receivers(rows: Sequence[tuple[int, Arriving]]) -> None:
    """Write the receivers of orders that are there, in place of what was known. One statement."""
    sealed = [
        (order_id, *receiver_row(told.receiver)) for order_id, told in rows if told.receiver is not None
    ]
    if not sealed:
        return
    columns = list(map(sql.Identifier, RECEIVER_FIELDS))
    statement = sql.SQL(
        "INSERT INTO orders_receiver ({columns}) SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::text[], "
        "%s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::bytea[], %s::bytea[]) "
        "ON CONFLICT (order_id) DO UPDATE SET {news}"
    ).format(
        columns=sql.SQL(", ").join(columns),
        news=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(column) for column in columns[1:]),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*sealed, strict=True)])


def add_words(vectors: Mapping[int, str]) -> None:
    """Let orders be found by more words (tsvector literals by order id). One statement."""
    if vectors:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order t SET words = coalesce(t.words, ''::tsvector) || v.words::tsvector "
                "FROM unnest(%s::bigint[], %s::text[]) AS v(id, words) WHERE t.id = v.id",
                [list(vectors), list(vectors.values())],
            )
