"""Taobao and Tmall: ExportOrderList (28, 41, 54 columns and newer), its details, and the newer ExportItemList.

Columns were inserted over the years, so only names count (protocols 3.1, 3.2). 应付货款 is what the buyer pays
for the goods after all offers; the details tell prices before them, and the difference is the discount.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts import places
from zhanggui.connect.layouts.layout import Columns, Kind, Layout, Reader, Row
from zhanggui.connect.layouts.money import same, within
from zhanggui.connect.layouts.values import amount, bare_waybill, count, identifier, moment, title, unmasked
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.states import LineState, Refund, State

STATES: dict[str, State] = {
    "等待买家付款": State.UNPAID,
    "等待付款": State.UNPAID,
    "没有创建支付宝交易": State.UNPAID,
    "付款确认中": State.UNPAID,
    "买家已付款": State.PAID,
    "买家已付款，等待卖家发货": State.PAID,
    "等待卖家发货": State.PAID,
    "卖家部分发货": State.PART_SHIPPED,
    "部分发货": State.PART_SHIPPED,
    "卖家已发货": State.SHIPPED,
    "卖家已发货，等待买家确认": State.SHIPPED,
    "等待买家确认": State.SHIPPED,
    "等待买家确认收货": State.SHIPPED,
    "买家已签收": State.SHIPPED,
    "交易成功": State.FINISHED,
    "交易完成": State.FINISHED,
}
CLOSED = ("交易关闭", "交易已关闭", "已关闭")
CLOSED_BEFORE = ("交易被淘宝关闭", "付款以前，卖家或买家主动关闭交易")
CLOSED_AFTER = ("付款以后，用户退款成功，交易自动关闭",)
_LINE_STATES: dict[State, LineState] = {
    State.UNPAID: LineState.UNPAID,
    State.PAID: LineState.PAID,
    State.SHIPPED: LineState.SHIPPED,
    State.FINISHED: LineState.FINISHED,
}
_NOT_CLOSED = ("订单未关闭", "")

LIST_COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("订单编号", "订单号"),
    "nick": ("买家会员名", "买家昵称"),
    "goods": ("买家应付货款",),
    "postage": ("买家应付邮费",),
    "due": ("总金额", "订单总金额"),
    "paid": ("买家实际支付金额", "买家实付金额"),
    "state": ("订单状态",),
    "message": ("买家留言",),
    "name": ("收货人姓名",),
    "address": ("收货地址",),
    "address_new": ("修改后的收货地址",),
    "shipping": ("运送方式",),
    "landline": ("联系电话",),
    "phone": ("联系手机",),
    "placed_at": ("订单创建时间",),
    "paid_at": ("订单付款时间",),
    "title": ("宝贝标题", "商品标题"),
    "waybill": ("物流单号",),
    "carrier": ("物流公司",),
    "memo": ("订单备注", "卖家备注"),
    "memo_other": ("商家备忘",),
    "pieces": ("宝贝总数量", "商品总数量"),
    "close_reason": ("订单关闭原因",),
    "refunded": ("退款金额",),
    "shipped_at": ("发货时间",),
    "ended_at": ("确认收货时间",),
}
LIST_EXTRA = (
    "买家支付积分",
    "返点积分",
    "买家实际支付积分",
    "运送方式",
    "宝贝种类",
    "店铺名称",
    "卖家服务费",
    "买家服务费",
    "是否手机订单",
    "分阶段订单信息",
    "特权订金订单id",
    "是否代付",
    "定金排名",
    "修改后的sku",
    "异常信息",
    "天猫卡券抵扣",
    "集分宝抵扣",
    "是否是O2O交易",
    "新零售交易类型",
    "打款商家金额",
    "预售订单",
    "延迟发货自动赔付金额",
    "返现金额",
    "主订单编号",
)


def state_of(text: str) -> str:
    """The text of a state in one spelling: full-width commas, no blanks."""
    return text.replace(",", "，").replace(" ", "")


class ListReader(Reader):
    """One order a row; several titles in one cell; lines come with the detail file."""

    def __init__(self, columns: Columns) -> None:
        super().__init__(columns)
        self._keeps_shipping = "shipping" in columns

    def order(self, rows: Sequence[Row]) -> Arriving:
        """The order of a row. Raises RowRefused."""
        row = rows[0]
        columns = self.columns
        cell = columns.cell
        number = identifier(cell(row, "number"), "订单编号")
        placed_at = moment(cell(row, "placed_at"))
        if placed_at is None:
            raise RowRefused(_("没有订单创建时间。"))
        paid_at = moment(cell(row, "paid_at"))
        postage = amount(cell(row, "postage"), "邮费") or 0
        goods = amount(cell(row, "goods"), "货款")
        due = amount(cell(row, "due"), "总金额")
        if goods is None and due is None:
            raise RowRefused(_("没有金额。"))
        if goods is None:
            assert due is not None
            goods = due - postage
            if goods < 0:
                same(due, postage, "总金额")
        elif due is None:
            due = goods + postage
        else:
            same(due, goods + postage, "总金额")
        paid = amount(cell(row, "paid"), "实付金额")
        refunded = amount(cell(row, "refunded"), "退款金额")
        within(paid, due, "实付金额", "总金额")
        within(refunded, due, "退款金额", "总金额")
        shipping = cell(row, "shipping")
        reason = cell(row, "close_reason")
        state = self._state(cell(row, "state"), paid_at is not None or bool(paid) or bool(refunded))
        paid, refunded = _settled(state, paid, refunded, due)
        extra = columns.kept(row)
        if self._keeps_shipping and shipping:
            extra["运送方式"] = shipping
        return Arriving(
            number=number,
            state=state,
            placed_at=placed_at,
            due_fen=due,
            goods_fen=goods,
            postage_fen=postage,
            paid_fen=paid,
            refunded_fen=refunded,
            paid_at=None if state == State.UNPAID else paid_at,
            shipped_at=moment(cell(row, "shipped_at")),
            ended_at=moment(cell(row, "ended_at")),
            close_reason="" if reason in _NOT_CLOSED else reason[:60],
            title=title(cell(row, "title")),
            pieces=count(cell(row, "pieces")),
            nick=unmasked(cell(row, "nick"))[:80],
            receiver=places.receiver(
                name=cell(row, "name"),
                phone=unmasked(identifier(cell(row, "phone"), "手机")),
                landline=unmasked(identifier(cell(row, "landline"), "电话")),
                address=cell(row, "address_new") or cell(row, "address"),
            ),
            buyer_message=cell(row, "message"),
            memo=cell(row, "memo") or cell(row, "memo_other") if "memo" in columns else None,
            carrier=cell(row, "carrier"),
            waybill=bare_waybill(identifier(cell(row, "waybill"), "物流单号", most=200))[:40],
            cod="货到付款" in shipping,
            refund=_refund_of(state, paid, refunded),
            extra=extra,
        )

    def _state(self, text: str, money_moved: bool) -> State:
        told = state_of(text)
        if state := STATES.get(told):
            return state
        if told in CLOSED:
            return State.CLOSED_REFUNDED if money_moved else State.CLOSED_UNPAID
        if told in CLOSED_BEFORE:
            return State.CLOSED_UNPAID
        if told in CLOSED_AFTER:
            return State.CLOSED_REFUNDED
        raise RowRefused(_("不认识的订单状态：%(text)s") % {"text": text[:30] or "-"})


def _settled(state: State, paid: int | None, refunded: int | None, due: int) -> tuple[int | None, int | None]:
    """What was paid and given back, as the state has it.

    Closed after payment means all was given back, whatever the refund column says (older lists have none,
    and some say 0.00). Where the paid column is already less the refund, the two together were paid.
    """
    if state in (State.UNPAID, State.CLOSED_UNPAID):
        return 0, 0
    if state == State.CLOSED_REFUNDED:
        gross = max(paid or 0, refunded or 0) or due
        return gross, gross
    if refunded and paid is not None and refunded > paid:
        within(paid + refunded, due, "实付加退款", "总金额")
        return paid + refunded, refunded
    return paid, refunded


def _refund_of(state: State, paid: int | None, refunded: int | None) -> Refund | None:
    if state == State.CLOSED_REFUNDED:
        return Refund.DONE
    if refunded:
        return Refund.DONE if paid is not None and refunded >= paid else Refund.PART
    return None


class DetailReader(Reader):
    """One article a row, of an order in the list."""

    def line(self, row: Row) -> ArrivingLine:
        """The article of a row. Raises RowRefused."""
        cell = self.columns.cell
        price = amount(cell(row, "price"), "价格")
        pieces = count(cell(row, "pieces"))
        name = cell(row, "title")
        if price is None or not pieces or not name:
            raise RowRefused(_("商品行缺少标题、价格或数量。"))
        told = state_of(cell(row, "state"))
        state = (
            LineState.CLOSED
            if told.startswith(CLOSED)
            else _LINE_STATES.get(STATES.get(told, State.PART_SHIPPED))
        )
        return ArrivingLine(
            title=title(name),
            pieces=pieces,
            price_fen=price,
            spec=cell(row, "spec")[:200],
            code=(cell(row, "code") or cell(row, "code_other"))[:60],
            outer_number=identifier(cell(row, "outer_number"), "子订单编号"),
            state=state,
            refund=_line_refund(cell(row, "aftersale")),
        )


def _line_refund(text: str) -> Refund:
    if not text or text in ("没有申请退款", "无退款申请", "无退款", "退款关闭", "--"):
        return Refund.NONE
    return Refund.DONE if "退款成功" in text else Refund.OPEN


_PLATFORMS = frozenset({"taobao", "tmall"})
ORDERS = Layout(
    code="taobao.orders",
    label="淘宝／天猫订单列表",
    platforms=_PLATFORMS,
    kind=Kind.ORDERS,
    columns=LIST_COLUMNS,
    needs=("number", "state", "due", "placed_at", "title"),
    reader=ListReader,
    extra=LIST_EXTRA,
)
DETAILS = Layout(
    code="taobao.details",
    label="淘宝／天猫订单商品明细",
    platforms=_PLATFORMS,
    kind=Kind.DETAILS,
    columns={
        "number": ("订单编号", "主订单编号"),
        "title": ("标题", "宝贝标题"),
        "price": ("价格", "商品价格"),
        "pieces": ("购买数量",),
        "code": ("商家编码",),
        "code_other": ("外部系统编号",),
        "spec": ("商品属性",),
        "state": ("订单状态",),
        "outer_number": ("子订单编号",),
        "aftersale": ("退款状态",),
    },
    needs=("number", "title", "price", "pieces"),
    reader=DetailReader,
)
ITEMS = Layout(
    code="taobao.items",
    label="淘宝／天猫销售明细（子订单）",
    platforms=_PLATFORMS,
    kind=Kind.DETAILS,
    columns={
        "number": ("主订单编号",),
        "outer_number": ("子订单编号",),
        "title": ("商品标题", "宝贝标题", "标题"),
        "price": ("商品价格", "价格"),
        "pieces": ("购买数量",),
        "code": ("商家编码",),
        "code_other": ("外部系统编号",),
        "spec": ("商品属性",),
        "state": ("订单状态",),
        "aftersale": ("退款状态",),
    },
    needs=("number", "outer_number", "title", "price", "pieces"),
    reader=DetailReader,
)
LAYOUTS = (ORDERS, ITEMS, DETAILS)
