"""Everything that one order's page shows (S7), in a constant number of statements, and what may be done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from zhanggui.freight.models import Carrier
from zhanggui.kit.actor import Actor, power_name
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import NotFound
from zhanggui.kit.sealed import masked_nick, masked_text
from zhanggui.ledger.models import Account, Posting
from zhanggui.orders import changes
from zhanggui.orders.actions.parcelling import IMPORTED
from zhanggui.orders.duplicates import groups_of, offers_for, twins_of
from zhanggui.orders.models import (
    Change,
    Concession,
    Mark,
    Order,
    OrderLine,
    Overwrite,
    Parcel,
    ParcelLine,
    Receiver,
    Timer,
    TrackNode,
)
from zhanggui.orders.queries.filters import TROUBLES, colleagues, visible_to
from zhanggui.orders.queries.pages import Row, due_of, left, rows_of
from zhanggui.orders.queries.timeline import PAGE, Told, timeline
from zhanggui.orders.stage import Stage
from zhanggui.orders.states import Call, LineState, Refund, State
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power
from zhanggui.shops.models import Kind, Shop
from zhanggui.shops.policies import values


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person might do. `why`: why it cannot be done now, "" when it can."""

    code: str
    why: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it can be done now."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the stepper: passed, now, ahead or bad."""

    label: str
    at: datetime | None
    place: str


@dataclass(slots=True)
class Sheet:
    """The whole page. Receiver masked; nothing here is personal data in clear."""

    order: Order
    shop: Shop
    receiver: Receiver | None
    buyer: str
    lines: list[OrderLine]
    parcels: list[Parcel]
    marks: list[Mark]
    old_marks: list[Mark]
    overwrites: list[Overwrite]
    changes: list[Change]
    concessions: list[Concession]
    timers: list[Timer]
    books: dict[str, int]
    told: list[Told]
    siblings: list[Row]
    households: list[Row]
    together: list[int]
    policies: dict[str, Any]
    acts: dict[str, Act]
    steps: list[Step]
    at: datetime
    due_at: datetime | None
    due_label: str
    due_left: str
    carriers: list[Carrier] = field(default_factory=list)
    colleagues: list[Staff] = field(default_factory=list)

    @property
    def refundable_fen(self) -> int:
        """What could still be given back."""
        return max(self.order.paid_fen - self.order.refunded_fen, 0)

    @property
    def late(self) -> bool:
        """Whether the order's nearest deadline has passed."""
        return bool(self.due_at and self.due_at < self.at)

    @property
    def buyer_masked(self) -> str:
        """The buyer's platform name, masked."""
        return masked_nick(self.buyer)

    @property
    def more_told(self) -> bool:
        """Whether the timeline goes on."""
        return len(self.told) == PAGE

    @property
    def last_told(self) -> int:
        """Id of the newest line of the timeline: what a form was filled in against."""
        return self.told[0].id if self.told else 0

    @property
    def troubles(self) -> list[str]:
        """Why a person must look, in words."""
        return [_(TROUBLES[code]) if code in TROUBLES else code for code in self.order.troubles]

    @property
    def leaving(self) -> list[Row]:
        """The other orders of its accepted group that wait to be shipped: they leave in one parcel with it."""
        waiting = (State.PAID, State.PART_SHIPPED)
        here = self.together and self.order.state in waiting
        return [row for row in self.households if row.state in waiting] if here else []

    @property
    def open_lines(self) -> list[OrderLine]:
        """Lines that are not closed."""
        return [line for line in self.lines if line.state != LineState.CLOSED]

    @property
    def to_ship(self) -> list[OrderLine]:
        """Lines that wait to be shipped."""
        return [line for line in self.lines if line.state == LineState.PAID]

    @property
    def parts(self) -> list[tuple[str, str, int, str]]:
        """The money box: code, label, fen, sign."""
        order = self.order
        return [
            ("goods", _("商品金额"), order.goods_fen, ""),
            ("discount", _("优惠"), -order.discount_fen, ""),
            ("adjust", _("改价"), order.adjust_fen, ""),
            ("postage", _("邮费"), order.postage_fen, ""),
            ("due", _("应付"), order.due_fen, "strong"),
            ("paid", _("实付"), order.paid_fen, "strong"),
            ("refunded", _("已退款"), order.refunded_fen, ""),
        ]


