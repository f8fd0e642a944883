"""Where orders hang in the menu and the command palette."""

from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.menu import Entry, Found, answer_with, offer
from zhanggui.kit.refusals import Refused
from zhanggui.orders import undoing  # noqa: F401 - registers what can be undone
from zhanggui.orders.queries import filters, pages
from zhanggui.people.powers import Power

_SHOWN = 8

offer(
    Entry("订单", "orders:list", Power.ORDER_SEE, "订单", 10, "g o", "list", words="orders"),
    Entry("发货台", "orders:shipping", Power.ORDER_SHIP, "订单", 12, "g f", "truck", words="ship"),
    Entry("合并发货", "orders:merging", Power.ORDER_SHIP, "订单", 13, "", "merge", words="merge"),
    Entry("待我处理", "orders:approvals", Power.ORDER_SEE, "订单", 14, "g a", "check", words="approve"),
)


def find(actor: Actor, text: str) -> list[Found]:
    """Orders that the typed text names, the newest first. Five statements."""
    if len(text.strip()) < 3 or not actor.can_somewhere(Power.ORDER_SEE):
        return []
    try:
        shops = filters.shops_of(actor)
        wanted = filters.narrowing(actor, {"q": text}, shops=shops)
        found = pages.page(wanted, shops={shop.pk: shop for shop in shops}, size=_SHOWN)
    except Refused:
        return []
    return [
        Found(
            _("订单 %(number)s") % {"number": row.number},
            reverse("orders:order", args=[row.shop_code, row.number]),
            f"{row.shop_name} · {row.state_label} · ¥{row.due}",
        )
        for row in found.rows
    ]


answer_with(find)
