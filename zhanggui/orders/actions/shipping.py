"""Shipping: orders, parts of them, or several orders of one receiver in one parcel."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils.translation import gettext as _

from zhanggui.freight.waybills import check_many
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import copy_in, take_ids
from zhanggui.kit.refusals import Invalid, NotFound, NotNow, Refused
from zhanggui.orders import rules
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersShipped
from zhanggui.orders.models import (
    Change,
    Order,
    OrderLine,
    Parcel,
    ParcelLine,
    Receiver,
    Timer,
    TogetherOrder,
)
from zhanggui.orders.outcomes import Outcome, only
from zhanggui.orders.states import Call, LineState, Refund, State
from zhanggui.people.powers import Power


class WaybillUsed(NotNow):
    """The waybill is already on another parcel."""

    code = "waybill_used"


class Grouped(NotNow):
    """The order was put into one parcel with others: they leave together, or are parted first."""

    code = "grouped"


class CallFirst(NotNow):
    """Pay on delivery: nobody has called the buyer yet, or the buyer said no (S0-29, C5)."""

    code = "call_first"


class Locked(NotNow):
    """The platform holds the order back: it must not leave until a newer file lets it go."""

    code = "locked"


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel of one order. `lines`: line id -> pieces; None: all that is not shipped yet.

    `carrier`: its code; "" with an empty waybill is handing over without a carrier, rules.VIRTUAL needs none.
    """

    order_id: int
    carrier: str = ""
    waybill: str = ""
    lines: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A scan of a carrier."""

    at: datetime
    text: str
    place: str = ""


@action
def ship_many(*, by: Actor, shipments: Sequence[Shipment], at: datetime) -> list[Outcome]:
    """Ship: parcels are made, the goods leave the stock, the time to confirm the receipt begins.

    Refused per shipment: NotAllowed without ORDER_SHIP; NotNow unless paid and not shipped, while a change
    is asked for or a refund is open on what shall leave; Grouped when it shall leave with others
    (`ship_together`); Locked; CallFirst; Invalid for a waybill that is not its
    carrier's or for pieces that are not there; WaybillUsed. The time to confirm begins when the last piece
    has left (protocols 1.7). Two or three dozen statements however many.
    """
    batch = Batch(shipment.order_id for shipment in shipments)
    asked = _changes_asked(batch)
    groups = _groups(batch)
    parcels, numbers, refusals = _take_waybills(batch, by, shipments, at)
    contents: list[tuple[int, int, int | None, int]] = []

    def act(index: int, order: Order) -> str:
        if index in refusals:
            raise refusals[index]
        shipment = shipments[index]
        _may_ship(batch, by, order, asked, at)
        if others := [number for pk, number in groups.get(order.pk, {}).items() if pk != order.pk]:
            raise _grouped(order.number, others)
        packed = _pack(batch, order, shipment.lines)
        contents.extend((parcels[index], order.pk, line_id, pieces) for line_id, pieces in packed)
        _leave(batch, order, shipment.carrier, numbers[index], at)
        return ""

    outcomes = batch.each((s.order_id, partial(act, index)) for index, s in enumerate(shipments))
    _put_contents(contents, parcels.values())
    batch.save(by=by, what="order.shipped", at=at, news=OrdersShipped)
    return outcomes


@action
def ship(
    *,
    by: Actor,
    order: Order,
    carrier: str,
    waybill: str,
    at: datetime,
    lines: Mapping[int, int] | None = None,
) -> None:
    """Ship one order or a part of it; see `ship_many`."""
    only(ship_many(by=by, shipments=[Shipment(order.pk, carrier, waybill, lines)], at=at))


@action
def ship_together(
    *, by: Actor, order_ids: Sequence[int], carrier: str, waybill: str, at: datetime, group: bool = False
) -> list[Outcome]:
    """Ship several orders of one receiver in one parcel, all of them or none.

    `group`: they are an accepted group (`actions.merging`), as somebody saw it; NotNow when it is another by now.
    Raises NotFound for orders the actor may not see, Invalid unless they are of one shop and one household
    (name, phone and address equal), Grouped when one of them shall leave with others that are not in the list,
    else the first refusal that `ship_many` would give. A dozen statements more than one order costs.
    """
    wanted = sorted(set(order_ids))
    batch = Batch(wanted)
    orders = [batch.order(pk) for pk in wanted]
    if not all(by.can(Power.ORDER_SEE, order.shop_id) for order in orders):
        raise NotFound(_("没有这个订单。"))
    groups = _groups(batch)
    for order in orders:
        members = groups.get(order.pk, {})
        if group and order.state in (State.PAID, State.PART_SHIPPED) and set(members) != set(wanted):
            raise NotNow(_("这一组订单刚刚有变动，没有发货。请看清现在的组合再发。"))
        if left := [number for pk, number in members.items() if pk not in wanted]:
            raise _grouped(order.number, left)
    homes = set(Receiver.objects.filter(order_id__in=wanted).values_list("household", flat=True))
    home = homes.pop() if len(homes) == 1 else None
    if len({order.shop_id for order in orders}) != 1 or home is None:
        raise Invalid(_("只有同一店铺、收件人完全相同的订单才能合并成一个包裹。"), "orders")
    asked = _changes_asked(batch)
    parcels, numbers, refusals = _take_waybills(batch, by, [Shipment(wanted[0], carrier, waybill)], at)
    if refusals:
        raise refusals[0]
    contents: list[tuple[int, int, int | None, int]] = []

    def act(order: Order) -> str:
        _may_ship(batch, by, order, asked, at)
        packed = _pack(batch, order, None)
        contents.extend((parcels[0], order.pk, line_id, pieces) for line_id, pieces in packed)
        _leave(batch, order, carrier, numbers[0], at)
        return ""

    outcomes = batch.each((pk, act) for pk in wanted)
    for outcome in outcomes:
        if outcome.refusal is not None:
            raise outcome.refusal
    _put_contents(contents, parcels.values())
    batch.save(by=by, what="order.shipped", at=at, news=OrdersShipped)
    return outcomes


@action
def add_track(*, by: Actor, parcel: Parcel, nodes: Iterable[Node], at: datetime, signed: bool = False) -> int:
    """Add scans of a parcel; one that is there already is passed over. Gives how many were new.

    `signed`: the carrier says it was delivered. No power is asked: it is a carrier that speaks.
    """
    nodes = list(nodes)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_tracknode (parcel_id, at, text, place) "
            "SELECT %s, v.* FROM unnest(%s::timestamptz[], %s::text[], %s::text[]) AS v "
            "ON CONFLICT DO NOTHING RETURNING id",
            [parcel.pk, [n.at for n in nodes], [n.text[:300] for n in nodes], [n.place[:60] for n in nodes]],
        )
        fresh = len(cursor.fetchall())
    if signed and nodes:
        Parcel.objects.filter(pk=parcel.pk, signed_at=None).update(signed_at=max(n.at for n in nodes))
    if fresh:
        daybook.write(by=by, what="parcel.tracked", on=parcel, change={"nodes": [None, fresh]})
        ring(f"shop:{parcel.shop_id}", f"parcel:{parcel.pk}")
    return fresh


def confirm_due(batch: Batch, order: Order, at: datetime) -> datetime:
    """When the receipt of an order shipped now is taken for confirmed."""
    return at + timedelta(days=batch.policy(order, rules.confirm_policy(order.carrier), at))


def _changes_asked(batch: Batch) -> set[int]:
    rows = Change.objects.filter(order_id__in=list(batch.orders), state=Change.State.ASKED)
    return set(rows.values_list("order_id", flat=True))


def _groups(batch: Batch) -> dict[int, dict[int, str]]:
    """For each order of an accepted group: the group's orders that still wait, id and number. One statement."""
    rows = TogetherOrder.objects.filter(
        group__members__order_id__in=list(batch.orders), order__state__in=[State.PAID, State.PART_SHIPPED]
    ).distinct()
    found: dict[int, dict[int, str]] = {}
    for group, pk, number in rows.values_list("group_id", "order_id", "order__number"):
        found.setdefault(group, {})[pk] = number
    return {pk: members for members in found.values() for pk in members}


