"""JD: one row per product, the order's columns repeated on each (30 columns, 2017 and later 38; protocols 3.5).

应付金额 is what is left to pay after offers and the buyer's JD balance, so due = 应付金额 + 余额支付; against
京东价 × 订购数量 + 运费金额 the difference is the discount. There is no waybill column.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts import places
from zhanggui.connect.layouts.layout import Kind, Layout, Reader, Row
from zhanggui.connect.layouts.money import balance, within
from zhanggui.connect.layouts.values import amount, count, identifier, moment, title, unmasked
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.states import Refund, State

STATES: dict[str, State] = {
    "等待付款": State.UNPAID,
    "等待付款确认": State.UNPAID,
    "未付款": State.UNPAID,
    "等待出库": State.PAID,
    "等待发货": State.PAID,
    "等待打印": State.PAID,
    "等待确认": State.PAID,
    "锁定": State.PAID,
    "暂停": State.PAID,
    "等待确认收货": State.SHIPPED,
    "等待收货": State.SHIPPED,
    "已出库": State.SHIPPED,
    "已发货": State.SHIPPED,
    "配送中": State.SHIPPED,
    "完成": State.FINISHED,
    "已完成": State.FINISHED,
}
_HELD = frozenset({"锁定", "暂停"})
"""The order is paid, but must not leave: a cancellation may be under way."""
_CANCELLED = ("取消", "已取消", "订单取消", "交易取消")
_DELETED = ("(删除)", "（删除）")
_SHARED = ("state", "placed_at", "due", "balance", "postage", "payment", "name", "phone", "address")
"""What every row of one order must say alike."""


class OrderReader(Reader):
    """All rows of one order together."""

    def order(self, rows: Sequence[Row]) -> Arriving:
        """The order of these rows. Raises RowRefused, also when the rows contradict each other."""
        columns = self.columns
        cell = columns.cell
        row = rows[0]
        for name in _SHARED if len(rows) > 1 else ():
            if len({cell(other, name) for other in rows}) > 1:
                raise RowRefused(
                    _("同一订单的几行「%(column)s」不一致。") % {"column": columns.theirs.get(name, name)}
                )
        number = identifier(cell(row, "number"), "订单号")
        placed_at = moment(cell(row, "placed_at"))
        if placed_at is None:
            raise RowRefused(_("没有下单时间。"))
        paid_at = moment(cell(row, "paid_at"))
        lines = tuple(map(self._line, rows))
        goods = sum(line.price_fen * line.pieces for line in lines)
        postage = amount(cell(row, "postage"), "运费") or 0
        to_pay = amount(cell(row, "due"), "应付金额")
        if to_pay is None:
            raise RowRefused(_("没有应付金额。"))
        due = to_pay + (amount(cell(row, "balance"), "余额支付") or 0)
        within(due, goods + postage, "应付加余额", "商品加运费")
        adjust, discount = balance(goods=goods, postage=postage, due=due)
        cod = "货到付款" in cell(row, "payment")
        state, locked = self._state(cell(row, "state"), paid_at is not None and not cod)
        extra = columns.kept(row)
        if locked:
            extra["平台状态"] = locked
        flag = cell(row, "flag")
        if flag and flag not in ("0", "1", "2", "3", "4", "5"):
            raise RowRefused(_("不认识的备注等级：%(text)s") % {"text": flag[:30]})
        unpaid = state in (State.UNPAID, State.CLOSED_UNPAID) or (cod and state != State.FINISHED)
        return Arriving(
            number=number,
            state=state,
            placed_at=placed_at,
            due_fen=due,
            goods_fen=goods,
            postage_fen=postage,
            discount_fen=discount,
            adjust_fen=adjust,
            paid_fen=0 if unpaid else due,
            refunded_fen=due if state == State.CLOSED_REFUNDED else None,
            paid_at=None if unpaid else paid_at,
            ended_at=moment(cell(row, "ended_at")),
            close_reason="平台取消" if state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED) else "",
            lines=lines,
            title=title("，".join(line.title for line in lines[:3])),
            pieces=sum(line.pieces for line in lines),
            nick=unmasked(cell(row, "nick"))[:80],
            receiver=places.receiver(
                name=cell(row, "name"),
                phone=unmasked(identifier(cell(row, "phone"), "联系电话")),
                landline="",
                address=cell(row, "address"),
            ),
            buyer_message=cell(row, "message"),
            memo=cell(row, "memo") if "memo" in columns else None,
            flag=int(flag) if flag else None,
            cod=cod,
            refund=Refund.DONE if state == State.CLOSED_REFUNDED else None,
            locked=bool(locked),
            extra=extra,
        )

    def _line(self, row: Row) -> ArrivingLine:
        cell = self.columns.cell
        price = amount(cell(row, "price"), "京东价")
        pieces = count(cell(row, "pieces"))
        name = cell(row, "title")
        if price is None or not pieces or not name:
            raise RowRefused(_("商品行缺少名称、京东价或数量。"))
        return ArrivingLine(
            title=title(name),
            pieces=pieces,
            price_fen=price,
            code=(cell(row, "code") or cell(row, "code_other"))[:60],
            outer_number=identifier(cell(row, "outer_number"), "商品ID"),
        )

    def _state(self, text: str, paid: bool) -> tuple[State, str]:
        """The state, and the platform's word for it where ours says less."""
        told = text.replace(" ", "")
        for mark in _DELETED:
            if told.startswith(mark):
                before = STATES.get(told.removeprefix(mark))
                paid = paid and before != State.UNPAID
                return (State.CLOSED_REFUNDED if paid else State.CLOSED_UNPAID), text
        if told in _CANCELLED:
            return (State.CLOSED_REFUNDED if paid else State.CLOSED_UNPAID), ""
        if told not in STATES:
            raise RowRefused(_("不认识的订单状态：%(text)s") % {"text": text[:30] or "-"})
        return STATES[told], text if told in _HELD else ""


ORDERS = Layout(
    code="jd.orders",
    label="京东订单",
    platforms=frozenset({"jd"}),
    kind=Kind.ROWS,
    columns={
        "number": ("订单号", "订单编号"),
        "outer_number": ("商品ID", "商品编号"),
        "title": ("商品名称",),
        "pieces": ("订购数量",),
        "payment": ("支付方式",),
        "placed_at": ("下单时间",),
        "price": ("京东价",),
        "balance": ("余额支付",),
        "due": ("应付金额",),
        "state": ("订单状态",),
        "nick": ("下单帐号", "下单账号"),
        "name": ("客户姓名",),
        "address": ("客户地址",),
        "phone": ("联系电话",),
        "message": ("订单备注",),
        "memo": ("商家备注",),
        "flag": ("商家备注等级（等级1-5为由高到低）", "商家备注等级", "商家备注等级(等级1-5为由高到低)"),
        "postage": ("运费金额",),
        "paid_at": ("付款确认时间",),
        "code": ("商家SKUID", "货号"),
        "code_other": ("货号",),
        "ended_at": ("订单完成时间",),
    },
    needs=("number", "title", "pieces", "price", "due", "state", "placed_at"),
    reader=OrderReader,
    extra=(
        "订单金额",
        "结算金额",
        "订单类型",
        "发票类型",
        "订单来源",
        "订单渠道",
        "送装服务",
        "服务费",
        "仓库ID",
        "仓库名称",
        "是否为品牌商订单",
        "是否为toplife订单",
    ),
)
LAYOUTS = (ORDERS,)
