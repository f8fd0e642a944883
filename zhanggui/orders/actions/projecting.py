"""The inner step of every act on marks: lock the orders, change their marks, project, write it down.

Two people who mark the same order at once wait for each other at the row of the order; the second then
reads the first one's mark, so the projection is always that of all live marks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F, Func, Value

from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import copy_in, take_ids, update_many
from zhanggui.kit.clock import day_of
from zhanggui.kit.sealed import trace
from zhanggui.orders import words
from zhanggui.orders.events import OrdersMarked
from zhanggui.orders.mark_rules import rules_of
from zhanggui.orders.marks import OUTSIDE, OUTSIDE_FLAG, TEMPLATES, Kind, render
from zhanggui.orders.models import Mark, Order, OrderLine, Outside
from zhanggui.orders.projection import Rules, project

_MARK = (
    "id",
    "order_id",
    "department",
    "kind",
    "template",
    "text",
    "flag",
    "staff_id",
    "author",
    "work_no",
    "at",
    "must_read",
    "off_at",
    "off_by",
)
_SELECT = " ".join(("SELECT", ", ".join(_MARK), "FROM orders_mark WHERE "))
_ORDERS = (
    "SELECT id, shop_id, number, state, flag, memo, troubles, version FROM orders_order "
    "WHERE id = ANY(%s) ORDER BY id"
)
LOCK = " FOR UPDATE"
_SINGLE_BELLS = 50
TROUBLE = "memo"


@dataclass(slots=True, eq=False)
class MarkRow:
    """A mark in memory: ten thousand of them as models would cost seconds. `id` 0: not written yet."""

    order_id: int
    kind: str
    at: datetime
    id: int = 0
    department: str = ""
    template: str = ""
    text: str = ""
    flag: int = 0
    staff_id: int | None = None
    author: str = ""
    work_no: str = ""
    must_read: bool = False
    off_at: datetime | None = None
    off_by: str = ""


@dataclass(slots=True)
class Seen:
    """An order as it stands under our lock. `known`: we marked it before, so `Outside` has a row for it."""

    id: int
    shop_id: int
    number: str
    state: str
    flag: int
    memo: str
    troubles: list[str]
    version: int
    marks: list[MarkRow] = field(default_factory=list)
    known: bool = False
    adopted: list[MarkRow] = field(default_factory=list)


@dataclass(slots=True)
class Turn:
    """What an act wants of one order's marks: new ones (without id), which live ones go, which come back.

    `trouble`: whether the order shall show the trouble "memo"; None leaves that as it is.
    """

    put: list[MarkRow] = field(default_factory=list)
    off: list[MarkRow] = field(default_factory=list)
    back: list[MarkRow] = field(default_factory=list)
    trouble: bool | None = None
    reason: str = ""

    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.put or self.off or self.back) and self.trouble is None


@dataclass(slots=True)
class Done:
    """What came of it: order ids changed, marks put, marks taken off, marks put back."""

    orders: list[int] = field(default_factory=list)
    put: list[int] = field(default_factory=list)
    off: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    flags: dict[int, int] = field(default_factory=dict)


def memo_trace(memo: str) -> str:
    """What the daybook keeps of a memo: a keyed hash. The words themselves stand in the marks."""
    return trace(memo, about="memo").hex() if memo else ""


def lock(order_ids: Iterable[int], at: datetime) -> dict[int, Seen]:
    """Lock the orders in sorted order and read them with their live marks. Three statements.

    For an order that we never marked, what came from outside stands among its marks, adopted but not yet
    written: so projecting never loses it.
    """
    ids = sorted(set(order_ids))
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS + LOCK, [ids])
        seen = {row[0]: Seen(*row) for row in cursor.fetchall()}
    # read after the lock was won: a statement of READ COMMITTED sees what the one before us committed
    for mark in rows_of("order_id = ANY(%s) AND off_at IS NULL", ids):
        seen[mark.order_id].marks.append(mark)
    with connection.cursor() as cursor:
        cursor.execute("SELECT order_id FROM orders_outside WHERE order_id = ANY(%s)", [ids])
        for (order,) in cursor.fetchall():
            seen[order].known = True
    for one in seen.values():
        if not one.known:
            one.adopted = outside_marks(one.id, one.memo, one.flag, at)
            one.marks += one.adopted
    return seen


def rows_of(condition: str, ids: Sequence[int]) -> list[MarkRow]:
    """Marks by ids; the condition is a constant of ours with one place for them. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SELECT + condition + " ORDER BY order_id, id", [list(ids)])
        return [MarkRow(**dict(zip(_MARK, row, strict=True))) for row in cursor.fetchall()]