def _grouped(number: str, others: Sequence[str]) -> Grouped:
    return Grouped(
        _("订单 %(number)s 已和 %(others)s 合并成一个包裹，请一起发出，或先取消合并。")
        % {"number": number, "others": "、".join(sorted(others))}
    )


def _take_waybills(
    batch: Batch, by: Actor, shipments: Sequence[Shipment], at: datetime
) -> tuple[dict[int, int], dict[int, str], dict[int, Refused]]:
    """Make the parcels: their ids and clean waybills by index in the list, and who was refused. Three statements.

    The unique constraint decides who has a waybill, whatever anybody read before.
    """
    parcels: dict[int, int] = {}
    refusals: dict[int, Refused] = {}
    rows: dict[tuple[str, str], int] = {}
    bare: list[int] = []
    clean: dict[int, str] = {}
    checked = _check_waybills(shipments)
    for index, shipment in enumerate(shipments):
        if shipment.order_id not in batch.orders:
            continue
        number, trouble = checked[index]
        if trouble:
            refusals[index] = Invalid(trouble, "waybill")
            continue
        clean[index] = number
        if not number:
            bare.append(index)
        elif (shipment.carrier, number) in rows:
            refusals[index] = _used(number)
        else:
            rows[shipment.carrier, number] = index
    ids = take_ids(Parcel, len(clean))
    taken = dict(zip([*rows.values(), *bare], ids, strict=False))
    if not taken:
        return parcels, clean, refusals
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_parcel (id, shop_id, carrier, waybill, shipped_at, actor) "
            "SELECT v.id, v.shop, v.carrier, v.waybill, %s, %s "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS v(id, shop, carrier, waybill) "
            "ON CONFLICT DO NOTHING RETURNING id",
            [
                at,
                by.name[:80],
                list(taken.values()),
                [batch.orders[shipments[index].order_id].shop_id for index in taken],
                [shipments[index].carrier for index in taken],
                [clean[index] for index in taken],
            ],
        )
        made = {row[0] for row in cursor.fetchall()}
    for index, pk in taken.items():
        if pk in made:
            parcels[index] = pk
        else:
            refusals[index] = _used(clean[index])
    return parcels, clean, refusals


