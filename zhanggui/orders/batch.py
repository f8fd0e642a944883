"""A list of locked orders with their lines and timers: changed in memory, saved in a dozen statements.

The frame of every list verb of this room. The order of locks, which all verbs keep: orders by id, then
stock (docs/laws/stock.md). Whoever holds an order's row lock may change its lines, timers and money.

What changed is found by comparing with what was loaded, so the daybook always tells it all and replaying
the daybook gives the present state; what the books must show follows from the money columns
(rules.position), so they can never say something else.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.clock import day_of
from zhanggui.kit.prepared import Rows
from zhanggui.kit.refusals import NotFound, NotNow, Refused
from zhanggui.kit.states import may
from zhanggui.kit.together import change, together
from zhanggui.ledger.books import Movement, post_later
from zhanggui.ledger.models import Account
from zhanggui.orders import rules
from zhanggui.orders.events import OfOrders
from zhanggui.orders.models import Order, OrderLine, Timer
from zhanggui.orders.outcomes import Outcome
from zhanggui.orders.states import LINE_MOVES, MOVES, LineState
from zhanggui.promotions.actions import using
from zhanggui.shops.models import Setting, Shop
from zhanggui.shops.policies import policy
from zhanggui.stock.actions.promises import Want, promise_many, release_many, send_out_many
from zhanggui.stock.actions.shelves import lock_balances

ORDER_COLUMNS: dict[str, str] = {
    "state": "text",
    "buyer_id": "bigint",
    "paid_at": "timestamptz",
    "shipped_at": "timestamptz",
    "ended_at": "timestamptz",
    "close_reason": "text",
    "goods_fen": "bigint",
    "postage_fen": "bigint",
    "discount_fen": "bigint",
    "adjust_fen": "bigint",
    "due_fen": "bigint",
    "paid_fen": "bigint",
    "refunded_fen": "bigint",
    "red_refunded_fen": "bigint",
    "pieces": "int",
    "title": "text",
    "cod": "boolean",
    "cod_call": "text",
    "refund": "text",
    "carrier": "text",
    "waybill": "text",
    "region": "text",
    "troubles": "text",
    "next_due_at": "timestamptz",
}
LINE_COLUMNS: dict[str, str] = {
    "sku_id": "bigint",
    "adjust_fen": "bigint",
    "discount_fen": "bigint",
    "share_fen": "bigint",
    "state": "text",
    "refund": "text",
    "close_reason": "text",
    "stock": "text",
    "shipped_pieces": "int",
}
LINE_FIRST = ("state", "share_fen", "stock", "refund", "shipped_pieces")
"""What the daybook tells of a line at first sight."""
LOCKED = Rows(Order, "WHERE t.id = ANY(%s::bigint[]) ORDER BY t.id FOR UPDATE", skip=("words",))
_LINES = Rows(OrderLine, "WHERE t.order_id = ANY(%s::bigint[]) ORDER BY t.order_id, t.position")
_TIMERS = Rows(Timer, "WHERE t.order_id = ANY(%s::bigint[]) ORDER BY t.id")
_RING_EACH = 20
"""Longer lists ring once per shop: pages ask again anyway."""


class Batch:
    """Orders under lock. Open it in a transaction, change what it gives, save once."""

    def __init__(self, order_ids: Iterable[int]) -> None:
        """Lock the orders in the order of their ids and load them. Three statements."""
        wanted = sorted(set(order_ids))
        self.orders: dict[int, Order] = {order.pk: order for order in LOCKED(wanted)}
        self.lines: dict[int, list[OrderLine]] = {pk: [] for pk in self.orders}
        self.timers: dict[int, list[Timer]] = {pk: [] for pk in self.orders}
        ids = list(self.orders)
        for line in _LINES(ids):
            self.lines[line.order_id].append(line)
        for timer in _TIMERS(ids):
            self.timers[timer.order_id].append(timer)
        self._orders_before = {pk: _values(order, ORDER_COLUMNS) for pk, order in self.orders.items()}
        self._lines_before = {
            line.pk: _values(line, LINE_COLUMNS) for lines in self.lines.values() for line in lines
        }
        self._live = {
            timer.pk
            for timers in self.timers.values()
            for timer in timers
            if timer.fired_at is None and timer.dropped_at is None
        }
        self._books_before = {pk: rules.position(order) for pk, order in self.orders.items()}
        self._shops: dict[int, Shop] = {}
        self._policies: dict[tuple[int, str], Any] = {}
        self._extra_change: dict[int, dict[str, list[Any]]] = defaultdict(dict)
        self._touched: set[int] = set()
        self._wants: dict[int, OrderLine] = {}
        self._releases: dict[int, OrderLine] = {}
        self._sent: dict[int, OrderLine] = {}
        self._used: set[int] = set()
        self._given_back: set[int] = set()
        self._red_back: dict[int, int] = {}
        self._whats: dict[int, tuple[str, str]] = {}

    # asking

    def order(self, order_id: int) -> Order:
        """The locked order. Raises NotFound."""
        if order_id not in self.orders:
            raise NotFound(_("没有这个订单。"))
        return self.orders[order_id]

    def open_lines(self, order: Order) -> list[OrderLine]:
        """Its lines that are not closed."""
        return [line for line in self.lines[order.pk] if line.state != LineState.CLOSED]

    def live(self, order: Order, kind: str) -> list[Timer]:
        """Its timers of a kind that neither fired nor were dropped."""
        return [
            t for t in self.timers[order.pk] if t.kind == kind and t.fired_at is None and t.dropped_at is None
        ]

    def shop(self, order: Order) -> Shop:
        """The order's shop. One statement for all shops of the batch, at first use."""
        if not self._shops:
            self._shops = Shop.objects.in_bulk(sorted({o.shop_id for o in self.orders.values()}))
        return self._shops[order.shop_id]

    def policy(self, order: Order, name: str, at: datetime) -> Any:
        """What the order's shop set. One statement for all shops and all policies of this room, at first use."""
        shop = self.shop(order)
        if not self._policies:
            self._policies[0, ""] = None
            rows = Setting.objects.filter(
                shop_id__in=list(self._shops), name__startswith="orders.", since__lte=day_of(at)
            ).order_by("since", "set_at")
            self._policies.update({(row.shop_id, row.name): row.value for row in rows})
        if (shop.pk, name) not in self._policies:
            self._policies[shop.pk, name] = policy(name).of_nobody(shop)
        return self._policies[shop.pk, name]

    # changing

    def move(self, order: Order, to: str) -> None:
        """Move the order to another state. Raises NotNow where the table does not allow it."""
        if not may(MOVES, order.state, to):
            raise NotNow(
                _("订单 %(number)s 现在是「%(state)s」，不能这样做。")
                % {"number": order.number, "state": _(str(order.get_state_display()))}
            )
        order.state = to

    def move_line(self, line: OrderLine, to: str) -> None:
        """Move a line to a state, where it may stand already. Raises NotNow where the table does not allow it."""
        if line.state != to:
            if not may(LINE_MOVES, line.state, to):
                raise NotNow(
                    _("「%(title)s」现在是「%(state)s」，不能这样做。")
                    % {"title": str(line), "state": _(str(line.get_state_display()))}
                )
            line.state = to

    def follow_refunds(self, order: Order) -> None:
        """Let the order's refund mark follow its lines and its money."""
        order.refund = rules.refund_of(
            order.paid_fen, order.refunded_fen, [line.refund for line in self.lines[order.pk]], order.refund
        )

    def trouble(self, order: Order, kind: str, there: bool = True) -> None:
        """Put a trouble on the order or take it off."""
        rest = [known for known in order.troubles if known != kind]
        order.troubles = [*rest, kind] if there else rest

    def want(self, line: OrderLine) -> None:
        """Have stock held for a line when the batch is saved."""
        if line.sku_id is not None:
            self._wants[line.pk] = line

    def release(self, line: OrderLine) -> None:
        """Give back what is held for a line when the batch is saved."""
        self._wants.pop(line.pk, None)
        if line.stock == "held":
            self._releases[line.pk] = line

    def send_out(self, line: OrderLine) -> None:
        """Let the line's goods leave the stock when the batch is saved; a short line tries once more."""
        self._sent[line.pk] = line
        if line.stock == "short":
            self.want(line)

    def use_offers(self, order: Order) -> None:
        """Let the offers and red packets held for an own order count as used when the batch is saved."""
        if rules.has_offers(order):
            self._used.add(order.pk)

    def give_offers_back(self, order: Order) -> None:
        """Give back the offers and red packets held for an own order when the batch is saved."""
        if rules.has_offers(order):
            self._given_back.add(order.pk)

    def refund_red(self, order: Order) -> None:
        """Let red packets bear their part of what was refunded (docs/laws/money.md) when the batch is saved."""
        if order.source == rules.OWN and order.red_fen:
            back = rules.red_back(order.red_fen, order.paid_fen, order.refunded_fen)
            self._red_back[order.pk] = self._red_back.get(order.pk, 0) + back - order.red_refunded_fen
            order.red_refunded_fen = back

    def call(self, order: Order, what: str, reason: str = "") -> None:
        """Write another act into the daybook for this order than for the rest of the batch."""
        self._whats[order.pk] = (what, reason)

    def tell(self, order: Order, change: Mapping[str, Sequence[Any]]) -> None:
        """Add to the daybook line of the order: what changed outside of its own columns."""
        self._extra_change[order.pk].update({name: list(pair) for name, pair in change.items()})

    def touch(self, order: Order) -> None:
        """Save the order's `told` and `extra` even when nothing else changed."""
        self._touched.add(order.pk)

    def set_timer(
        self, order: Order, kind: str, due_at: datetime, *, at: datetime, line: OrderLine | None = None
    ) -> None:
        """Start a deadline in place of the one of the same kind and line."""
        line_id = line.pk if line else None
        self.drop_timers(order, kind, at=at, line_id=line_id, why="restarted")
        past = [t.generation for t in self.timers[order.pk] if t.kind == kind and t.line_id == line_id]
        self.timers[order.pk].append(
            Timer(
                kind=kind,
                order_id=order.pk,
                line_id=line_id,
                generation=max(past, default=0) + 1,
                due_at=due_at,
            )
        )

    def drop_timers(
        self, order: Order, kind: str, *, at: datetime, why: str, line_id: int | None | type[Any] = Any
    ) -> None:
        """Drop the live timers of a kind: all, or only the line's (None: only the order's own)."""
        for timer in self.live(order, kind):
            if line_id is Any or timer.line_id == line_id:
                timer.dropped_at, timer.why = at, why

    # saving

    def each(self, items: Iterable[tuple[int, Callable[[Order], str | None]]]) -> list[Outcome]:
        """Do something to each order; a refused one stays as it was and tells why.

        The callable gets the locked order and gives a message, "" for none, or None when there was
        nothing to do.
        """
        outcomes = []
        for order_id, act in items:
            number = self.orders[order_id].number if order_id in self.orders else ""
            memory = self.remember(order_id)
            try:
                said = act(self.order(order_id))
            except Refused as refusal:
                self.restore(order_id, memory)
                outcomes.append(Outcome(order_id, number, "refused", refusal.message, refusal))
            else:
                result = "unchanged" if said is None else "done"
                outcomes.append(Outcome(order_id, number, result, said or ""))
        return outcomes

    def remember(self, order_id: int) -> Any:
        if order_id not in self.orders:
            return None
        return (
            _values(self.orders[order_id], ORDER_COLUMNS),
            [_values(line, LINE_COLUMNS) for line in self.lines[order_id]],
            [(t, t.dropped_at, t.why, t.fired_at) for t in self.timers[order_id]],
        )

    def restore(self, order_id: int, memory: Any) -> None:
        if memory is None:
            return
        _set(self.orders[order_id], memory[0])
        for line, values in zip(self.lines[order_id], memory[1], strict=True):
            _set(line, values)
            for waiting in (self._wants, self._releases, self._sent):
                waiting.pop(line.pk, None)
        self._used.discard(order_id)
        self._given_back.discard(order_id)
        self._red_back.pop(order_id, None)
        self._whats.pop(order_id, None)
        self.timers[order_id] = [timer for timer, *_rest in memory[2]]
        for timer, dropped_at, why, fired_at in memory[2]:
            timer.dropped_at, timer.why, timer.fired_at = dropped_at, why, fired_at
        self._extra_change.pop(order_id, None)

    def save(
        self,
        *,
        by: Actor,
        what: str,
        at: datetime,
        news: type[OfOrders] | None = None,
        reason: str = "",
    ) -> list[Order]:
        """Write what changed: stock, orders, lines, timers, books, daybook, announcements; gives the changed.

        What is written goes together (`kit.together`): one statement, beside what stock and offers have to ask.
        """
        with together():
            return self._write(by=by, what=what, at=at, news=news, reason=reason)

    def _write(
        self, *, by: Actor, what: str, at: datetime, news: type[OfOrders] | None, reason: str
    ) -> list[Order]:
        self._stock(by)
        expired = self._offers(by, at)
        for pk, order in self.orders.items():
            short = any(line.stock == "short" for line in self.open_lines(order))
            if short != ("short" in order.troubles):
                self.trouble(order, "short", short)
            due = [t.due_at for t in self.timers[pk] if t.fired_at is None and t.dropped_at is None]
            order.next_due_at = min(due, default=None)
        changes = {pk: self._change(order) for pk, order in self.orders.items()}
        changed = [o for pk, o in self.orders.items() if changes[pk] or pk in self._touched]
        told = [order for order in changed if changes[order.pk]]
        post_later(
            Movement(order.shop_id, what, f"order:{order.pk}:{order.version + 1}", at, amounts, order.pk)
            for order in changed
            if (amounts := self._amounts(order, expired.get(order.pk, 0)))
        )
        _save_orders(changed)
        _save(
            OrderLine,
            LINE_COLUMNS,
            [
                line
                for order in changed
                for line in self.lines[order.pk]
                if _values(line, LINE_COLUMNS) != self._lines_before.get(line.pk)
            ],
        )
        self._save_timers()
        write_many(
            by=by,
            what=what,
            lines=[
                Line("order", o.pk, o.shop_id, changes[o.pk], *reversed(self._whats.get(o.pk, ("", reason))))
                for o in told
            ],
        )
        if news is not None:
            announce_by_shop(news, told)
        ring_for(told)
        return told

    def _change(self, order: Order) -> dict[str, list[Any]]:
        before, after = self._orders_before[order.pk], _values(order, ORDER_COLUMNS)
        change = {name: [before[name], now] for name, now in after.items() if now != before[name]}
        for line in self.lines[order.pk]:
            old, new = self._lines_before.get(line.pk), _values(line, LINE_COLUMNS)
            if old is None:
                fresh = {name: [None, new[name]] for name in LINE_FIRST if new[name]}
                change.update({f"line:{line.position}.{name}": pair for name, pair in fresh.items()})
            elif old != new:
                change.update(
                    {
                        f"line:{line.position}.{name}": [old[name], now]
                        for name, now in new.items()
                        if now != old[name]
                    }
                )
        return change | self._extra_change.get(order.pk, {})

    def _amounts(self, order: Order, expired: int) -> dict[Account, int]:
        """What to post: the way from the old position to the new one. Red packets that came back too late are the
        issuer's again, not the buyer's."""
        amounts = rules.difference(rules.position(order), self._books_before[order.pk])
        if expired:
            amounts[Account.RED_PACKET_RETURNED] = amounts.get(Account.RED_PACKET_RETURNED, 0) + expired
            amounts[Account.RED_PACKET_EXPIRED] = amounts.get(Account.RED_PACKET_EXPIRED, 0) - expired
        return amounts

    def _offers(self, by: Actor, at: datetime) -> dict[int, int]:
        """What becomes of offers and red packets, after the stock (order of locks); gives what expired by order."""
        if not (self._used or self._given_back or self._red_back):
            return {}
        if self._used:
            red = [pk for pk in sorted(self._used) if self.orders[pk].red_fen]
            using.settle_together(order_ids=sorted(self._used), red=red, at=at)
        if self._given_back:
            using.give_back_many(by=by, order_ids=sorted(self._given_back), at=at)
        expired = {
            pk: using.refund_red(by=by, order_id=pk, fen=fen, at=at)[1]
            for pk, fen in sorted(self._red_back.items())
            if fen > 0
        }
        self._used, self._given_back, self._red_back = set(), set(), {}
        return expired

    def _stock(self, by: Actor) -> None:
        # All shelves at once and in their one order, because what follows may lock twice.
        if (bool(self._releases) + bool(self._wants) + bool(self._sent)) > 1:
            touched = (*self._releases.values(), *self._wants.values(), *self._sent.values())
            lock_balances(skus=[line.sku_id for line in touched if line.sku_id is not None])
        if self._releases:
            release_many(by=by, line_ids=list(self._releases))
            for line in self._releases.values():
                line.stock = ""
        if self._wants:
            wanted = []
            queue = sorted(
                self._wants.values(),
                key=lambda line: (
                    rules.ship_rank(
                        self.orders[line.order_id].paid_at,
                        self.orders[line.order_id].placed_at,
                        line.order_id,
                    ),
                    line.pk,
                ),
            )
            for line in queue:
                shop = self.shop(self.orders[line.order_id])
                assert line.sku_id is not None
                bound = self.orders[line.order_id].source == rules.OWN
                wanted.append(
                    Want(line.pk, line.sku_id, line.pieces, shop.merchant_id, shop.city, shop.pk, bound)
                )
            for line_id, stock in promise_many(by=by, wanted=wanted).items():
                self._wants[line_id].stock = stock
        leaving = [line for line in self._sent.values() if line.stock == "held"]
        if leaving:
            send_out_many(by=by, line_ids=[line.pk for line in leaving], ref="orders.shipped")
            for line in leaving:
                line.stock = "out"
        self._wants, self._releases, self._sent = {}, {}, {}

    def _save_timers(self) -> None:
        every = [timer for timers in self.timers.values() for timer in timers]
        fresh = [timer for timer in every if timer.pk is None]
        ended = [timer for timer in every if timer.pk in self._live and (timer.fired_at or timer.dropped_at)]
        if ended:
            change(
                "orders_timer",
                "UPDATE orders_timer t SET fired_at = v.fired_at, dropped_at = v.dropped_at, why = v.why "
                "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[]) "
                "AS v(id, fired_at, dropped_at, why) "
                "WHERE t.id = v.id AND t.fired_at IS NULL AND t.dropped_at IS NULL",
                [
                    [t.pk for t in ended],
                    [t.fired_at for t in ended],
                    [t.dropped_at for t in ended],
                    [t.why[:60] for t in ended],
                ],
            )
        put_timers(fresh)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A new timer, without the weight of a model's row."""

    kind: str
    order_id: int
    due_at: datetime
    line_id: int | None = None
    generation: int = 1
    fired_at: datetime | None = None
    dropped_at: datetime | None = None
    why: str = ""


