"""What a shop may set about its window."""

from zhanggui.shops.policies import Policy, clock_time, declare

WINDOW = "橱窗"

declare(
    Policy(
        "storefront.low_stock",
        "库存紧张：可卖数不超过",
        "int",
        5,
        "件",
        "S0-55: marks for sold out and short of stock",
        0,
        1000,
        section=WINDOW,
    ),
    Policy(
        "storefront.cutoff",
        "当天发货的付款截止时间",
        "text",
        "16:00",
        "",
        "screens S2: paid before 16:00 leaves today; empty: nothing is promised",
        section=WINDOW,
        check=clock_time,
    ),
)
