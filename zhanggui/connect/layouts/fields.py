"""Our names for what a column of an order file may hold; the mapping screen offers exactly these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """`label`: message id. `personal`: never shown in clear, never kept outside the sealed receiver."""

    name: str
    label: str
    group: str
    personal: bool = False


FIELDS: tuple[Field, ...] = (
    Field("number", "订单编号", "订单"),
    Field("state", "订单状态", "订单"),
    Field("placed_at", "下单时间", "订单"),
    Field("paid_at", "付款时间", "订单"),
    Field("shipped_at", "发货时间", "订单"),
    Field("ended_at", "完成时间", "订单"),
    Field("close_reason", "关闭原因", "订单"),
    Field("payment", "支付方式", "订单"),
    Field("aftersale", "售后状态", "订单"),
    Field("goods", "商品金额", "金额"),
    Field("postage", "邮费", "金额"),
    Field("discount", "店铺优惠", "金额"),
    Field("discount_platform", "平台优惠", "金额"),
    Field("discount_other", "其他优惠", "金额"),
    Field("due", "应付总额", "金额"),
    Field("balance", "余额支付", "金额"),
    Field("paid", "实付金额", "金额"),
    Field("refunded", "退款金额", "金额"),
    Field("title", "商品标题", "商品"),
    Field("pieces", "数量", "商品"),
    Field("price", "单价", "商品"),
    Field("spec", "规格", "商品"),
    Field("code", "商家编码", "商品"),
    Field("code_other", "商家编码（备选）", "商品"),
    Field("outer_number", "子订单编号", "商品"),
    Field("nick", "买家账号", "买家", personal=True),
    Field("name", "收件人姓名", "买家", personal=True),
    Field("phone", "手机", "买家", personal=True),
    Field("landline", "电话", "买家", personal=True),
    Field("province", "省", "买家"),
    Field("city", "市", "买家"),
    Field("district", "区县", "买家"),
    Field("address", "地址", "买家", personal=True),
    Field("address_new", "修改后的地址", "买家", personal=True),
    Field("zip", "邮编", "买家"),
    Field("message", "买家留言", "备注", personal=True),
    Field("memo", "卖家备注", "备注", personal=True),
    Field("memo_other", "卖家备注（备选）", "备注", personal=True),
    Field("flag", "旗帜", "备注"),
    Field("carrier", "物流公司", "物流"),
    Field("waybill", "物流单号", "物流"),
    Field("shipping", "运送方式", "物流"),
)
BY_NAME = {field.name: field for field in FIELDS}
