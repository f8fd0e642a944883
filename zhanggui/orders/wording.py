"""How the daybook's codes, columns and values of this room are read: registered for every page that shows them."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.freight.models import Carrier
from zhanggui.journal import telling, words
from zhanggui.journal.telling import Column
from zhanggui.orders.models import Change, Concession
from zhanggui.orders.queries.filters import TROUBLES
from zhanggui.orders.states import Call, Flag, LineState, Refund, State
from zhanggui.people.models import Staff

WHAT = {
    "order.arrived": N_("订单到达"),
    "order.placed": N_("订单到达"),
    "order.updated": N_("平台数据更新"),
    "order.detailed": N_("补全明细"),
    "order.priced": N_("改价"),
    "order.paid": N_("付款"),
    "order.closed": N_("关闭订单"),
    "order.line_closed": N_("关闭一件商品"),
    "order.shipped": N_("发货"),
    "order.extended": N_("延长收货"),
    "order.finished": N_("交易成功"),
    "order.refund_moved": N_("退款变化"),
    "order.refunded": N_("退款"),
    "order.marked": N_("加标记"),
    "order.unmarked": N_("取下标记"),
    "order.remarked": N_("撤销标记操作"),
    "order.flagged": N_("插旗"),
    "order.overwritten": N_("平台上改动了备注或旗帜"),
    "order.memo_seen": N_("平台上的备注或旗帜更新"),
    "order.settled": N_("处理备注冲突"),
    "order.article_changed": N_("换了商品规格"),
    "order.carrier_changed": N_("换了快递"),
    "order.cancel_agreed": N_("同意取消，待售后退款"),
    "order.revealed": N_("查看收件人明文"),
    "order.assigned": N_("指派"),
    "order.called": N_("货到付款电话确认"),
    "order.joined": N_("合并发货"),
    "order.parted": N_("取消合并发货"),
    "order.tracked": N_("物流更新"),
    "order.signed": N_("签收"),
    "order.shipment_undone": N_("撤销发货"),
    "concession.asked": N_("申请让价"),
    "concession.granted": N_("让价"),
    "concession.refused": N_("拒绝让价"),
    "change.asked": N_("申请修改"),
    "change.agreed": N_("同意修改"),
    "change.refused": N_("拒绝修改"),
    "change.withdrawn": N_("撤回修改申请"),
    "receiver.revealed": N_("查看收件人明文"),
    "receiver.copied": N_("复制收件人信息"),
    "receiver.edited": N_("修改收件人"),
    "receiver.forgotten": N_("按保存期限清除收件人"),
}
COLUMNS = {
    "state": N_("状态"),
    "due_fen": N_("应付"),
    "goods_fen": N_("商品金额"),
    "postage_fen": N_("邮费"),
    "adjust_fen": N_("改价"),
    "discount_fen": N_("优惠"),
    "paid_fen": N_("实付"),
    "refunded_fen": N_("已退款"),
    "share_fen": N_("小计"),
    "paid_at": N_("付款时间"),
    "shipped_at": N_("发货时间"),
    "ended_at": N_("结束时间"),
    "next_due_at": N_("最近期限"),
    "close_reason": N_("关闭原因"),
    "flag": N_("旗帜"),
    "memo": N_("备注"),
    "marks": N_("标记"),
    "owner_id": N_("负责人"),
    "refund": N_("退款"),
    "cod": N_("货到付款"),
    "cod_call": N_("电话确认"),
    "called": N_("打给了谁"),
    "troubles": N_("异常"),
    "carrier": N_("快递"),
    "waybill": N_("运单号"),
    "pieces": N_("件数"),
    "title": N_("商品"),
    "spec": N_("规格"),
    "region": N_("地区"),
    "stock": N_("库存"),
    "shipped_pieces": N_("已发件数"),
    "concession": N_("让价申请"),
    "attempt": N_("让价次数"),
    "offer": N_("让到"),
    "receiver": N_("收件人"),
    "change": N_("修改申请"),
    "days": N_("天数"),
    "due_at": N_("期限"),
    "lines": N_("商品行"),
    "parcel": N_("包裹"),
    "together": N_("合并发货"),
    "revived": N_("重新打开"),
    "reason": N_("原因"),
}
_STOCK = {"held": N_("已预占"), "short": N_("缺货")}
_LINE = re.compile(r"line:(?P<line>[0-9]+)\.(?P<column>\w+)")
_CHANGE = re.compile(r"change:[0-9]+\.state")
_OF_LINE = "line."


def _read(name: str, before: Any, after: Any) -> Column | None:
    line = _LINE.fullmatch(name)
    if line:
        key = line["column"]
        label = _("第 %(line)s 件 %(label)s") % {"line": line["line"], "label": words.column_of(key)}
        return Column(key if key in ("buyer_id", "sku_id") else _OF_LINE + key, label)
    if _CHANGE.fullmatch(name):
        return Column("change", words.column_of("change"))
    if name == "marks":
        return Column(name, words.column_of(name), *_marks(before or [], after or []))
    if name in ("memo", "receiver"):
        return Column(name, words.column_of(name), *_sealed(name, before, after))
    if name == "together":
        return Column(
            name, words.column_of(name), *(_("是") if pk else telling.NOTHING for pk in (before, after))
        )
    return None


def _marks(before: list[int], after: list[int]) -> tuple[str, str]:
    """How many marks came and went: their words stand in the marks, their numbers say nothing."""
    added, taken = len(set(after) - set(before)), len(set(before) - set(after))
    said = []
    if added:
        said.append(_("加 %(many)s 条") % {"many": added})
    if taken:
        said.append(_("取下 %(many)s 条") % {"many": taken})
    return telling.NOTHING, "、".join(said) or telling.NOTHING


def _sealed(name: str, before: str | None, after: str | None) -> tuple[str, str]:
    """What is kept as a keyed hash: that it came, changed or went, never what it is."""
    if before == after:
        return telling.NOTHING, telling.NOTHING
    if not before:
        return telling.NOTHING, _("（内容见标记）") if name == "memo" else _("（已加密）")
    return (_("原内容"), _("已清空")) if not after else (telling.NOTHING, _("已改"))


def _said(column: str, value: Any) -> str | None:
    of_line = column.startswith(_OF_LINE)
    column = column.removeprefix(_OF_LINE)
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
    if column == "stock" and value in _STOCK:
        return _(_STOCK[value])
    if column == "days" and isinstance(value, int):
        return _("%(n)s 天") % {"n": value}
    if column == "troubles" and isinstance(value, list):
        return "、".join(_(TROUBLES.get(str(code), str(code))) for code in value)
    return telling.said(column, value) if of_line else None


def _people(ids: list[int]) -> dict[int, str]:
    return dict(Staff.objects.filter(pk__in=ids).values_list("pk", "name"))


def _carriers(codes: list[str]) -> dict[str, str]:
    return dict(Carrier.objects.filter(code__in=codes).values_list("code", "name"))


for _code, _label in WHAT.items():
    words.name(_code, _label)
words.name_columns(COLUMNS)
telling.hide("changed_at", "words", "told", "buyer_id", "sku_id")
telling.read_with(_read)
telling.say_with(_said)
telling.name_ids("owner_id", _people)
telling.name_ids("carrier", _carriers)
