"""What a shop may set about buying in our own shops."""

from zhanggui.shops.policies import Policy, declare

SECTION = "下单与支付"

declare(
    Policy(
        "checkout.submit_keep_hours",
        "下单请求的幂等键保留",
        "int",
        72,
        "小时",
        "reliability G2.4: a new order only after 72 hours",
        72,
        24 * 30,
        section=SECTION,
    ),
    Policy(
        "checkout.most_pieces",
        "一件商品一次最多买几件",
        "int",
        999,
        "件",
        "reliability G7: documented limits",
        1,
        99_999,
        section=SECTION,
    ),
)
