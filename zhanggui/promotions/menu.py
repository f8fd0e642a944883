"""Where offers stand in the menu and the command palette."""

from zhanggui.kit.menu import Entry, offer
from zhanggui.people.powers import Power

offer(
    Entry(
        "优惠与活动",
        "promotions:offers",
        Power.OFFER_SEE,
        "促销",
        400,
        icon="tag",
        words="满减 优惠券 限时折扣 买一赠一 套餐 包邮",
    ),
    Entry(
        "优惠日历",
        "promotions:calendar",
        Power.OFFER_SEE,
        "促销",
        410,
        icon="calendar",
        words="活动日历 排期",
    ),
    Entry(
        "优惠模拟器",
        "promotions:simulator",
        Power.OFFER_SEE,
        "促销",
        420,
        icon="scale",
        words="试算 最低价 叠加",
    ),
    Entry(
        "冲突检查", "promotions:conflicts", Power.OFFER_SEE, "促销", 430, icon="alert", words="优惠冲突 底价"
    ),
    Entry("新建一个优惠", "promotions:new", Power.OFFER_EDIT, "", 440, icon="plus", words="建活动"),
)