def order_of(actor: Actor, code: str, number: str) -> Order:
    """The order at an address. Raises NotFound, also for another shop's order. One statement."""
    rows = visible_to(actor).filter(shop__code=code, number=number)
    order = rows.select_related("shop", "buyer", "owner", "receiver").defer("words", "told").first()
    if order is None:
        raise NotFound(_("没有这个订单。"))
    return order


def sheet(order: Order, *, by: Actor, at: datetime) -> Sheet:
    """Read everything about the order. At most twenty statements, whatever the order holds.

    The order's own texts are masked in place: do not save the object after it has been shown.
    """
    lines = list(order.lines.select_related("sku").order_by("position"))
    for line in lines:
        line.price_field = f"line-{line.pk}"  # type: ignore[attr-defined]
    marks = list(order.marks.order_by("-at", "-pk"))
    overwrites = list(order.overwrites.order_by("-seen_at"))
    mask([order], "title", "memo", "buyer_message", "close_reason")
    mask(lines, "title", "spec")
    mask(marks, "text")
    mask(overwrites, "our_memo", "their_memo")
    due_at, label = due_of(order.state, order.paid_at or order.placed_at, order.next_due_at)
    receiver = getattr(order, "receiver", None)
    group = groups_of([order.pk]).get(order.pk, [])
    policies = values(["orders.extend_days", "orders.concession_agent"], order.shop, day_of(at))
    return Sheet(
        order=order,
        shop=order.shop,
        receiver=receiver,
        buyer=order.buyer.nick if order.buyer else "",
        lines=lines,
        parcels=parcels_of(order),
        marks=[mark for mark in marks if mark.off_at is None],
        old_marks=[mark for mark in marks if mark.off_at is not None],
        overwrites=overwrites,
        changes=[dress_change(one) for one in order.changes.order_by("-asked_at")],
        concessions=[dress_concession(one) for one in order.concessions.order_by("-attempt")],
        timers=list(order.timers.filter(fired_at__isnull=True, dropped_at__isnull=True).order_by("due_at")),
        books=_books(order),
        told=timeline(order.pk),
        siblings=_siblings(order, at),
        households=_households(order, group, at),
        together=group,
        policies=policies,
        acts=acts(order, order.shop, by, lines),
        steps=steps(order),
        at=at,
        due_at=due_at,
        due_label=label,
        due_left=left(at, due_at) if due_at else "",
        carriers=list(Carrier.objects.filter(active=True).order_by("pk")),
        colleagues=colleagues([order.shop_id]),
    )


def mask(rows: Sequence[Any], *names: str) -> None:
    """Mask the phone numbers in these texts of rows that are about to be shown, and are not saved again."""
    for row in rows:
        for name in names:
            setattr(row, name, masked_text(getattr(row, name)))


def dress_concession(one: Concession) -> Concession:
    """Ready to be shown: its share of the price in percent."""
    one.percent = f"{one.basis_points / 100:g}"  # type: ignore[attr-defined]
    return one


def dress_change(one: Change) -> Change:
    """Ready to be shown: its kind, its stage and what is wanted in words, a receiver down to the district."""
    kinds = {value: str(label) for value, label in changes.Kind.choices}
    stages = {value: str(label) for value, label in Stage.choices}
    one.kind_label = kinds.get(one.kind, one.kind)  # type: ignore[attr-defined]
    one.stage_label = stages.get(one.stage, one.stage)  # type: ignore[attr-defined]
    wanted = changes.shown(one)
    if one.kind == changes.Kind.RECEIVER:
        said = "".join(str(wanted[name]) for name in ("province", "city", "district")) + " ***"
    elif one.kind == changes.Kind.WISH:
        about = changes.WISHES.get(str(wanted.get("about", "")), ("", ""))[0]
        said = masked_text(f"{_(about) if about else ''} {wanted.get('text', '')}".strip())
    else:
        said = masked_text("、".join(str(value) for value in wanted.values() if value))
    one.said = said  # type: ignore[attr-defined]
    return one


