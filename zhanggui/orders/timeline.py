"""An order's whole story, and the proof that it is whole: replaying the daybook gives the order as it stands.

The keys of a daybook line's `change` are this room's convention:

- a column of `Order` by its name ("state", "due_fen", "owner_id"); "memo" as a keyed hash, never in words;
- "line:<position>.<column>" for a column of the order's line at that position;
- "marks": the ids of the live marks, whose words stand in the marks themselves;
- "together": the group that leaves in one parcel; "change:<id>.state": a change that was asked for;
- "receiver": a keyed hash of the receiver as it is kept;
- any other key only tells something of the act ("called", "offer") and replays to nothing.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_datetime

from zhanggui.journal.models import Entry
from zhanggui.orders.actions.projecting import memo_trace
from zhanggui.orders.batch import LINE_COLUMNS, ORDER_COLUMNS
from zhanggui.orders.models import (
    Change,
    Mark,
    Order,
    OrderLine,
    Overwrite,
    Parcel,
    Receiver,
    TogetherOrder,
    TrackNode,
)
from zhanggui.orders.queries.timeline import Told, timeline
from zhanggui.orders.sealing import kept_trace, open_receiver

FIRST = "order.placed"
"""The line that tells a new order's columns; those it leaves out were empty."""
_OWN = ("flag", "memo", "owner_id", "marks", "together", "receiver")
_LINE = re.compile(r"line:\d+\.(?P<column>\w+)")
_CHANGE = re.compile(r"change:\d+\.state")
_TEXTS = ("code", "title", "spec")
"""Columns of a line that change only when the article does; the first line of the daybook leaves them out."""
_NOTHING: tuple[Any, ...] = (None, "", 0, False, [])


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, for a page. Exactly one of `told`, `overwrite`, `parcel` and `node` is set.

    `put` and `off`: the marks that an act put on and took off, with their words.
    """

    at: datetime
    told: Told | None = None
    put: tuple[Mark, ...] = ()
    off: tuple[Mark, ...] = ()
    overwrite: Overwrite | None = None
    parcel: Parcel | None = None
    node: TrackNode | None = None


def story(order_id: int, most: int = 200) -> list[Happening]:
    """What happened to the order, newest first: acts with their marks, overwrites, parcels, scans. Six statements.

    The caller has checked that the reader may see the order.
    """
    acts = timeline(order_id, most=most)
    changes = dict(Entry.objects.filter(pk__in=[act.id for act in acts]).values_list("pk", "change"))
    marks = {mark.pk: mark for mark in Mark.objects.filter(order_id=order_id)}
    found = []
    for act in acts:
        before, after = changes[act.id].get("marks", [[], []])
        put = tuple(marks[pk] for pk in after if pk not in before and pk in marks)
        off = tuple(marks[pk] for pk in before if pk not in after and pk in marks)
        found.append(Happening(act.at, told=act, put=put, off=off))
    found += [
        Happening(row.seen_at, overwrite=row) for row in Overwrite.objects.filter(order_id=order_id)[:most]
    ]
    parcels = list(Parcel.objects.filter(contents__order_id=order_id).distinct())
    found += [Happening(parcel.shipped_at, parcel=parcel) for parcel in parcels]
    nodes = TrackNode.objects.filter(parcel__in=parcels).select_related("parcel").order_by("-at")
    found += [Happening(node.at, node=node) for node in nodes[:most]]
    return sorted(found, key=lambda one: (one.at, one.told.id if one.told else 0), reverse=True)[:most]


def replay(order_id: int) -> dict[str, Any]:
    """The order as the daybook alone tells it, folded line by line. One statement.

    Values as JSON has them, moments in UTC to the millisecond.
    """
    state: dict[str, Any] = {}
    for change in _changes(order_id):
        for name, pair in change.items():
            if _replays(name):
                state[name] = pair[1]
    return {name: _plain(value) for name, value in state.items()}


def breaks(order_id: int) -> list[str]:
    """Where a line's "before" is not the "after" of the line before it: something was changed in silence."""
    state: dict[str, Any] = {}
    found = []
    for change in _changes(order_id):
        for name, pair in change.items():
            if not _replays(name):
                continue
            # an import does not open the receiver that it replaces, so it cannot tell what stood there
            silent = name == "receiver" and pair[0] is None
            if name in state and not silent and _plain(pair[0]) != _plain(state[name]):
                found.append(f"{name}: {state[name]!r} became {pair[0]!r}")
            state[name] = pair[1]
    return found


def present(order_id: int) -> dict[str, Any]:
    """The order as its rows stand, in the words of `replay`. Six statements."""
    order = Order.objects.get(pk=order_id)
    state = {name: getattr(order, name) for name in (*ORDER_COLUMNS, "flag", "owner_id")}
    state["memo"] = memo_trace(order.memo)
    state["marks"] = sorted(Mark.objects.filter(order_id=order_id, off_at=None).values_list("pk", flat=True))
    state["together"] = TogetherOrder.objects.filter(pk=order_id).values_list("group_id", flat=True).first()
    receiver = Receiver.objects.filter(pk=order_id).first()
    state["receiver"] = kept_trace(open_receiver(receiver)) if receiver else None
    for line in OrderLine.objects.filter(order_id=order_id):
        for name in (*LINE_COLUMNS, *_TEXTS):
            state[f"line:{line.position}.{name}"] = getattr(line, name)
    for pk, now in Change.objects.filter(order_id=order_id).values_list("pk", "state"):
        state[f"change:{pk}.state"] = now
    return {name: _plain(value) for name, value in _json(state).items()}


def differences(order_id: int) -> dict[str, tuple[Any, Any]]:
    """Column -> (replayed, present) where the story does not give what stands. Empty when all is well."""
    told, stands = replay(order_id), present(order_id)
    whole = Entry.objects.filter(kind="order", object_id=order_id, what=FIRST).exists()
    names = set(told)
    if whole:
        names |= {name for name in stands if not _quiet(name)}
    found = {}
    for name in sorted(names):
        one, other = told.get(name), stands.get(name)
        if one != other and not (one in _NOTHING and other in _NOTHING):
            found[name] = (one, other)
    return found


def _changes(order_id: int) -> Iterable[Mapping[str, Any]]:
    rows = Entry.objects.filter(kind="order", object_id=order_id).order_by("pk")
    return rows.values_list("change", flat=True)


def _replays(name: str) -> bool:
    line = _LINE.fullmatch(name)
    if line:
        return line["column"] in LINE_COLUMNS or line["column"] in _TEXTS
    return name in ORDER_COLUMNS or name in _OWN or _CHANGE.fullmatch(name) is not None


def _quiet(name: str) -> bool:
    """What arrives with a line and is not repeated in the daybook: its texts, its article and its own discounts."""
    line = _LINE.fullmatch(name)
    return line is not None and line["column"] in (
        *_TEXTS,
        "sku_id",
        "adjust_fen",
        "discount_fen",
        "close_reason",
    )


def _json(state: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(dict(state), cls=DjangoJSONEncoder))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, str) and len(value) >= 19 and value[4:5] == "-":
        moment = parse_datetime(value)
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return value