def put_timers(timers: Sequence[Timer | Deadline]) -> None:
    """Write new timers. One statement."""
    if timers:
        copy_in(
            Timer,
            ("kind", "order_id", "line_id", "generation", "due_at", "fired_at", "dropped_at", "why"),
            (
                (
                    str(t.kind),
                    t.order_id,
                    t.line_id,
                    t.generation,
                    t.due_at,
                    t.fired_at,
                    t.dropped_at,
                    t.why[:60],
                )
                for t in timers
            ),
        )


def announce_by_shop(news: type[OfOrders], orders: Iterable[Order]) -> None:
    """One announcement per shop. Three statements."""
    by_shop: dict[int, list[int]] = defaultdict(list)
    for order in orders:
        by_shop[order.shop_id].append(order.pk)
    announce(*(news(shop_id, tuple(ids)) for shop_id, ids in by_shop.items()))


def ring_for(orders: Sequence[Order]) -> None:
    """Ring for each order, or once per shop for a long list."""
    if len(orders) <= _RING_EACH:
        for order in orders:
            ring(f"shop:{order.shop_id}", f"order:{order.number}")
    else:
        for shop_id in {order.shop_id for order in orders}:
            ring(f"shop:{shop_id}", "orders")


def _values(row: Model, columns: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in columns}
    if "troubles" in values:
        values["troubles"] = list(values["troubles"])
    return values


