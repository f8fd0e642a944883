"""Putting department marks on orders, taking them off, setting flags by hand, and taking all that back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor, power_name
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow, Refused
from zhanggui.orders.actions.projecting import (
    Done,
    MarkRow,
    Seen,
    Turn,
    lock,
    new_mark,
    rows_of,
    rules_for,
    turn_many,
)
from zhanggui.orders.marks import FREE, HAND_FLAG, OUTSIDE_FLAG, TEMPLATES, Kind, render
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.projection import Rules
from zhanggui.orders.states import Flag
from zhanggui.people.powers import Power

Undo = Mapping[str, Sequence[int]]
"""What takes an act on marks back: {"put": mark ids that came, "off": mark ids that went}. Plain JSON."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One outcome per order asked for, in the order asked; and what an undo needs."""

    outcomes: list[Outcome]
    undo: dict[str, list[int]] = field(default_factory=dict)


@action
def mark_many(
    *,
    by: Actor,
    order_ids: Sequence[int],
    at: datetime,
    wish: str = "",
    template: str = FREE,
    kind: str | None = None,
    flag: int | None = None,
    must_read: bool = False,
) -> Marked:
    """Put the same mark on many orders (C1, S0-25, S4-11, S4-12, S4-19) and project flag and memo anew.

    `template`: code of `marks.TEMPLATES`, `wish` fills its slot. `kind`: else the template's. `flag`: 0 to 5,
    else the shop's colour of the department or kind. `must_read` (发货须知): the packer must acknowledge it.
    A mark with the same words by the same person that stands already is not put twice. Per order refused
    without ORDER_MARK in its shop; Invalid for the whole list when the words may not stand.
    About fifteen statements however many orders.
    """
    text = render(template, by=by, at=at, wish=wish)
    sort = _kind(kind or TEMPLATES[template].kind)
    _flag(flag)

    def decide(one: Seen, rules: Rules) -> Turn:
        colour = rules.colour(sort, by.department) if flag is None else flag
        for mark in one.marks:
            same = (mark.kind, mark.text, mark.flag, mark.must_read) == (sort, text, colour, must_read)
            if same and mark.staff_id == by.staff_id:
                return Turn()
        made = new_mark(
            by=by,
            order=one.id,
            kind=sort,
            at=at,
            text=text,
            template=template,
            flag=colour,
            must_read=must_read,
        )
        return Turn(put=[made])

    return _many(by=by, what="order.marked", order_ids=order_ids, decide=decide, at=at)


@action
def mark(
    *,
    by: Actor,
    order: Order,
    at: datetime,
    wish: str = "",
    template: str = FREE,
    kind: str | None = None,
    flag: int | None = None,
    must_read: bool = False,
) -> Outcome:
    """Put one mark on one order: `mark_many` of a list of one. Raises its refusal."""
    marked = mark_many(
        by=by,
        order_ids=[order.pk],
        at=at,
        wish=wish,
        template=template,
        kind=kind,
        flag=flag,
        must_read=must_read,
    )
    return only(marked.outcomes)


@action
def flag_many(*, by: Actor, order_ids: Sequence[int], flag: int, at: datetime) -> Marked:
    """Set the flag of many orders by hand; grey (0) takes hand-set flags off again.

    A hand-set flag is a mark without words. It replaces the department's earlier hand-set flag and a flag
    of unknown author from outside, never the marks of others: where a more important mark keeps the
    flag, the outcome says so. Per order refused without ORDER_MARK. About fifteen statements.
    """
    _flag(flag)

    def decide(one: Seen, rules: Rules) -> Turn:
        earlier = [
            mark
            for mark in one.marks
            if mark.template == OUTSIDE_FLAG
            or (mark.template == HAND_FLAG and (not flag or mark.department == by.department))
        ]
        if not flag:
            return Turn(off=earlier)
        if len(earlier) == 1 and earlier[0].flag == flag and earlier[0].template == HAND_FLAG:
            return Turn()
        put = new_mark(by=by, order=one.id, kind=Kind.FLAG, at=at, template=HAND_FLAG, flag=flag)
        return Turn(put=[put], off=earlier)

    return _many(by=by, what="order.flagged", order_ids=order_ids, decide=decide, at=at, wanted=flag)


@action
def flag(*, by: Actor, order: Order, flag: int, at: datetime) -> Outcome:
    """Set one order's flag by hand: `flag_many` of a list of one. Raises its refusal."""
    return only(flag_many(by=by, order_ids=[order.pk], flag=flag, at=at).outcomes)


