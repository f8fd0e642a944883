"""How a person reads the daybook's codes: a noun and a verb for each, and a few whole ones.

Message ids; a test reads every code out of the program and wants it named here. A room may `name` its own.
"""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

KINDS: dict[str, str] = {
    "order": N_("订单"),
    "orderline": N_("订单行"),
    "line": N_("订单行"),
    "mark": N_("备注"),
    "receiver": N_("收件人"),
    "change": N_("修改申请"),
    "concession": N_("让价"),
    "parcel": N_("包裹"),
    "refund": N_("退款"),
    "job": N_("任务"),
    "import": N_("导入"),
    "export": N_("导出"),
    "preset": N_("导入模板"),
    "view": N_("视图"),
    "shop": N_("店铺"),
    "setting": N_("店铺设置"),
    "staff": N_("员工"),
    "role": N_("角色"),
    "grant": N_("授权"),
    "sku": N_("商品"),
    "product": N_("商品"),
    "stock": N_("库存"),
    "movement": N_("库存变动"),
    "carrier": N_("快递公司"),
    "freight": N_("运费模板"),
    "template": N_("运费模板"),
    "surcharge": N_("附加费"),
    "quote": N_("运费报价"),
    "reveal": N_("明文查看"),
    "reveals": N_("明文查看"),
    "posting": N_("账目"),
    "buyer": N_("买家"),
    "house": N_("系统"),
    "merchant": N_("商家"),
    "orders": N_("订单"),
    "warehouse": N_("仓库"),
    "timer": N_("时限"),
}
VERBS: dict[str, str] = {
    "added": N_("新增"),
    "adjusted": N_("调整"),
    "agreed": N_("同意"),
    "answered": N_("答复"),
    "arrived": N_("到达"),
    "asked": N_("申请"),
    "assigned": N_("指派"),
    "called": N_("电话确认"),
    "cancelled": N_("取消"),
    "changed": N_("修改"),
    "closed": N_("关闭"),
    "copied": N_("复制"),
    "default": N_("改为默认"),
    "deleted": N_("删除"),
    "detailed": N_("补上明细"),
    "disabled": N_("停用"),
    "dropped": N_("去掉"),
    "edited": N_("修改"),
    "enabled": N_("启用"),
    "exported": N_("导出"),
    "extended": N_("延长收货时间"),
    "finished": N_("交易成功"),
    "flagged": N_("改旗帜"),
    "forgotten": N_("抹除"),
    "founded": N_("开张"),
    "given": N_("授予"),
    "granted": N_("批准"),
    "imported": N_("导入"),
    "joined": N_("合并"),
    "kept": N_("留存"),
    "laid": N_("建立"),
    "made": N_("建立"),
    "many": N_("过多"),
    "marked": N_("加备注"),
    "memo_seen": N_("确认备注"),
    "moved": N_("变动"),
    "opened": N_("开始"),
    "overwritten": N_("在平台上被改写"),
    "paid": N_("付款"),
    "parted": N_("拆开"),
    "paused": N_("暂停"),
    "placed": N_("下单"),
    "priced": N_("改价"),
    "received": N_("入库"),
    "refunded": N_("退款"),
    "refused": N_("拒绝"),
    "remarked": N_("改备注"),
    "removed": N_("删除"),
    "reopened": N_("重新开店"),
    "resumed": N_("继续"),
    "revealed": N_("查看明文"),
    "saved": N_("保存"),
    "set": N_("设置"),
    "settled": N_("处理完"),
    "shipped": N_("发货"),
    "signed": N_("签收"),
    "tracked": N_("物流更新"),
    "undone": N_("撤销"),
    "unmarked": N_("撤下备注"),
    "updated": N_("更新"),
    "withdrawn": N_("撤回"),
}
WHOLE: dict[str, str] = {
    "order.line_closed": N_("关闭订单行"),
    "order.article_changed": N_("换商品"),
    "order.carrier_changed": N_("换快递"),
    "order.cancel_agreed": N_("同意取消"),
    "order.refund_moved": N_("退款状态变化"),
    "order.deposited": N_("定金已付"),
    "order.shipment_undone": N_("撤销发货"),
    "staff.signed_in": N_("登录"),
    "staff.signed_out": N_("退出登录"),
    "staff.sessions_ended": N_("结束全部会话"),
    "staff.session_ended": N_("结束一个会话"),
    "staff.password_changed": N_("修改密码"),
    "staff.password_reset": N_("重置密码"),
    "staff.two_factor_on": N_("开启两步验证"),
    "staff.two_factor_off": N_("关闭两步验证"),
    "staff.two_factor_reset": N_("重置两步验证"),
    "staff.two_factor_demanded": N_("要求两步验证"),
    "staff.recovery_codes_renewed": N_("更换恢复代码"),
    "reveals.many": N_("查看明文过多"),
}
COLUMNS: dict[str, str] = {
    "name": N_("名称"),
    "value": N_("值"),
    "since": N_("生效日"),
    "reason": N_("原因"),
    "text": N_("内容"),
    "code": N_("代码"),
    "title": N_("标题"),
    "kind": N_("种类"),
    "form": N_("格式"),
    "rows": N_("行数"),
    "filter": N_("筛选"),
    "files": N_("文件数"),
    "new": N_("新增"),
    "changed": N_("更新"),
    "unchanged": N_("未变"),
    "refused": N_("拒绝"),
    "active": N_("启用"),
    "is_active": N_("启用"),
    "default": N_("默认"),
    "closed_at": N_("关店时间"),
    "due_at": N_("到期时间"),
    "platform": N_("平台"),
    "city": N_("城市"),
    "sells": N_("主营"),
    "shop": N_("店铺"),
    "role": N_("角色"),
    "powers": N_("权限"),
    "work_no": N_("工号"),
    "department": N_("部门"),
    "main": N_("主账号"),
    "device": N_("设备"),
    "reveals": N_("查看次数"),
    "minutes": N_("分钟"),
    "on_hand": N_("在库件数"),
    "fee_fen": N_("费用"),
    "price_fen": N_("单价"),
    "carrier": N_("快递"),
    "regions": N_("地区"),
    "fallback_only": N_("只在没有运费表时加收"),
    "ships_from": N_("发货地"),
    "valuation": N_("计费方式"),
    "seller_pays": N_("包邮"),
    "zones": N_("地区行数"),
    "copied from": N_("复制自"),
    "nodes": N_("物流节点"),
    "mapping": N_("列对应关系"),
    "pieces": N_("件数"),
}
"""What columns are called; a room names its own with `name_columns`."""