def rules_for(seen: Mapping[int, Seen], at: datetime) -> dict[int, Rules]:
    """The marking rules of the orders' shops. One statement."""
    return rules_of((one.shop_id for one in seen.values()), day_of(at))


def turn_many(
    *,
    by: Actor,
    what: str,
    seen: Mapping[int, Seen],
    rules: Mapping[int, Rules],
    turns: Mapping[int, Turn],
    at: datetime,
) -> Done:
    """Do the turns and project: about ten statements however many orders.

    The first time we mark an order, the memo and flag that came from outside are written as the marks that
    `lock` adopted, and are remembered as what stood outside.
    """
    done = Done()
    turns = {order: turn for order, turn in turns.items() if not turn.empty()}
    if not turns:
        return done
    fresh = [seen[order] for order in turns if not seen[order].known]
    put = [mark for turn in turns.values() for mark in turn.put]
    off = [mark for turn in turns.values() for mark in turn.off]
    written = [mark for one in fresh for mark in one.adopted] + put
    for mark in off:
        mark.off_at, mark.off_by = at, by.name[:80]
    known = [mark.id for mark in off if mark.id]
    for mark, pk in zip(written, take_ids(Mark, len(written)), strict=True):
        mark.id = pk
    # what came from outside stood there before this act: who takes the act back, leaves it
    before = {order: sorted(mark.id for mark in seen[order].marks) for order in turns}
    if written:
        copy_in(Mark, _MARK, ([getattr(mark, name) for name in _MARK] for mark in written))
    if known:
        _set_off(known, at, by.name[:80])
    back = [mark for turn in turns.values() for mark in turn.back]
    if back:
        _set_off([mark.id for mark in back], None, "")
    if fresh:
        copy_in(
            Outside,
            ("order_id", "memo", "flag", "seen_at"),
            ((one.id, one.memo, one.flag, at) for one in fresh),
        )
    _write(by=by, what=what, seen=seen, rules=rules, turns=turns, before=before, at=at, done=done)
    done.put = [mark.id for mark in put]
    done.off = [mark.id for mark in off]
    done.back = [mark.id for mark in back]
    return done


def _write(
    *,
    by: Actor,
    what: str,
    seen: Mapping[int, Seen],
    rules: Mapping[int, Rules],
    turns: Mapping[int, Turn],
    before: Mapping[int, list[int]],
    at: datetime,
    done: Done,
) -> None:
    plain: list[Sequence[object]] = []
    worded: dict[int, str] = {}
    troubled: dict[int, bool] = {}
    lines = []
    for order in sorted(turns):
        one, turn = seen[order], turns[order]
        one.marks = [mark for mark in one.marks if mark not in turn.off] + turn.put + turn.back
        shown = project(one.marks, rules[one.shop_id])
        change: dict[str, Sequence[object]] = {}
        after = sorted(mark.id for mark in one.marks)
        if after != before[order] or one.adopted:
            change["marks"] = [before[order], after]
        if shown.flag != one.flag:
            change["flag"] = [one.flag, shown.flag]
        if shown.memo != one.memo:
            change["memo"] = [memo_trace(one.memo), memo_trace(shown.memo)]
            worded[order] = shown.memo
        if turn.trouble is not None and turn.trouble != (TROUBLE in one.troubles):
            change["troubles"] = [one.troubles, with_trouble(one.troubles, turn.trouble)]
            troubled[order] = turn.trouble
        plain.append((order, shown.flag, one.version + 1, at))
        lines.append(Line("order", order, one.shop_id, change, turn.reason))
        done.flags[order] = shown.flag
    update_many(
        Order,
        ("pk", "flag", "version", "changed_at"),
        ("bigint", "smallint", "integer", "timestamptz"),
        plain,
    )
    save_memos(worded)
    save_troubles(troubled)
    write_many(by=by, what=what, lines=lines)
    done.orders = sorted(turns)
    outward = [line for line in lines if "flag" in line.change or "memo" in line.change]
    announce(*_by_shop(outward))
    ring_for(seen[order] for order in done.orders)


def _set_off(ids: Sequence[int], at: datetime | None, by: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_mark SET off_at = %s, off_by = %s WHERE id = ANY(%s)", [at, by, list(ids)]
        )