def parcels_of(order: Order) -> list[Parcel]:
    """The parcels that hold lines of the order, with their contents and their track. Three statements."""
    rows = list(
        Parcel.objects.filter(pk__in=ParcelLine.objects.filter(order=order).values("parcel_id")).order_by(
            "pk"
        )
    )
    names = (
        dict(Carrier.objects.filter(code__in={p.carrier for p in rows}).values_list("code", "name"))
        if rows
        else {}
    )
    held: dict[int, list[ParcelLine]] = {parcel.pk: [] for parcel in rows}
    track: dict[int, list[TrackNode]] = {parcel.pk: [] for parcel in rows}
    if rows:
        for content in ParcelLine.objects.filter(parcel__in=rows).select_related("line", "order"):
            mask([one for one in (content.line, content.order) if one], "title")
            held[content.parcel_id].append(content)
        for node in TrackNode.objects.filter(parcel__in=rows).order_by("-at", "-pk"):
            track[node.parcel_id].append(node)
    for parcel in rows:
        parcel.held = held[parcel.pk]  # type: ignore[attr-defined]
        parcel.nodes = track[parcel.pk]  # type: ignore[attr-defined]
        parcel.imported = parcel.actor == IMPORTED  # type: ignore[attr-defined]
        parcel.left_at = order.shipped_at if parcel.actor == IMPORTED else parcel.shipped_at  # type: ignore[attr-defined]
        parcel.carrier_name = names.get(parcel.carrier, parcel.carrier)  # type: ignore[attr-defined]
    return rows


def _books(order: Order) -> dict[str, int]:
    rows = (
        Posting.objects.filter(transfer__order_id=order.pk).values("account").annotate(fen=Sum("amount_fen"))
    )
    return {row["account"]: row["fen"] for row in rows.order_by("account") if row["fen"]}


def postings(order: Order) -> list[Posting]:
    """Every posting in the books for the order, oldest first. One statement."""
    rows = (
        Posting.objects.filter(transfer__order_id=order.pk)
        .select_related("transfer")
        .order_by("transfer_id", "pk")
    )
    found = list(rows)
    labels = {value: str(label) for value, label in Account.choices}
    for row in found:
        row.label = _(labels.get(row.account, row.account))  # type: ignore[attr-defined]
        row.credit_fen = -row.amount_fen  # type: ignore[attr-defined]
    return found


def _siblings(order: Order, at: datetime) -> list[Row]:
    twins = twins_of([order.pk], at).get(order.pk, [])
    return _rows([twin.order_id for twin in twins], order.shop, at)


def _households(order: Order, group: list[int], at: datetime) -> list[Row]:
    offer = None if group else offers_for([order.pk]).get(order.pk)
    ids = group or (offer.order_ids if offer else [])
    return _rows([pk for pk in ids if pk != order.pk], order.shop, at)


def _rows(ids: Sequence[int], shop: Shop, at: datetime) -> list[Row]:
    return rows_of(Order.objects.filter(pk__in=list(ids)[:20]), shops={shop.pk: shop}, at=at) if ids else []


def steps(order: Order) -> list[Step]:
    """The state stepper: placed, paid, shipped, finished; a closed order ends where it ended."""
    reached = {
        State.UNPAID: 0,
        State.PAID: 1,
        State.PART_SHIPPED: 2,
        State.SHIPPED: 2,
        State.FINISHED: 3,
    }.get(State(order.state))
    shown = [
        (_("拍下"), order.placed_at),
        (_("货到付款") if order.cod else _("买家付款"), order.paid_at),
        (_("部分发货") if order.state == State.PART_SHIPPED else _("卖家发货"), order.shipped_at),
        (_("交易成功"), order.ended_at),
    ]
    if reached is None:
        kept = [pair for pair in shown[:3] if pair[1]]
        return [Step(label, moment, "passed") for label, moment in kept] + [
            Step(_("交易关闭"), order.ended_at, "bad")
        ]
    places = ["passed" if n < reached else "now" if n == reached else "ahead" for n in range(4)]
    if order.state == State.FINISHED:
        places[3] = "passed"
    return [Step(label, moment, place) for (label, moment), place in zip(shown, places, strict=True)]