def _check_waybills(shipments: Sequence[Shipment]) -> list[tuple[str, str]]:
    """For each its clean number and what is wrong with it. No carrier and no number is handing over."""
    bare = [not s.waybill.strip() and s.carrier in ("", rules.VIRTUAL) for s in shipments]
    judged = iter(
        check_many([(s.carrier, s.waybill) for s, none in zip(shipments, bare, strict=True) if not none])
    )
    return [("", "") if none else next(judged) for none in bare]


def _used(number: str) -> WaybillUsed:
    return WaybillUsed(
        _(
            "运单号 %(waybill)s 已经用在另一个包裹上。同一收件人的订单要装进一个包裹，请在发货前先到「合并发货」合并。"
        )
        % {"waybill": number}
    )


def _may_ship(batch: Batch, by: Actor, order: Order, asked: set[int], at: datetime) -> None:
    by.must(Power.ORDER_SHIP, shop_id=order.shop_id)
    if order.state not in (State.PAID, State.PART_SHIPPED):
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，不能发货。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )
    if "locked" in order.troubles:
        raise Locked(
            _("订单 %(number)s 被平台锁定，不能发货。平台解锁后，重新导入订单文件即可发货。")
            % {"number": order.number}
        )
    if order.cod and order.cod_call != Call.AGREED and batch.policy(order, "orders.cod_call_first", at):
        raise CallFirst(
            _("订单 %(number)s 是货到付款，买家电话确认同意之后才能打单、发货。") % {"number": order.number}
        )
    if order.pk in asked:
        raise NotNow(_("订单 %(number)s 有修改申请待处理，处理完才能发货。") % {"number": order.number})


