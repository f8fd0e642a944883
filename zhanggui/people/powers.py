"""Every power there is, on one page. A role is a set of these; a grant gives a role in one shop or in all."""

from django.db import models

from zhanggui.kit.actor import name_powers


class Power(models.TextChoices):
    """What a person may be allowed to do. The code is stable; the label is a message id."""

    # looking
    ORDER_SEE = "order.see", "查看订单"
    ORDER_EXPORT = "order.export", "导出订单（脱敏）"
    RECEIVER_REVEAL = "receiver.reveal", "查看收件人明文"
    # before payment
    ORDER_PRICE = "order.price", "改价、改邮费"
    CONCESSION_LEADER = "concession.leader", "批准让价（主管）"
    ORDER_CLOSE = "order.close", "关闭订单"
    # marks
    ORDER_MARK = "order.mark", "备注与旗帜"
    # after payment
    ORDER_RECEIVER_EDIT_PAID = "order.receiver.edit_paid", "修改已付款订单的收件人"
    ORDER_RECEIVER_EDIT = "order.receiver.edit", "修改未付款订单的收件人"
    CHANGE_DECIDE = "change.decide", "处理修改申请"
    COD_CONFIRM = "cod.confirm", "货到付款电话确认"
    ORDER_SHIP = "order.ship", "发货、填运单"
    ORDER_EXTEND = "order.extend", "延长收货"
    ORDER_SETTLE = "order.settle", "记录付款、退款与确认收货"
    ORDER_ASSIGN = "order.assign", "指派订单"
    # files
    ORDER_IMPORT = "order.import", "导入订单文件"
    MAPPING_EDIT = "mapping.edit", "编辑导入模板"
    # goods, stock, freight
    CATALOG_SEE = "catalog.see", "查看商品"
    CATALOG_EDIT = "catalog.edit", "编辑商品"
    STOCK_SEE = "stock.see", "查看库存"
    STOCK_MOVE = "stock.move", "出入库与调整"
    FREIGHT_SEE = "freight.see", "查看运费与报价"
    FREIGHT_EDIT = "freight.edit", "编辑运费模板"
    # window and offers
    SHOPFRONT_EDIT = "shopfront.edit", "装修店铺、发布公告"
    OFFER_SEE = "offer.see", "查看优惠与活动"
    OFFER_EDIT = "offer.edit", "编辑优惠与活动"
    OFFER_APPROVE = "offer.approve", "审核优惠与活动"
    RED_PACKET_GRANT = "red_packet.grant", "发放与收回红包"
    REVIEW_SEE = "review.see", "查看评价"
    REVIEW_ANSWER = "review.answer", "回复评价"
    # money
    LEDGER_SEE = "ledger.see", "查看账簿"
    PAYMENT_SEE = "payment.see", "查看支付记录"
    PAYMENT_SETTLE = "payment.settle", "处理异常来款与退款"
    PAYMENT_SETUP = "payment.setup", "设置收款账户"
    # house
    SHOP_SEE = "shop.see", "查看店铺"
    SHOP_EDIT = "shop.edit", "新建店铺、改店铺设置"
    STAFF_SEE = "staff.see", "查看员工"
    STAFF_EDIT = "staff.edit", "管理员工、角色与授权"
    DAYBOOK_SEE = "daybook.see", "查询操作日志"
    SYSTEM_SEE = "system.see", "查看系统状态"


SECTIONS: tuple[tuple[str, tuple[Power, ...]], ...] = (
    ("查看与导出", (Power.ORDER_SEE, Power.ORDER_EXPORT, Power.RECEIVER_REVEAL)),
    (
        "付款之前",
        (Power.ORDER_PRICE, Power.CONCESSION_LEADER, Power.ORDER_CLOSE, Power.ORDER_RECEIVER_EDIT),
    ),
    ("备注与旗帜", (Power.ORDER_MARK, Power.ORDER_ASSIGN)),
    (
        "付款之后",
        (
            Power.ORDER_RECEIVER_EDIT_PAID,
            Power.CHANGE_DECIDE,
            Power.COD_CONFIRM,
            Power.ORDER_SHIP,
            Power.ORDER_EXTEND,
            Power.ORDER_SETTLE,
        ),
    ),
    ("文件", (Power.ORDER_IMPORT, Power.MAPPING_EDIT)),
    (
        "商品、库存、运费",
        (
            Power.CATALOG_SEE,
            Power.CATALOG_EDIT,
            Power.STOCK_SEE,
            Power.STOCK_MOVE,
            Power.FREIGHT_SEE,
            Power.FREIGHT_EDIT,
        ),
    ),
    (
        "橱窗与优惠",
        (
            Power.SHOPFRONT_EDIT,
            Power.OFFER_SEE,
            Power.OFFER_EDIT,
            Power.OFFER_APPROVE,
            Power.RED_PACKET_GRANT,
            Power.REVIEW_SEE,
            Power.REVIEW_ANSWER,
        ),
    ),
    ("资金", (Power.LEDGER_SEE, Power.PAYMENT_SEE, Power.PAYMENT_SETTLE, Power.PAYMENT_SETUP)),
    (
        "店铺、员工、系统",
        (
            Power.SHOP_SEE,
            Power.SHOP_EDIT,
            Power.STAFF_SEE,
            Power.STAFF_EDIT,
            Power.DAYBOOK_SEE,
            Power.SYSTEM_SEE,
        ),
    ),
)
"""The powers as the page of powers and the matrix of roles show them; a power left out is shown at the end."""


def sections() -> list[tuple[str, list[Power]]]:
    """All powers by section, including any that a room added without placing it."""
    placed = {power for _label, powers in SECTIONS for power in powers}
    rest = [power for power in Power if power not in placed]
    return [(label, list(powers)) for label, powers in SECTIONS] + ([("其他", rest)] if rest else [])


name_powers(Power.choices)
