"""When somebody outside wrote over memo or flag: both versions are kept, shown, and settled by a person (C1)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in, update_many
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.orders.actions.projecting import (
    MarkRow,
    Seen,
    Turn,
    lock,
    memo_trace,
    outside_marks,
    ring_for,
    rules_for,
    save_memos,
    turn_many,
)
from zhanggui.orders.marks import HAND_FLAG, OUTSIDE, OUTSIDE_FLAG, Kind
from zhanggui.orders.models import Order, Outside, Overwrite
from zhanggui.orders.projection import JOIN, outward_text
from zhanggui.people.powers import Power

KEEP = ("ours", "theirs", "both")
_OVERWRITE = (
    "order_id",
    "seen_at",
    "our_memo",
    "our_flag",
    "their_memo",
    "their_flag",
    "settled_at",
    "settled_by",
    "kept",
)


@action
def notice_outside(
    *, by: Actor, seen: Sequence[tuple[int, str | None, int | None]], at: datetime
) -> list[int]:
    """Take note of memo and flag as the platform shows them: (order id, memo, flag), None for not told.

    What stood outside before is compared with what stands there now, so our own marks that were never
    pushed are no overwrite. An order without marks of ours takes the new memo and flag, and keeps the old
    ones to be seen. An order with marks keeps its projection; both versions are kept and the trouble
    "memo" asks a person to settle it. Gives the ids of the orders that changed. No power is asked: it is part of an import.
    One statement when nothing changed, about fifteen however long the list.
    """
    told = {order: (memo, flag) for order, memo, flag in seen if memo is not None or flag is not None}
    moved = _moved(told)
    if not moved:
        return []
    found = lock(moved, at)
    fresh = [one for one in found.values() if not one.known]
    ours = [one for one in found.values() if one.known]
    _accept(by, fresh, moved, at)
    _conflict(by, ours, moved, at)
    return sorted(found)


def _moved(told: dict[int, tuple[str | None, int | None]]) -> dict[int, tuple[str, int]]:
    """What changed outside since it was seen last: order id -> (memo, flag). One statement."""
    moved = {}
    rows = Order.objects.filter(pk__in=list(told)).values_list(
        "id", "memo", "flag", "outside__memo", "outside__flag"
    )
    for order, memo, flag, outside_memo, outside_flag in rows:
        known = (memo, flag) if outside_flag is None else (outside_memo, outside_flag)
        new = told[order]
        now = (
            known[0] if new[0] is None else new[0].replace("\0", "").strip(),
            known[1] if new[1] is None else min(max(new[1], 0), 5),
        )
        if now != (known[0].strip(), known[1]):
            moved[order] = now
    return moved


def _accept(by: Actor, orders: Sequence[Seen], moved: dict[int, tuple[str, int]], at: datetime) -> None:
    if not orders:
        return
    memos: dict[int, str] = {}
    rows, lines, kept = [], [], []
    for one in orders:
        memo, flag = moved[one.id]
        change: dict[str, Sequence[object]] = {}
        if memo != one.memo:
            change["memo"] = [memo_trace(one.memo), memo_trace(memo)]
            memos[one.id] = memo
        if flag != one.flag:
            change["flag"] = [one.flag, flag]
        if one.memo or one.flag:
            kept.append((one.id, at, one.memo, one.flag, memo, flag, at, by.name[:80], "theirs"))
        rows.append((one.id, flag, one.version + 1, at))
        lines.append(Line("order", one.id, one.shop_id, change))
    copy_in(Overwrite, _OVERWRITE, kept)
    update_many(
        Order,
        ("pk", "flag", "version", "changed_at"),
        ("bigint", "smallint", "integer", "timestamptz"),
        rows,
    )
    save_memos(memos)
    write_many(by=by, what="order.memo_seen", lines=lines)
    ring_for(orders)


def _conflict(by: Actor, orders: Sequence[Seen], moved: dict[int, tuple[str, int]], at: datetime) -> None:
    if not orders:
        return
    update_many(
        Outside,
        ("pk", "memo", "flag", "seen_at"),
        ("bigint", "text", "smallint", "timestamptz"),
        [(one.id, *moved[one.id], at) for one in orders],
    )
    # equal to our projection: somebody carried it outside, nothing was lost
    lost = [one for one in orders if moved[one.id] != (one.memo, one.flag)]
    if not lost:
        return
    copy_in(
        Overwrite,
        _OVERWRITE,
        ((one.id, at, one.memo, one.flag, *moved[one.id], None, "", "") for one in lost),
    )
    found = {one.id: one for one in lost}
    turns = {one.id: Turn(trouble=True) for one in lost}
    turn_many(by=by, what="order.overwritten", seen=found, rules=rules_for(found, at), turns=turns, at=at)


@action
def settle(*, by: Actor, overwrite: Overwrite, keep: str, at: datetime) -> None:
    """Settle an overwrite: keep "ours", "theirs" or "both".

    "both" adds what stands outside to our marks. "theirs" also takes our marks off, but never a commission
    (S4-19) nor a must-read. Raises NotFound, NotAllowed without ORDER_MARK, Invalid, NotNow when it is settled already.
    """
    if keep not in KEEP:
        raise Invalid(_("请选择保留哪一方。"), "keep")
    found = lock([overwrite.order_id], at)
    one = found.get(overwrite.order_id)
    if one is None or not by.can(Power.ORDER_SEE, one.shop_id):
        raise NotFound(_("没有这个订单。"))
    by.must(Power.ORDER_MARK, shop_id=one.shop_id)
    others = Overwrite.objects.filter(order_id=one.id, settled_at__isnull=True).exclude(pk=overwrite.pk)
    row = (
        Overwrite.objects.filter(pk=overwrite.pk, settled_at__isnull=True)
        .annotate(others=Exists(others.filter(order_id=OuterRef("order_id"))))
        .first()
    )
    if row is None:
        raise NotNow(_("这条冲突已经有人处理过了。"))
    turn = Turn(trouble=None if row.others else False, reason=keep)
    if keep != "ours":
        turn.off = [mark for mark in one.marks if mark.template in (OUTSIDE, OUTSIDE_FLAG, HAND_FLAG)]
        if keep == "theirs":
            stays = [mark for mark in one.marks if mark.kind == Kind.COMMISSION or mark.must_read]
            turn.off = [mark for mark in one.marks if mark not in stays]
        left = [mark for mark in one.marks if mark not in turn.off]
        turn.put = outside_marks(one.id, _new_words(row.their_memo, left), row.their_flag or 0, at)
    Overwrite.objects.filter(pk=row.pk).update(settled_at=at, settled_by=by.name[:80], kept=keep)
    turn_many(
        by=by,
        what="order.settled",
        seen=found,
        rules=rules_for(found, at),
        turns={one.id: turn},
        at=at,
    )
    overwrite.settled_at, overwrite.settled_by, overwrite.kept = at, by.name[:80], keep


def _new_words(memo: str, marks: Sequence[MarkRow]) -> str:
    """What the memo outside says beyond the words that our marks say already."""
    known = {outward_text(mark.text) for mark in marks}
    return JOIN.join(part for part in memo.split(JOIN) if part.strip() and part not in known)
