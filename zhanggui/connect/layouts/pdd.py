"""Pinduoduo: one row per order, one article each (23 columns and more; protocols 3.7).

用户实付 = 商品总价 + 邮费 - 店铺优惠 - 平台优惠 - 多多支付立减: a row that does not add up is refused. The number begins
with the date, which stands in for an empty 订单成交时间.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts import places
from zhanggui.connect.layouts.layout import Kind, Layout, Reader, Row
from zhanggui.connect.layouts.money import same
from zhanggui.connect.layouts.values import amount, bare_waybill, count, identifier, moment, title, unmasked
from zhanggui.kit.clock import CHINA
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.states import Refund, State

STATES: dict[str, State] = {
    "待付款": State.UNPAID,
    "待支付": State.UNPAID,
    "待成团": State.PAID,
    "待发货": State.PAID,
    "部分发货": State.PART_SHIPPED,
    "已发货": State.SHIPPED,
    "待收货": State.SHIPPED,
    "已收货": State.FINISHED,
    "交易成功": State.FINISHED,
    "已评价": State.FINISHED,
}
_NO_SPEC = ("无规格",)


class OrderReader(Reader):
    """One order a row."""

    def order(self, rows: Sequence[Row]) -> Arriving:
        """The order of a row. Raises RowRefused."""
        row = rows[0]
        columns = self.columns
        cell = columns.cell
        number = identifier(cell(row, "number"), "订单号")
        goods = amount(cell(row, "goods"), "商品总价")
        paid = amount(cell(row, "paid"), "用户实付")
        if goods is None or paid is None:
            raise RowRefused(_("没有商品总价或用户实付金额。"))
        postage = amount(cell(row, "postage"), "邮费") or 0
        discount = sum(
            amount(cell(row, name), "优惠") or 0
            for name in ("discount", "discount_platform", "discount_other")
        )
        same(paid, goods + postage - discount, "用户实付")
        state, refund = _state(cell(row, "state"), cell(row, "aftersale"))
        pieces = count(cell(row, "pieces"))
        if not pieces:
            raise RowRefused(_("没有商品数量。"))
        price, odd = divmod(goods, pieces)
        spec = cell(row, "spec")
        line = ArrivingLine(
            title=title(cell(row, "title")) or "（无标题）",
            pieces=pieces,
            price_fen=price,
            spec="" if spec in _NO_SPEC else spec[:200],
            code=(cell(row, "code") or cell(row, "code_other"))[:60],
            outer_number=identifier(cell(row, "outer_number"), "样式ID"),
        )
        dealt_at = moment(cell(row, "placed_at"))
        unpaid = state in (State.UNPAID, State.CLOSED_UNPAID)
        closed_after = state == State.CLOSED_REFUNDED
        return Arriving(
            number=number,
            state=state,
            placed_at=dealt_at or _date_in(number),
            due_fen=paid,
            goods_fen=price * pieces,
            postage_fen=postage,
            discount_fen=discount,
            adjust_fen=odd,
            paid_fen=0 if unpaid else paid,
            refunded_fen=paid if closed_after else None,
            paid_at=None if unpaid else moment(cell(row, "paid_at")) or dealt_at,
            shipped_at=moment(cell(row, "shipped_at")),
            ended_at=moment(cell(row, "ended_at")),
            close_reason="平台取消" if state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED) else "",
            lines=(line,),
            title=line.title,
            pieces=pieces,
            nick=unmasked(cell(row, "nick"))[:80],
            receiver=places.receiver(
                name=unmasked(cell(row, "name")),
                phone=unmasked(identifier(cell(row, "phone"), "手机")),
                landline="",
                address=unmasked(cell(row, "address")),
                province=cell(row, "province"),
                city=cell(row, "city"),
                district=cell(row, "district"),
            ),
            buyer_message=cell(row, "message"),
            memo=cell(row, "memo") if "memo" in columns else None,
            carrier=cell(row, "carrier"),
            waybill=bare_waybill(identifier(cell(row, "waybill"), "快递单号", most=200))[:40],
            refund=refund,
            extra=columns.kept(row),
        )


def _state(text: str, aftersale: str) -> tuple[State, Refund | None]:
    """The order's state and what its after-sales column says; a cancelled order was paid if it was refunded."""
    refunded = "退款成功" in aftersale or "退款成功" in text
    if not aftersale or "无售后" in aftersale or "售后取消" in aftersale or "售后关闭" in aftersale:
        refund = Refund.DONE if refunded else Refund.NONE
    else:
        refund = Refund.DONE if refunded else Refund.OPEN
    parts = text.replace(",", "，").split("，")
    first = parts[0].strip()
    if first in ("已取消", "交易关闭", "已关闭"):
        return (State.CLOSED_REFUNDED, Refund.DONE) if refunded else (State.CLOSED_UNPAID, None)
    if first not in STATES:
        raise RowRefused(_("不认识的订单状态：%(text)s") % {"text": text[:30] or "-"})
    return STATES[first], refund


def _date_in(number: str) -> datetime:
    """The day in the order's number: 260520-607... is 2026-05-20. Raises RowRefused."""
    digits = number.partition("-")[0]
    try:
        return datetime.strptime(digits if len(digits) == 6 else "", "%y%m%d").replace(tzinfo=CHINA)
    except ValueError:
        raise RowRefused(_("没有成交时间，订单号里也没有日期。")) from None


ORDERS = Layout(
    code="pdd.orders",
    label="拼多多订单",
    platforms=frozenset({"pdd"}),
    kind=Kind.ORDERS,
    columns={
        "number": ("订单号",),
        "placed_at": ("订单成交时间", "拼单成功时间", "订单确认时间"),
        "paid_at": ("支付时间",),
        "title": ("商品", "商品名称"),
        "state": ("订单状态",),
        "goods": ("商品总价(元)", "商品总价（元）"),
        "postage": ("邮费(元)", "邮费（元）"),
        "discount": ("店铺优惠折扣(元)", "店铺优惠折扣（元）"),
        "discount_platform": ("平台优惠折扣(元)", "平台优惠折扣（元）"),
        "discount_other": ("多多支付立减金额(元)", "多多支付立减金额（元）"),
        "paid": ("用户实付金额(元)", "用户实付金额（元）"),
        "pieces": ("商品数量(件)", "商品数量（件）"),
        "shipped_at": ("发货时间",),
        "ended_at": ("确认收货时间",),
        "spec": ("商品规格",),
        "outer_number": ("样式ID",),
        "code": ("商家编码-规格维度",),
        "code_other": ("商家编码-商品维度",),
        "memo": ("商家备注",),
        "message": ("买家留言",),
        "aftersale": ("售后状态",),
        "waybill": ("快递单号",),
        "carrier": ("快递公司",),
        "name": ("收货人", "收件人"),
        "phone": ("手机", "手机号"),
        "province": ("省",),
        "city": ("市",),
        "district": ("区",),
        "address": ("街道", "详细地址"),
    },
    needs=("number", "state", "goods", "paid", "title"),
    reader=OrderReader,
    extra=("商家实收金额(元)", "商家实收金额（元）", "商品id", "商品ID"),
)
LAYOUTS = (ORDERS,)
