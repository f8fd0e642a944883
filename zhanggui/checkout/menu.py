"""Where payments stand in the menu."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "支付记录",
        "checkout:payments",
        Power.PAYMENT_SEE,
        "资金",
        600,
        icon="money",
        words="收款 退款 来款 payments",
    ),
)