def _set(row: Model, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _save_orders(orders: Sequence[Order]) -> None:
    _save(
        Order,
        {**ORDER_COLUMNS, "told": "jsonb", "extra": "jsonb"},
        orders,
        more=", version = t.version + 1, changed_at = clock_timestamp()",
    )
    for order in orders:
        order.version += 1


def _save(model: type[Model], columns: dict[str, str], rows: Sequence[Any], more: str = "") -> None:
    """UPDATE the columns of many rows that are locked already. One statement."""
    if not rows:
        return
    values = [[row.pk for row in rows], *([_ready(n, getattr(r, n)) for r in rows] for n in columns)]
    change(model._meta.db_table, _update_of(model, tuple(columns.items()), more), values)


@lru_cache
def _update_of(model: type[Model], columns: tuple[tuple[str, str], ...], more: str) -> str:
    sets = ", ".join(
        f"{name} = " + ("string_to_array(v.troubles, ',')" if name == "troubles" else f"v.{name}")
        for name, _type in columns
    )
    arrays = ", ".join(f"%s::{kind}[]" for kind in ["bigint", *(kind for _name, kind in columns)])
    names = ", ".join(["id", *(name for name, _type in columns)])
    return (
        f"UPDATE {model._meta.db_table} t SET {sets}{more} "  # noqa: S608 (names of our own)
        f"FROM unnest({arrays}) AS v({names}) WHERE t.id = v.id"
    )


def _ready(name: str, value: Any) -> Any:
    if name == "troubles":
        return ",".join(value)
    if name in ("told", "extra"):
        return json.dumps(value, ensure_ascii=False)
    return value
