"""A page of the order list: keyset both ways, and everything its rows show in a constant number of statements."""

import base64
import binascii
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.freight.queries import carrier_names
from zhanggui.kit import regions
from zhanggui.kit.clock import CHINA, day_begins, in_china
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import masked_nick, masked_text
from zhanggui.orders.models import Mark, Order, OrderLine, OrderSet
from zhanggui.orders.queries import search
from zhanggui.orders.queries.filters import TROUBLES, Narrowing
from zhanggui.orders.queries.views import QUEUE, SHIP_WITHIN
from zhanggui.orders.states import Call, Flag, LineState, Refund, State
from zhanggui.shops.models import Shop

PAGE = 50
LINES_SHOWN = 3
MARKS_SHOWN = 3
MOST_CHOSEN = 50_000
"""A bulk act takes at most so many orders at once."""

_KEYS = {
    "placed": ('"orders_order"."placed_at"', "placed_at", True),
    "placed_up": ('"orders_order"."placed_at"', "placed_at", False),
    "queue": ('COALESCE("orders_order"."paid_at", "orders_order"."placed_at")', "queue_at", False),
    "due": ('"orders_order"."next_due_at"', "next_due_at", False),
}
"""By sort: the SQL of its key (as the index has it), its name, and whether the newest comes first."""


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as the list shows it."""

    title: str
    spec: str
    code: str
    pieces: str
    picture: str
    state: str
    state_label: str
    refund: str
    initial: str


@dataclass(frozen=True, slots=True)
class MarkShown:
    """A mark as the list shows it."""

    kind: str
    text: str
    flag: int
    author: str
    must_read: bool


@dataclass(slots=True)
class Row:
    """One order in the list, ready to be shown; masked."""

    id: int
    number: str
    shop_id: int
    shop_code: str
    shop_name: str
    version: int
    state: str
    state_label: str
    placed_at: datetime
    paid_at: datetime | None
    buyer: str
    receiver: str
    place: str
    due: str
    postage: str
    discount: str
    pieces: int
    title: str
    cod: bool
    cod_call: str
    cod_label: str
    refund: str
    refund_label: str
    flag: int
    flag_label: str
    memo: str
    buyer_message: str
    carrier: str
    waybill: str
    troubles: list[str]
    owner: str
    timer: str
    timer_at: datetime | None
    timer_late: bool
    url: str
    pick: str
    placed: str
    placed_iso: str
    timer_iso: str
    picking: str
    pieces_said: str
    lines: list[LineShown] = field(default_factory=list)
    more_lines: int = 0
    marks: list[MarkShown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows. `newer` and `older` are cursors towards the top and the bottom, "" at the end."""

    rows: list[Row]
    newer: str
    older: str


def page(
    wanted: Narrowing, *, shops: dict[int, Shop], cursor: str = "", on: date | None = None, size: int = PAGE
) -> Page:
    """A page of the filter. `cursor`: opaque, from an earlier page; `on`: jump to a day. Raises Invalid.

    `shops`: all shops of the actor by id. Three statements, whatever the size: orders with buyer, receiver and
    owner; lines; marks. With a search text one more.
    """
    sql, name, descending = _KEYS[wanted.sort]
    forward, edge = _read(cursor) if cursor else (True, None)
    if edge is None and on is not None:
        moment = day_begins(on + timedelta(days=1)) if descending else day_begins(on)
        edge = (moment, 2**62 if descending else 0)
    onward = descending if forward else not descending
    narrow = _after(sql, onward, edge)
    order = [f"-{name}", "-pk"] if onward else [name, "pk"]
    rows = narrow(_keyed(wanted.scope(), wanted.sort))
    if wanted.q:
        rows = _keyed(Order.objects.filter(pk__in=_found(rows, wanted.q, name, order, size)), wanted.sort)
    found = list(rows.order_by(*order).values_list(*_COLUMNS, name)[: size + 1])
    more, found = len(found) > size, found[:size]
    if not forward:
        found.reverse()
    shown = _show(found, shops, wanted.at)
    first = _write(False, found[0][-1], found[0][0]) if found else ""
    last = _write(True, found[-1][-1], found[-1][0]) if found else ""
    return Page(
        shown,
        newer=first if (more if not forward else edge is not None) else "",
        older=last if (more if forward else edge is not None) else "",
    )


def rows_of(orders: OrderSet, *, shops: dict[int, Shop], at: datetime) -> list[Row]:
    """These orders as rows, newest first, for a peek or after an act. Three statements."""
    found = list(_keyed(orders, "placed").order_by("-placed_at", "-pk").values_list(*_COLUMNS, "placed_at"))
    return _show(found, shops, at)


