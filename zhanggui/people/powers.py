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
    ORDER_SHIP = "order.ship", "发货"
    ORDER_EXTEND = "order.extend", "延长收货时间"
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
    # money
    LEDGER_SEE = "ledger.see", "查看账簿"
    # house
    SHOP_SEE = "shop.see", "查看店铺"
    SHOP_EDIT = "shop.edit", "新建店铺、改店铺设置"
    STAFF_SEE = "staff.see", "查看员工"
    STAFF_EDIT = "staff.edit", "管理员工、角色与授权"
    DAYBOOK_SEE = "daybook.see", "查询操作日志"
    SYSTEM_SEE = "system.see", "查看系统状态"


name_powers(Power.choices)
