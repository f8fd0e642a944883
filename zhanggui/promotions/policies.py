"""The numbers of this room that a shop may set for itself."""

from zhanggui.shops.policies import Policy, declare

RED, AUCTION, COUPON = "红包", "拍卖", "优惠与券"
RED_PACKETS_MOST = 10
"""S0-12: at most ten red packets in one order; a shop may only go below."""

declare(
    Policy(
        "promotions.red_packet_credit_hours",
        "红包最迟到账",
        "int",
        24,
        "小时",
        "S0-10: within 24 hours",
        1,
        24 * 7,
        section=RED,
    ),
    Policy(
        "promotions.red_packets_per_order",
        "一笔订单最多用几个红包",
        "int",
        RED_PACKETS_MOST,
        "个",
        "S0-12: at most ten stacked",
        1,
        RED_PACKETS_MOST,
        section=RED,
    ),
    Policy(
        "promotions.red_packet_second_person_fen",
        "一批红包的预算超过多少要第二个人批准",
        "fen",
        100_000,
        "分",
        "reliability G6.3: who gives money away does not approve it himself",
        0,
        10**9,
        section=RED,
    ),
    Policy(
        "promotions.campaigns_a_month",
        "30 天里最多开几个促销档期",
        "int",
        8,
        "个",
        "S3-06: control the frequency; the seeds give no figure",
        1,
        31,
        section=COUPON,
    ),
    Policy(
        "promotions.coupon_back_after_refund",
        "退款后退回优惠券",
        "choice",
        "whole",
        "",
        "reliability B2.4: by written policy (docs/laws/offers.md)",
        choices=(("whole", "整单退款且券未过期时退回"), ("never", "不退回")),
        section=COUPON,
    ),
    Policy(
        "promotions.auction_pay_hours",
        "拍下后最迟付款",
        "int",
        72,
        "小时",
        "S3-13; the seeds give no figure",
        1,
        24 * 14,
        section=AUCTION,
    ),
)
