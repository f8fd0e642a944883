"""A shipping file: order number, courier, waybill. No platform's header is confirmed (protocols 3.4, 10), so the
names that sellers' tools use are all taken, beside our own template."""

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts.layout import Kind, Layout, Reader, Row
from zhanggui.connect.layouts.values import bare_waybill, identifier


class ShippingReader(Reader):
    """One parcel a row."""

    def shipped(self, row: Row) -> tuple[str, str, str]:
        """(order number, carrier as written, waybill). Raises RowRefused."""
        cell = self.columns.cell
        number = identifier(cell(row, "number"), "订单编号")
        carrier = cell(row, "carrier")
        waybill = bare_waybill(identifier(cell(row, "waybill"), "物流单号", most=200))
        if not carrier or not waybill:
            raise RowRefused(_("缺少物流公司或物流单号。"))
        return number, carrier, waybill


SHIPPING = Layout(
    code="shipping",
    label="发货单（订单号、物流公司、物流单号）",
    platforms=frozenset({"own", "taobao", "tmall", "jd", "pdd"}),
    kind=Kind.SHIPPING,
    columns={
        "number": ("订单编号", "订单号", "主订单编号"),
        "carrier": ("物流公司", "快递公司", "物流公司名称", "承运商"),
        "waybill": ("物流单号", "快递单号", "运单号", "运单号码"),
    },
    needs=("number", "carrier", "waybill"),
    reader=ShippingReader,
    # A list of orders that lacks a column must never be taken for an order to ship all it names.
    never=(
        "订单状态",
        "订单创建时间",
        "下单时间",
        "订单付款时间",
        "总金额",
        "应付金额",
        "用户实付金额(元)",
        "宝贝标题",
        "商品名称",
    ),
)
LAYOUTS = (SHIPPING,)
