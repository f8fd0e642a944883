"""Where stock stands in the menu."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "库存与配额",
        "stock:shelves",
        Power.STOCK_SEE,
        "商品与橱窗",
        325,
        icon="box",
        words="安全库存 可售 分配 stock",
    ),
)
