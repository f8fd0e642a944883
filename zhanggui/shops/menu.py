"""What this room hangs into the menu."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "店铺与设置",
        "shops:shops",
        Power.SHOP_SEE,
        section="管理",
        order=800,
        icon="shop",
        words="设置 平台 集市 商城",
    ),
    Entry("新建店铺", "shops:new", Power.SHOP_EDIT, section="", order=801, icon="plus"),
)
