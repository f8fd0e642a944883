"""Where stock stands in the menu."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "库存与配额",
        "stock:shelves",
        Power.STOCK_SEE,
        "商品与库存",
        460,
        icon="box",
        words="安全库存 可售 分配 stock",
    ),
)