def how_many(rows: OrderSet, most: int = MOST_CHOSEN) -> int:
    """How many orders a filter holds, counted up to `most`. One statement."""
    return rows.order_by()[:most].count()


def _keyed(rows: OrderSet, sort: str) -> OrderSet:
    return rows.annotate(queue_at=QUEUE) if sort == "queue" else rows


def _found(rows: OrderSet, text: str, name: str, order: list[str], size: int) -> list[int]:
    parts = [way.ordered(rows, order).values_list("pk", name)[: size + 1] for way in search.ways(text)]
    if len(parts) == 1:
        return [pk for pk, _key in parts[0]]
    together = parts[0].union(*parts[1:]).order_by(order[0], order[1].replace("pk", "id"))
    return [pk for pk, _key in together[: size + 1]]


def _after(sql: str, descending: bool, edge: tuple[datetime, int] | None) -> Callable[[OrderSet], OrderSet]:
    if edge is None:
        return lambda rows: rows
    sign = "<" if descending else ">"
    condition = RawSQL(f'({sql}, "orders_order"."id") {sign} (%s, %s)', edge, output_field=BooleanField())
    return lambda rows: rows.filter(condition)


def _write(forward: bool, key: datetime, pk: int) -> str:
    text = f"{'o' if forward else 'n'}{key.timestamp():.6f}/{pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, tuple[datetime, int]]:
    try:
        text = base64.urlsafe_b64decode(cursor[:80] + "=" * (-len(cursor[:80]) % 4)).decode("ascii")
        moment, pk = text[1:].split("/")
        whole, micro = moment.split(".")
        key = datetime.fromtimestamp(int(whole), CHINA) + timedelta(microseconds=int(micro))
        if text[0] not in "on" or not 0 <= int(pk) < 2**63:
            raise ValueError(text)
        return text[0] == "o", (key, int(pk))
    except (ValueError, binascii.Error, OverflowError, IndexError, OSError):
        raise Invalid(_("读不懂的翻页位置，请从第一页开始。"), "cursor") from None


_COLUMNS = (
    "id",
    "number",
    "shop_id",
    "version",
    "state",
    "placed_at",
    "paid_at",
    "due_fen",
    "postage_fen",
    "discount_fen",
    "pieces",
    "title",
    "cod",
    "cod_call",
    "refund",
    "flag",
    "memo",
    "buyer_message",
    "carrier",
    "waybill",
    "troubles",
    "next_due_at",
    "buyer__nick",
    "receiver__masked_name",
    "receiver__province",
    "receiver__city",
    "receiver__district",
    "owner__name",
)


def _show(found: list[tuple[Any, ...]], shops: dict[int, Shop], at: datetime) -> list[Row]:
    ids = [values[0] for values in found]
    lines, marks = _lines_of(ids), _marks_of(ids)
    states, flags = _labels(State.choices), _labels(Flag.choices)
    refunds, calls = _labels(Refund.choices), _labels(Call.choices)
    troubles = {code: _(label) for code, label in TROUBLES.items()}
    carriers = carrier_names()
    said = (_("%(many)s 件"), _("邮 %(fee)s"), _("优惠 %(off)s"))
    base, picking, year = reverse("orders:list"), _("选择订单 %(number)s"), in_china(at).year
    shown = []
    for values in found:
        o = dict(zip(_COLUMNS, values[:-1], strict=True))
        shop = shops.get(o["shop_id"])
        due_at, label = due_of(o["state"], o["paid_at"] or o["placed_at"], o["next_due_at"])
        own = lines.get(o["id"], [])
        placed = in_china(o["placed_at"])
        shown.append(
            Row(
                id=o["id"],
                number=o["number"],
                shop_id=o["shop_id"],
                shop_code=shop.code if shop else "",
                shop_name=shop.name if shop else "",
                version=o["version"],
                state=o["state"],
                state_label=states[o["state"]],
                placed_at=o["placed_at"],
                paid_at=o["paid_at"],
                buyer=masked_nick(o["buyer__nick"] or ""),
                receiver=o["receiver__masked_name"] or "",
                place=regions.joined(
                    o["receiver__province"] or "", o["receiver__city"] or "", o["receiver__district"] or ""
                ),
                due=yuan(o["due_fen"]),
                postage=yuan(o["postage_fen"]) if o["postage_fen"] else "",
                discount=yuan(o["discount_fen"]) if o["discount_fen"] else "",
                pieces=o["pieces"],
                title=masked_text(o["title"]),
                cod=o["cod"],
                cod_call=o["cod_call"],
                cod_label=calls[o["cod_call"]] if o["cod_call"] else "",
                refund=o["refund"],
                refund_label=refunds[o["refund"]] if o["refund"] else "",
                flag=o["flag"],
                flag_label=flags[o["flag"]],
                memo=masked_text(o["memo"]),
                buyer_message=masked_text(o["buyer_message"]),
                carrier=carriers.get(o["carrier"], o["carrier"]),
                waybill=o["waybill"],
                troubles=[troubles.get(code, code) for code in o["troubles"]],
                owner=o["owner__name"] or "",
                timer=f"{label} {left(at, due_at)}" if due_at else "",
                timer_at=due_at,
                timer_late=bool(due_at and due_at < at),
                url=f"{base}{quote(shop.code if shop else '-', safe='')}/{quote(o['number'], safe='')}/",
                pick=f"{o['id']}.{o['version']}",
                placed=f"{placed:%m-%d %H:%M}" if placed.year == year else f"{placed:%Y-%m-%d %H:%M}",
                placed_iso=placed.isoformat(timespec="seconds"),
                timer_iso=due_at.isoformat(timespec="seconds") if due_at else "",
                picking=picking % {"number": o["number"]},
                pieces_said=money_said(o["pieces"], o["postage_fen"], o["discount_fen"], said),
                lines=own[:LINES_SHOWN],
                more_lines=max(len(own) - LINES_SHOWN, 0),
                marks=marks.get(o["id"], [])[:MARKS_SHOWN],
            )
        )
    return shown


