"""Where orders hang in the menu and the command palette."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry("订单", "orders:list", Power.ORDER_SEE, "订单", 10, "g o", "list", words="dingdan orders"),
    Entry("发货台", "orders:shipping", Power.ORDER_SHIP, "订单", 12, "g f", "truck", words="fahuo ship"),
    Entry("合并发货", "orders:merging", Power.ORDER_SHIP, "订单", 13, "", "merge", words="hebing merge"),
    Entry("待我处理", "orders:approvals", Power.CHANGE_DECIDE, "订单", 14, "g a", "check", words="approve"),
)