def _pack(batch: Batch, order: Order, wanted: Mapping[int, int] | None) -> list[tuple[int | None, int]]:
    """Put pieces into a parcel: (line id, pieces). Raises Invalid, NotNow."""
    lines = {line.pk: line for line in batch.lines[order.pk]}
    if not lines:
        if order.refund == Refund.OPEN:
            raise _refund_open(order)
        if wanted:
            raise Invalid(_("这个订单还没有商品明细，只能整单发货。"), "lines")
        order.state = State.SHIPPED
        return [(None, max(order.pieces, 1))]
    if wanted is None:
        wanted = {
            pk: line.pieces - line.shipped_pieces
            for pk, line in lines.items()
            if line.state == LineState.PAID
        }
        if any(lines[pk].refund == Refund.OPEN for pk in wanted):
            raise _refund_open(order)
    packed: list[tuple[int | None, int]] = []
    for pk, pieces in wanted.items():
        line = lines.get(pk)
        if line is None:
            raise Invalid(_("这个订单里没有这件商品。"), "lines")
        _pack_line(batch, order, line, pieces)
        packed.append((pk, pieces))
    if not packed:
        raise NotNow(_("订单 %(number)s 没有可以发货的商品。") % {"number": order.number})
    return packed


def _pack_line(batch: Batch, order: Order, line: OrderLine, pieces: int) -> None:
    if line.refund == Refund.OPEN:
        raise _refund_open(order)
    left = line.pieces - line.shipped_pieces
    if line.state != LineState.PAID or not 1 <= pieces <= left:
        raise Invalid(
            _("「%(title)s」还可以发 %(left)s 件，不能发 %(pieces)s 件。")
            % {"title": str(line), "left": left if line.state == LineState.PAID else 0, "pieces": pieces},
            "lines",
        )
    line.shipped_pieces += pieces
    if line.shipped_pieces == line.pieces:
        batch.move_line(line, LineState.SHIPPED)
        batch.send_out(line)


def _leave(batch: Batch, order: Order, carrier: str, waybill: str, at: datetime) -> None:
    order.carrier = carrier or order.carrier
    order.waybill = waybill or order.waybill
    if batch.lines[order.pk]:
        to = rules.state_of(order.state, [line.state for line in batch.lines[order.pk]])
        to = State.PART_SHIPPED if to == State.PAID else to
        if to != order.state:
            batch.move(order, to)
    if order.state == State.SHIPPED:
        order.shipped_at = at
        start_confirm_time(batch, order, confirm_due(batch, order, at), at)


def start_confirm_time(batch: Batch, order: Order, due_at: datetime, at: datetime) -> None:
    """Begin the time to confirm: of the order, or of its lines without a refund when one is open."""
    kind = Timer.Kind.CONFIRM
    lines = batch.lines[order.pk]
    if not any(line.refund == Refund.OPEN for line in lines):
        if order.refund != Refund.OPEN:
            batch.set_timer(order, kind, due_at, at=at)
        return
    for line in lines:
        if line.state == LineState.SHIPPED and line.refund != Refund.OPEN:
            batch.set_timer(order, kind, due_at, at=at, line=line)


def _refund_open(order: Order) -> NotNow:
    return NotNow(_("订单 %(number)s 有退款正在处理，不能发出这件商品。") % {"number": order.number})


def _put_contents(contents: Sequence[tuple[int, int, int | None, int]], parcels: Iterable[int]) -> None:
    if contents:
        copy_in(ParcelLine, ("parcel_id", "order_id", "line_id", "pieces"), contents)
    empty = sorted(set(parcels) - {row[0] for row in contents})
    if empty:
        Parcel.objects.filter(pk__in=empty).delete()
