"""An order's timeline: the daybook in the words of a clerk, with what stood before and after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry
from zhanggui.kit import regions
from zhanggui.kit.clock import in_china
from zhanggui.kit.money import yuan
from zhanggui.orders.models import Change, Concession
from zhanggui.orders.queries.filters import TROUBLES
from zhanggui.orders.states import Call, Flag, LineState, Refund, State
from zhanggui.people.models import Staff

PAGE = 30

WHAT = {
    "order.arrived": "订单到达",
    "order.placed": "订单到达",
    "order.updated": "平台数据更新",
    "order.detailed": "补全明细",
    "order.priced": "改价",
    "order.paid": "付款",
    "order.closed": "关闭订单",
    "order.line_closed": "关闭一件商品",
    "order.shipped": "发货",
    "order.extended": "延长收货",
    "order.finished": "交易成功",
    "order.refund_moved": "退款变化",
    "order.refunded": "退款",
    "order.marked": "加标记",
    "order.unmarked": "取下标记",
    "order.remarked": "撤销标记操作",
    "order.flagged": "插旗",
    "order.overwritten": "平台上改动了备注或旗帜",
    "order.memo_seen": "平台上的备注或旗帜更新",
    "order.settled": "处理备注冲突",
    "order.article_changed": "换了商品规格",
    "order.carrier_changed": "换了快递",
    "order.cancel_agreed": "同意取消，待售后退款",
    "order.revealed": "查看收件人明文",
    "order.assigned": "指派",
    "order.called": "货到付款电话确认",
    "order.joined": "合并发货",
    "order.parted": "取消合并发货",
    "order.tracked": "物流更新",
    "order.signed": "签收",
    "order.shipment_undone": "撤销发货",
    "concession.asked": "申请让价",
    "concession.granted": "让价",
    "concession.refused": "拒绝让价",
    "change.asked": "申请修改",
    "change.agreed": "同意修改",
    "change.refused": "拒绝修改",
    "change.withdrawn": "撤回修改申请",
    "receiver.revealed": "查看收件人明文",
    "receiver.copied": "复制收件人信息",
    "receiver.edited": "修改收件人",
    "receiver.forgotten": "按保存期限清除收件人",
}
"""Acts in words; an act that is not here shows its code."""

COLUMNS = {
    "state": "状态",
    "due_fen": "应付",
    "goods_fen": "商品金额",
    "postage_fen": "邮费",
    "adjust_fen": "改价",
    "discount_fen": "优惠",
    "paid_fen": "实付",
    "refunded_fen": "已退款",
    "share_fen": "小计",
    "paid_at": "付款时间",
    "shipped_at": "发货时间",
    "ended_at": "结束时间",
    "next_due_at": "最近期限",
    "close_reason": "关闭原因",
    "flag": "旗帜",
    "memo": "备注",
    "marks": "标记",
    "owner": "负责人",
    "owner_id": "负责人",
    "refund": "退款",
    "cod": "货到付款",
    "cod_call": "电话确认",
    "called": "打给了谁",
    "troubles": "异常",
    "carrier": "快递",
    "waybill": "运单号",
    "pieces": "件数",
    "title": "商品",
    "region": "地区代码",
    "stock": "库存",
    "sku_id": "商品资料",
    "buyer_id": "买家",
    "shipped_pieces": "已发件数",
    "concession": "让价申请",
    "attempt": "让价次数",
    "offer": "让到",
    "receiver": "收件人",
    "change": "修改申请",
    "days": "天数",
    "due_at": "期限",
    "lines": "商品行",
    "parcel": "包裹",
    "together": "合并发货",
    "reason": "原因",
}
_LINE = re.compile(r"line:(?P<line>[0-9]+)\.(?P<column>\w+)")
_MOMENTS = {"paid_at", "shipped_at", "ended_at", "next_due_at", "due_at"}
_HIDDEN = {"version", "changed_at", "words", "told", "buyer_id", "sku_id"}
_FIRST = {"state", "due_fen", "pieces", "refund", "cod_call", "troubles", "close_reason"}
"""What the first line of an order shows; the rest of what arrived stands on the page."""
SOURCES = {
    "web": "页面",
    "import": "导入",
    "timer": "定时",
    "cli": "命令行",
    "demo": "演示",
    "api": "接口",
    "test": "测试",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of an act: its name and both values, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline."""

    id: int
    at: datetime
    what: str
    code: str
    actor: str
    work_no: str
    source: str
    address: str
    reason: str
    differences: tuple[Difference, ...]