def acts(order: Order, shop: Shop, by: Actor, lines: list[OrderLine]) -> dict[str, Act]:
    """What may be done to the order now, and why the rest may not (S1-17 to S1-20). No statement."""
    state = _(str(State(order.state).label))
    unpaid = order.state == State.UNPAID
    waiting = order.state in (State.PAID, State.PART_SHIPPED)

    def when(fits: bool, why: str) -> str:
        return "" if fits else why

    only_unpaid = _("现在是「%(state)s」，只有等待买家付款时才能这样做。") % {"state": state}
    reasons: Mapping[str, tuple[Power, str]] = {
        "price": (Power.ORDER_PRICE, when(unpaid, only_unpaid)),
        "goods": (
            Power.ORDER_PRICE,
            when(unpaid, only_unpaid)
            or when(shop.kind != Kind.MALL, _("商城店不能改商品价格，只能降低邮费；可改送优惠券或赠品。")),
        ),
        "concession": (
            Power.ORDER_PRICE,
            when(unpaid, only_unpaid)
            or when(shop.kind != Kind.MALL, _("商城店不能让价，可改送优惠券、赠品或降低邮费。")),
        ),
        "close": (
            Power.ORDER_CLOSE,
            when(unpaid or (order.cod and order.state == State.PAID and not order.paid_fen), only_unpaid),
        ),
        "close_line": (
            Power.ORDER_CLOSE,
            when(unpaid, only_unpaid) or when(len(lines) > 1, _("只有一件商品，请关闭整个订单。")),
        ),
        "ship": (
            Power.ORDER_SHIP,
            when(waiting, _("现在是「%(state)s」，只有已付款的订单才能发货。") % {"state": state})
            or when(order.cod_call != Call.WAITING, _("货到付款订单要先电话确认，买家同意后才能发货。"))
            or when(order.refund != Refund.OPEN or len(lines) > 1, _("买家申请了退款，先处理退款。"))
            or when(
                "locked" not in order.troubles,
                _("平台锁定了这个订单，现在不能发货；重新导入平台文件，解锁后再发。"),
            ),
        ),
        "extend": (
            Power.ORDER_EXTEND,
            when(
                order.state == State.SHIPPED,
                _("现在是「%(state)s」，只有已发货的订单才能延长收货。") % {"state": state},
            ),
        ),
        "call": (
            Power.COD_CONFIRM,
            when(order.cod and order.cod_call == Call.WAITING, _("没有等待确认的电话。")),
        ),
        "receiver": (
            Power.ORDER_RECEIVER_EDIT if unpaid else Power.ORDER_RECEIVER_EDIT_PAID,
            when(unpaid or waiting, _("现在是「%(state)s」，收件人不能再改。") % {"state": state}),
        ),
        "reveal": (Power.RECEIVER_REVEAL, ""),
        "mark": (Power.ORDER_MARK, ""),
        "assign": (Power.ORDER_ASSIGN, ""),
        "change": (
            Power.ORDER_SEE,
            when(
                order.state in (State.PAID, State.PART_SHIPPED),
                _("现在是「%(state)s」，没有需要申请的修改。") % {"state": state},
            ),
        ),
        "decide": (Power.CHANGE_DECIDE, ""),
        "approve": (Power.CONCESSION_LEADER, ""),
        "ledger": (Power.LEDGER_SEE, ""),
    }
    found = {}
    for code, (power, why) in reasons.items():
        if not by.can(power, shop.pk):
            why = _("您没有「%(power)s」的权限，请找店长或管理员开通。") % {"power": power_name(power)}
        found[code] = Act(code, why)
    return found
