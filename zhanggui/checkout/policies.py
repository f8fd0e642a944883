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
        "checkout.same_order_minutes",
        "同样的单多少分钟内再下先问买家（0 不问）",
        "int",
        10,
        "分钟",
        "reliability G2.4: going back after placing opens a fresh form",
        0,
        60,
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
    Policy(
        "checkout.refund_two_from",
        "退款从多少元起要两个人确认",
        "fen",
        50_000,
        "元",
        "reliability G3.3: money goes out under two pairs of eyes",
        0,
        100_000_000,
        section=SECTION,
    ),
    Policy(
        "checkout.stray_two_from",
        "处理待查款从多少元起要两个人确认",
        "fen",
        50_000,
        "元",
        "reliability G2.2, G6.3: money that fits nothing is settled under two pairs of eyes",
        0,
        100_000_000,
        section=SECTION,
    ),
    Policy(
        "checkout.presale_deposit_kept",
        "尾款未付，定金不退",
        "bool",
        True,
        "",
        "docs/laws/money.md: the deposit of a balance that never came",
        section=SECTION,
    ),
)