def timeline(
    order_id: int, *, before: int | None = None, after: int | None = None, most: int = PAGE
) -> list[Told]:
    """What happened to an order, newest first. `before`, `after`: ids of lines. One statement, one more for owners."""
    rows = Entry.objects.filter(kind="order", object_id=order_id).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return _tell(list(rows[:most]))


def changes_of(order_id: int, column: str, most: int = 50) -> list[Told]:
    """The lines of the timeline that changed a column of the order, newest first. One statement."""
    rows = Entry.objects.filter(kind="order", object_id=order_id, change__has_key=column)
    return _tell(list(rows.order_by("-id")[:most]))


def _tell(entries: list[Entry]) -> list[Told]:
    ids = {pk for entry in entries for pk in entry.change.get("owner_id", ()) if pk}
    people = Staff.objects.filter(pk__in=ids).values_list("pk", "name") if ids else ()
    names = dict(people)
    return [_told(entry, names) for entry in entries]


def _told(entry: Entry, names: Mapping[int, str]) -> Told:
    return Told(
        id=entry.pk,
        at=entry.at,
        what=_(WHAT[entry.what]) if entry.what in WHAT else entry.what,
        code=entry.what,
        actor=entry.actor,
        work_no=entry.work_no,
        source=_(SOURCES[entry.source]) if entry.source in SOURCES else entry.source,
        address=entry.address,
        reason=entry.reason,
        differences=tuple(differences(_worth(entry, names))),
    )


def _worth(entry: Entry, names: Mapping[int, str]) -> dict[str, Any]:
    if entry.what != "order.placed":
        change = dict(entry.change)
        if "owner_id" in change:
            change["owner_id"] = [names.get(pk, pk) for pk in change["owner_id"]]
        return change
    return {column: pair for column, pair in entry.change.items() if column in _FIRST}


def differences(change: Mapping[str, Any]) -> list[Difference]:
    """A daybook change in words; columns that say nothing to a clerk are left out."""
    found = []
    for column, pair in change.items():
        line = _LINE.fullmatch(column)
        key = line["column"] if line else column
        if key in _HIDDEN or not isinstance(pair, list | tuple) or len(pair) != 2:
            continue
        label = _(COLUMNS[key]) if key in COLUMNS else key
        if line:
            label = _("第 %(line)s 件 %(label)s") % {"line": line["line"], "label": label}
        before, after = (said(key, value, of_line=line is not None) for value in pair)
        if before != after or key in ("marks", "memo"):
            found.append(Difference(label, before, after))
    return found


def said(column: str, value: Any, *, of_line: bool = False) -> str:
    """One value of a column in words; a dash for nothing. `of_line`: of a line, not of the order."""
    if value is None or value == "" or value == []:
        return "—"
    if column.endswith("_fen") and isinstance(value, int):
        return f"{'-' if value < 0 else ''}¥{yuan(abs(value))}"
    if column == "flag" and value in Flag.values:
        return _(str(Flag(value).label))
    if column in ("state", "refund", "cod_call"):
        for choices in (LineState, Refund) if of_line else (State, Refund, Call):
            if value in choices.values:
                return _(str(choices(value).label))
    if column == "concession" and value in Concession.State.values:
        return _(str(Concession.State(value).label))
    if column == "change" and value in Change.State.values:
        return _(str(Change.State(value).label))
    if column == "offer" and isinstance(value, int):
        return f"{value / 100:g}%"
    if column in _MOMENTS and isinstance(value, str):
        moment = parse_datetime(value)
        return f"{in_china(moment):%Y-%m-%d %H:%M}" if moment and moment.tzinfo else value
    if column == "memo":
        return _("（内容见标记）")
    if column == "receiver":
        return _("（已加密）")
    if column == "region":
        return regions.full_name(str(value)) or str(value)
    if column == "marks" and isinstance(value, list):
        return _("%(many)s 条") % {"many": len(value)}
    if column == "troubles" and isinstance(value, list):
        return "、".join(_(TROUBLES.get(str(code), str(code))) for code in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    if isinstance(value, dict):
        return "；".join(f"{key} {part}" for key, part in value.items())
    return str(value)
