"""What this room hangs into the menu of the back office."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "店铺装修",
        "storefront:decorations",
        Power.SHOPFRONT_EDIT,
        section="商品与橱窗",
        order=330,
        icon="picture",
        words="首页 公告 海报 横幅 店招 图片空间 装修 预热",
    ),
    Entry(
        "缺货登记",
        "storefront:wanted",
        Power.CATALOG_SEE,
        section="商品与橱窗",
        order=327,
        icon="bell",
        words="到货通知 缺货 补货 waits",
    ),
)