def _by_shop(lines: Sequence[Line]) -> list[OrdersMarked]:
    shops: dict[int, list[int]] = {}
    for line in lines:
        if line.shop_id is not None and line.object_id is not None:
            shops.setdefault(line.shop_id, []).append(line.object_id)
    return [OrdersMarked(shop, tuple(orders)) for shop, orders in shops.items()]


def save_memos(memos: Mapping[int, str]) -> None:
    """Write the memos of many orders and the words they are found by. Three statements, none without memos."""
    if not memos:
        return
    ids = sorted(memos)
    goods: dict[int, list[tuple[str, str, str]]] = {}
    for order, *texts in OrderLine.objects.filter(order_id__in=ids).values_list(
        "order_id", "title", "spec", "code"
    ):
        goods.setdefault(order, []).append((texts[0], texts[1], texts[2]))
    rows = Order.objects.filter(pk__in=ids).values_list("id", "buyer_message", "buyer__nick", "title")
    update_many(
        Order,
        ("pk", "memo", "words"),
        ("bigint", "text", "tsvector"),
        [
            (
                pk,
                memos[pk],
                words.of_order(
                    memo=memos[pk], message=message, nick=nick or "", title=title, lines=goods.get(pk, [])
                ),
            )
            for pk, message, nick, title in rows
        ],
    )


def with_trouble(troubles: Sequence[str], on: bool) -> list[str]:
    """The troubles with or without "memo", in a stable order."""
    kept = [trouble for trouble in troubles if trouble != TROUBLE]
    return [*kept, TROUBLE] if on else kept


def save_troubles(wanted: Mapping[int, bool]) -> None:
    """Raise or lower the trouble "memo". Two statements at most."""
    for on in (True, False):
        ids = [order for order, value in wanted.items() if value is on]
        if ids:
            bare = Func(F("troubles"), Value(TROUBLE), function="array_remove")
            new = Func(bare, Value(TROUBLE), function="array_append") if on else bare
            Order.objects.filter(pk__in=ids).update(troubles=new)


def ring_for(orders: Iterable[Seen]) -> None:
    """Ring once per order, or once per shop when there are many."""
    orders = list(orders)
    if len(orders) > _SINGLE_BELLS:
        for shop in {one.shop_id for one in orders}:
            ring(f"shop:{shop}", "orders")
        return
    for one in orders:
        ring(f"shop:{one.shop_id}", f"order:{one.number}")


def new_mark(
    *,
    by: Actor,
    order: int,
    kind: str,
    at: datetime,
    text: str = "",
    template: str = "",
    flag: int = 0,
    must_read: bool = False,
) -> MarkRow:
    """A mark that is not written yet; its id comes when the turn is done."""
    return MarkRow(
        order_id=order,
        department=by.department,
        kind=str(kind),
        template=template,
        text=text,
        flag=flag,
        staff_id=by.staff_id,
        author=by.name[:80],
        work_no=by.work_no,
        at=at,
        must_read=must_read,
        off_by="",
    )


def outside_marks(order: int, memo: str, flag: int, at: datetime) -> list[MarkRow]:
    """Marks that stand for what came from outside: the memo and the flag apart, by nobody we know."""
    made = []
    for kind, template, text, colour in (
        (Kind.NOTE, OUTSIDE, memo, 0),
        (Kind.FLAG, OUTSIDE_FLAG, "", flag),
    ):
        if text or colour:
            made.append(
                MarkRow(
                    order_id=order,
                    department="",
                    kind=str(kind),
                    template=template,
                    text=text,
                    flag=colour,
                    staff_id=None,
                    author="",
                    work_no="",
                    at=at,
                    must_read=False,
                    off_by="",
                )
            )
    return made


def put_one(
    *,
    by: Actor,
    order: int,
    template: str,
    wish: str,
    at: datetime,
    kind: str | None = None,
    must_read: bool = False,
) -> None:
    """Put the mark that belongs to another act (a receiver edited, a call made): that act checked the power.

    Fifteen statements or so.
    """
    seen = lock([order], at)
    rules = rules_for(seen, at)
    sort = kind or str(TEMPLATES[template].kind)
    made = new_mark(
        by=by,
        order=order,
        kind=sort,
        at=at,
        text=render(template, by=by, at=at, wish=wish),
        template=template,
        flag=rules[seen[order].shop_id].colour(sort, by.department),
        must_read=must_read,
    )
    turn_many(by=by, what="order.marked", seen=seen, rules=rules, turns={order: Turn(put=[made])}, at=at)