def _lines_of(ids: list[int]) -> dict[int, list[LineShown]]:
    states = _labels(LineState.choices)
    by_order: dict[int, list[LineShown]] = defaultdict(list)
    rows = OrderLine.objects.filter(order_id__in=ids).order_by("order_id", "position")
    for order_id, title, spec, code, pieces, state, refund, picture in rows.values_list(
        "order_id", "title", "spec", "code", "pieces", "state", "refund", "sku__picture"
    ):
        by_order[order_id].append(
            LineShown(
                masked_text(title),
                masked_text(spec),
                code,
                str(pieces),
                picture or "",
                state,
                states.get(state, state),
                refund,
                title[:1],
            )
        )
    return by_order


def _marks_of(ids: list[int]) -> dict[int, list[MarkShown]]:
    by_order: dict[int, list[MarkShown]] = defaultdict(list)
    rows = Mark.objects.filter(Q(off_at__isnull=True), order_id__in=ids).order_by(
        "order_id", F("must_read").desc(), "-at"
    )
    for order_id, kind, text, flag, author, must_read in rows.values_list(
        "order_id", "kind", "text", "flag", "author", "must_read"
    ):
        if text or must_read:
            by_order[order_id].append(MarkShown(kind, masked_text(text), flag, author, must_read))
    return by_order


def money_said(pieces: int, postage_fen: int, discount_fen: int, said: tuple[str, str, str]) -> str:
    """What stands below the sum: pieces, postage and discount, as far as there are any."""
    parts = [said[0] % {"many": pieces}]
    if postage_fen:
        parts.append(said[1] % {"fee": yuan(postage_fen)})
    if discount_fen:
        parts.append(said[2] % {"off": yuan(discount_fen)})
    return " · ".join(parts)


def due_of(state: str, queue_at: datetime, next_due_at: datetime | None) -> tuple[datetime | None, str]:
    """The moment an order waits for, and what happens then, as the list shows it."""
    if state == State.UNPAID:
        return next_due_at, _("自动关闭")
    if state in (State.PAID, State.PART_SHIPPED):
        return queue_at + SHIP_WITHIN, _("须发货")
    if state == State.SHIPPED:
        return next_due_at, _("自动确认")
    return None, ""


def left(at: datetime, until: datetime) -> str:
    """How much time is left, or since when it is too late: "还有 2 天 03:12"."""
    seconds = int((until - at).total_seconds())
    days, rest = divmod(abs(seconds), 86_400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}"
    if seconds < 0:
        return (
            _("已过 %(days)s 天 %(clock)s") % {"days": days, "clock": clock}
            if days
            else _("已过 %(clock)s") % {"clock": clock}
        )
    return (
        _("还有 %(days)s 天 %(clock)s") % {"days": days, "clock": clock}
        if days
        else _("还有 %(clock)s") % {"clock": clock}
    )


def _labels(choices: Any) -> dict[Any, str]:
    return {value: _(str(label)) if str(label) else "" for value, label in choices}
