"""Where orders hang in the menu and the command palette."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.menu import Entry, Found, Notice, answer_with, notice_with, offer
from zhanggui.kit.refusals import Refused
from zhanggui.orders import undoing  # noqa: F401 - registers what can be undone
from zhanggui.orders.models import Change, Concession
from zhanggui.orders.queries import filters, pages
from zhanggui.people.powers import Power

_SHOWN = 8
_NEWS = timedelta(days=7)

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


def decided(actor: Actor) -> list[Notice]:
    """What was decided lately on one's own requests, the newest first. Two statements."""
    if actor.staff_id is None:
        return []
    own = {"staff_id": actor.staff_id, "decided_at__gte": now() - _NEWS}
    changes = Change.objects.filter(state__in=[Change.State.AGREED, Change.State.REFUSED], **own)
    concessions = Concession.objects.filter(
        state__in=[Concession.State.GRANTED, Concession.State.REFUSED], decider_id__isnull=False, **own
    ).exclude(decider_id=actor.staff_id)
    found = []
    for row in [*_latest(changes), *_latest(concessions)]:
        refused = row.state == "refused"
        if isinstance(row, Change):
            said, answer = _("%(who)s拒绝了订单 %(number)s 的修改申请"), row.answer
            if not refused:
                said = _("%(who)s同意了订单 %(number)s 的修改申请")
        else:
            said, answer = _("%(who)s拒绝了订单 %(number)s 的让价申请"), ""
            if not refused:
                said = _("%(who)s批准了订单 %(number)s 的让价申请")
        text = said % {"who": row.decider, "number": row.order.number}
        found.append(
            Notice(
                _("%(said)s：%(answer)s") % {"said": text, "answer": answer} if answer else text,
                reverse("orders:order", args=[row.order.shop.code, row.order.number]),
                row.decided_at or row.asked_at,
                "warn" if refused else "",
            )
        )
    return found


def _latest(rows: Any) -> list[Any]:
    return list(rows.select_related("order__shop").defer("order__words").order_by("-decided_at")[:_SHOWN])


answer_with(find)
notice_with(decided)