@action
def take_off_many(*, by: Actor, mark_ids: Sequence[int], at: datetime) -> Marked:
    """Take marks off their orders; they stay in the history. One outcome per order.

    Somebody else's commission is not taken off by anybody but a holder of CHANGE_DECIDE (S4-19): refused.
    """
    wanted = set(mark_ids)
    orders = list(
        Mark.objects.filter(pk__in=sorted(wanted)).order_by("order_id").values_list("order_id", flat=True)
    )

    def decide(one: Seen, rules: Rules) -> Turn:
        off = [mark for mark in one.marks if mark.id in wanted]
        for mark in off:
            foreign = mark.kind == Kind.COMMISSION and mark.staff_id != by.staff_id
            if foreign and not by.can(Power.CHANGE_DECIDE, one.shop_id):
                raise NotAllowed(
                    _("不能取下别人的提成标记，请找有「%(power)s」权限的人。")
                    % {"power": power_name(Power.CHANGE_DECIDE)}
                )
        return Turn(off=off)

    return _many(by=by, what="order.unmarked", order_ids=list(dict.fromkeys(orders)), decide=decide, at=at)


@action
def take_off(*, by: Actor, mark: Mark, at: datetime) -> Outcome:
    """Take one mark off. Raises NotNow when it is off already, NotAllowed."""
    outcome = only(take_off_many(by=by, mark_ids=[mark.pk], at=at).outcomes)
    if outcome.result == "unchanged":
        raise NotNow(_("这条标记已经被取下了。"))
    return outcome


@action
def undo_many(*, by: Actor, undo: Undo, at: datetime) -> Marked:
    """Take an earlier act on marks back: what it put goes, what it took off comes back.

    What somebody changed in the meantime stays as they left it. One outcome per order.
    """
    put, off = set(undo.get("put", ())), set(undo.get("off", ()))
    touched = rows_of("id = ANY(%s)", sorted(put | off))
    gone: dict[int, list[MarkRow]] = {}
    for each in touched:
        if each.id in off and each.off_at is not None:
            gone.setdefault(each.order_id, []).append(each)

    def decide(one: Seen, rules: Rules) -> Turn:
        standing = {mark.id for mark in one.marks}
        return Turn(
            off=[mark for mark in one.marks if mark.id in put],
            back=[mark for mark in gone.get(one.id, []) if mark.id not in standing],
        )

    orders = list(dict.fromkeys(mark.order_id for mark in touched))
    return _many(by=by, what="order.remarked", order_ids=orders, decide=decide, at=at)


def _many(
    *,
    by: Actor,
    what: str,
    order_ids: Sequence[int],
    decide: Callable[[Seen, Rules], Turn],
    at: datetime,
    wanted: int | None = None,
) -> Marked:
    seen = lock(order_ids, at)
    rules = rules_for(seen, at)
    refused: dict[int, Refused] = {}
    turns: dict[int, Turn] = {}
    for order in order_ids:
        one = seen.get(order)
        if one is None or not by.can(Power.ORDER_SEE, one.shop_id):
            refused[order] = NotFound(_("没有这个订单。"))
            continue
        try:
            by.must(Power.ORDER_MARK, shop_id=one.shop_id)
            turns[order] = decide(one, rules[one.shop_id])
        except Refused as refusal:
            refused[order] = refusal
    done = turn_many(by=by, what=what, seen=seen, rules=rules, turns=turns, at=at)
    outcomes = [_outcome(order, seen, refused, done, wanted) for order in dict.fromkeys(order_ids)]
    return Marked(outcomes, {"put": done.put + done.back, "off": done.off})


def _outcome(
    order: int, seen: Mapping[int, Seen], refused: Mapping[int, Refused], done: Done, wanted: int | None
) -> Outcome:
    number = seen[order].number if order in seen else ""
    if order in refused:
        hidden = isinstance(refused[order], NotFound)
        return Outcome(order, "" if hidden else number, "refused", refused[order].message, refused[order])
    if order not in done.flags:
        return Outcome(order, number, "unchanged")
    message = ""
    if wanted is not None and done.flags[order] != wanted:
        message = _("已记下；旗帜仍是%(flag)s，因为还有更重要的标记。") % {
            "flag": _(Flag(done.flags[order]).label)
        }
    return Outcome(order, number, "done", message)


def _kind(kind: str) -> str:
    if kind not in Kind.values or kind == Kind.FLAG:
        raise Invalid(_("没有这种标记。"), "kind")
    return str(kind)


def _flag(flag: int | None) -> None:
    if flag is not None and flag not in Flag.values:
        raise Invalid(_("旗帜只有 0 到 5。"), "flag")
