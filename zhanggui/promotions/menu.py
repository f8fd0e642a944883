"""Where offers stand in the menu and the command palette."""

from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.menu import Entry, Notice, notice_with, offer
from zhanggui.people.powers import Power
from zhanggui.promotions.queries import pages

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


def unreadable(actor: Actor) -> list[Notice]:
    """Approved offers that nobody can read and that no price counts. One statement."""
    if not actor.can_somewhere(Power.OFFER_SEE):
        return []
    return [
        Notice(
            _("优惠「%(name)s」的内容读不懂，没有参加计价") % {"name": row.name[:30]},
            reverse("promotions:offer", args=[row.pk]),
            row.unreadable_at,
            "bad",
        )
        for row in pages.unreadable(actor)[:20]
        if row.unreadable_at
    ]


notice_with(unreadable)
