"""Export of any filtered list of orders, masked; and the shipping file that goes back to the platform."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from zhanggui.connect.acting import actor_of_job
from zhanggui.connect.files import vault
from zhanggui.connect.files.writing import CONTENT_TYPES, pieces_of
from zhanggui.connect.models import Export
from zhanggui.freight.queries import carriers
from zhanggui.jobs.actions import Beat, open_job, runner, start
from zhanggui.jobs.models import Job
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import in_china
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.kit.sealed import masked_nick, masked_text
from zhanggui.kit.sheets import Cell
from zhanggui.orders.models import Order
from zhanggui.orders.queries import filtered
from zhanggui.orders.states import Flag, State
from zhanggui.people.powers import Power

KIND = "connect.export"
_CHUNK = 2_000
Params = Mapping[str, Sequence[str] | str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export: its header (a message id) and what stands in it."""

    header: str
    value: Callable[[Order], Cell]


def _money(name: str) -> Callable[[Order], Cell]:
    from_order = name + "_fen"

    def value(order: Order) -> Cell:
        return Decimal(getattr(order, from_order)) / 100

    return value


def _moment(name: str) -> Callable[[Order], Cell]:
    def value(order: Order) -> Cell:
        at: datetime | None = getattr(order, name)
        return in_china(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""

    return value


def _receiver(name: str) -> Callable[[Order], Cell]:
    def value(order: Order) -> Cell:
        found = getattr(order, "receiver", None)
        return str(getattr(found, name)) if found is not None else ""

    return value


ORDER_COLUMNS: tuple[Column, ...] = (
    Column("订单编号", lambda order: order.number),
    Column("店铺", lambda order: order.shop.code),
    Column("订单状态", lambda order: _(str(State(order.state).label))),
    Column("买家", lambda order: masked_nick(order.buyer.nick) if order.buyer else ""),
    Column("下单时间", _moment("placed_at")),
    Column("付款时间", _moment("paid_at")),
    Column("发货时间", _moment("shipped_at")),
    Column("完成时间", _moment("ended_at")),
    Column("商品金额", _money("goods")),
    Column("邮费", _money("postage")),
    Column("优惠", _money("discount")),
    Column("改价", _money("adjust")),
    Column("应付总额", _money("due")),
    Column("实付金额", _money("paid")),
    Column("退款金额", _money("refunded")),
    Column("件数", lambda order: order.pieces),
    Column("商品标题", lambda order: masked_text(order.title)),
    Column("收件人姓名", _receiver("masked_name")),
    Column("手机", _receiver("masked_phone")),
    Column("省", _receiver("province")),
    Column("市", _receiver("city")),
    Column("区县", _receiver("district")),
    Column("物流公司", lambda order: order.carrier),
    Column("物流单号", lambda order: order.waybill),
    Column("旗帜", lambda order: _(str(Flag(order.flag).label))),
    Column("卖家备注", lambda order: masked_text(order.memo)),
    Column("买家留言", lambda order: masked_text(order.buyer_message)),
    Column("关闭原因", lambda order: masked_text(order.close_reason)),
)
_HEADERS_NOOP = (gettext_noop("件数"), gettext_noop("优惠"), gettext_noop("改价"), gettext_noop("店铺"))


@dataclass(frozen=True, slots=True)
class Template:
    """The headers of a shipping file as a platform's page reads them."""

    label: str
    headers: tuple[str, str, str]


TEMPLATES: dict[str, Template] = {
    "own": Template("掌柜模板", ("订单编号", "物流公司", "物流单号")),
    "taobao": Template("淘宝／天猫批量发货", ("订单编号", "物流公司", "物流单号")),
    "jd": Template("京东批量出库", ("订单号", "物流公司", "运单号")),
    "pdd": Template("拼多多批量发货", ("订单号", "快递公司", "快递单号")),
}
"""No platform publishes its header (protocols 10): these are the names sellers' tools use."""


@action
def export_orders(
    *, by: Actor, params: Params, form: str, kind: str = "orders", template: str = "own"
) -> Export:
    """Open and start the job that writes the orders of a filter into a file, masked.

    `params`: the order list's own parameters. `form`: "csv" or "xlsx". `kind`: "orders" or "shipping" (order,
    carrier and waybill of what has a waybill, under the headers of `template`). Only orders of shops where the
    actor holds ORDER_EXPORT come into it. Raises NotAllowed without it, Invalid for an unreadable filter.
    A daybook line tells who exported what. About a dozen statements.
    """
    if not by.can_somewhere(Power.ORDER_EXPORT):
        by.must(Power.ORDER_EXPORT)
    if form not in CONTENT_TYPES or kind not in ("orders", "shipping") or template not in TEMPLATES:
        raise Invalid(_("请从列表中选择"), "form")
    plain = {name: [given] if isinstance(given, str) else list(given) for name, given in params.items()}
    rows = orders_of(by, plain, kind)
    total = rows.count()
    title = (_("导出 %(many)s 个订单") if kind == "orders" else _("导出 %(many)s 个订单的发货单")) % {
        "many": total
    }
    export = Export.objects.create(
        key=secrets.token_hex(16),
        name=f"{'orders' if kind == 'orders' else 'shipping'}-{secrets.token_hex(3)}.{form}",
        kind=kind,
        form=form,
        staff_id=by.staff_id,
        actor=by.name[:80],
        filter={"params": plain, "template": template},
    )
    job = open_job(by=by, kind=KIND, title=title, order={"export": export.pk}, total=total)
    export.job = job
    export.save(update_fields=["job"])
    daybook.write(
        by=by,
        what="orders.exported",
        on=export,
        change={"rows": [None, total], "filter": [None, plain], "form": [None, form], "kind": [None, kind]},
    )
    start(job)
    return export


def orders_of(by: Actor, params: Params, kind: str) -> QuerySet[Order]:
    """The orders of a filter that the actor may export."""
    rows = filtered(by, params).of_shops(by.shops_with(Power.ORDER_EXPORT))
    return rows.exclude(waybill="") if kind == "shipping" else rows


@runner(KIND)
def run(job: Job, beat: Beat) -> None:
    """Write the file of an export. A killed run begins anew: the file is whole or it is not there."""
    export = Export.objects.get(pk=job.order["export"])
    by, language = actor_of_job(job, source="export")
    if not by.can_somewhere(Power.ORDER_EXPORT):
        raise NotAllowed(_("您没有导出订单的权限。"))
    with override(language):
        orders = _walk(orders_of(by, export.filter["params"], export.kind), beat)
        if export.kind == "shipping":
            headers, rows = _shipping(orders, export.filter.get("template", "own"))
        else:
            headers = [_(column.header) for column in ORDER_COLUMNS]
            rows = ([column.value(order) for column in ORDER_COLUMNS] for order in orders)
        sheet = _("发货单") if export.kind == "shipping" else _("订单")
        with vault.Writer() as writer:
            for piece in pieces_of(export.form, headers, rows, sheet=sheet, guard=export.kind == "orders"):
                writer.write(piece)
    beat.tick(counts={"done": job.done})
    Export.objects.filter(pk=export.pk).update(key=writer.key, size=writer.size, rows=job.done)


def _walk(rows: QuerySet[Order], beat: Beat) -> Iterator[Order]:
    """All orders by key, a chunk at a time: the memory stays flat and no cursor is held open."""
    last, done = 0, 0
    ready = rows.select_related("shop", "buyer", "receiver").defer("words", "extra").order_by("pk")
    while chunk := list(ready.filter(pk__gt=last)[:_CHUNK]):
        yield from chunk
        last = chunk[-1].pk
        done += len(chunk)
        beat.tick(done=done, total=max(beat.job.total, done))


def _shipping(orders: Iterator[Order], template: str) -> tuple[list[str], Iterator[list[Any]]]:
    names = {carrier.code: carrier.name for carrier in carriers(active=False)}
    headers = list(TEMPLATES[template].headers)
    return headers, (
        [order.number, names.get(order.carrier, order.carrier), order.waybill] for order in orders
    )