SOURCES: dict[str, str] = {
    "web": N_("页面"),
    "shopfront": N_("买家页面"),
    "import": N_("导入"),
    "timer": N_("定时"),
    "cli": N_("命令行"),
    "demo": N_("演示"),
    "api": N_("接口"),
    "test": N_("测试"),
}


def name(what: str, label: str) -> None:
    """Name a code of one's own room; the label is a message id."""
    WHOLE[what] = label


def name_columns(labels: Mapping[str, str]) -> None:
    """Name columns of one's own room; the labels are message ids."""
    COLUMNS.update(labels)


def known(what: str) -> bool:
    """Whether a code has a name."""
    noun, _dot, verb = what.partition(".")
    return what in WHOLE or (noun in KINDS and verb in VERBS)


def label_of(what: str) -> str:
    """A code as a person reads it: "order.closed" is 订单 · 关闭. The code itself when nobody named it."""
    if what in WHOLE:
        return _(WHOLE[what])
    noun, _dot, verb = what.partition(".")
    return f"{_(KINDS[noun])} · {_(VERBS[verb])}" if known(what) else what


def kind_of(kind: str) -> str:
    """A kind of thing as a person reads it."""
    return _(KINDS[kind]) if kind in KINDS else kind


def column_of(column: str) -> str:
    """A column as a person reads it; its own name when nobody named it."""
    return _(COLUMNS[column]) if column in COLUMNS else column


def source_of(source: str) -> str:
    """Where an act came from, as a person reads it."""
    return _(SOURCES[source]) if source in SOURCES else source
