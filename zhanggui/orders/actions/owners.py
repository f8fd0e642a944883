"""Who looks after an order."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.bulk import update_many
from zhanggui.kit.refusals import Invalid, NotFound, Refused
from zhanggui.orders.models import Order
from zhanggui.orders.outcomes import Outcome
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power


@action
def assign_many(*, by: Actor, order_ids: Sequence[int], staff_id: int | None, at: datetime) -> list[Outcome]:
    """Give orders to a person, or (None) to nobody. One outcome per order; half a dozen statements.

    Raises Invalid when the person does not exist or has left. Per order refused without ORDER_ASSIGN in its
    shop, and where the person cannot see the orders of that shop.
    """
    person = None if staff_id is None else Staff.objects.filter(pk=staff_id, is_active=True).first()
    if staff_id is not None and person is None:
        raise Invalid(_("没有这位员工，或账号已停用。"), "staff")
    sees = None if person is None else actor_of(person)
    rows = {
        row[0]: row
        for row in Order.objects.select_for_update(of=("self",))
        .filter(pk__in=sorted(set(order_ids)))
        .order_by("pk")
        .values_list("id", "shop_id", "number", "owner_id", "version")
    }
    outcomes, updates, lines = [], [], []
    for order in dict.fromkeys(order_ids):
        row = rows.get(order)
        if row is None or not by.can(Power.ORDER_SEE, row[1]):
            missing = NotFound(_("没有这个订单。"))
            outcomes.append(Outcome(order, "", "refused", missing.message, missing))
            continue
        _id, shop_id, number, owner_id, version = row
        try:
            by.must(Power.ORDER_ASSIGN, shop_id=shop_id)
            if sees is not None and not sees.can(Power.ORDER_SEE, shop_id):
                raise Invalid(_("这位员工看不到订单 %(number)s 的店铺。") % {"number": number}, "staff")
        except Refused as refusal:
            outcomes.append(Outcome(order, number, "refused", refusal.message, refusal))
            continue
        if owner_id == staff_id:
            outcomes.append(Outcome(order, number, "unchanged"))
            continue
        updates.append((order, staff_id, version + 1, at))
        lines.append(Line("order", order, shop_id, {"owner_id": [owner_id, staff_id]}))
        outcomes.append(Outcome(order, number, "done"))
    update_many(
        Order,
        ("pk", "owner_id", "version", "changed_at"),
        ("bigint", "bigint", "integer", "timestamptz"),
        updates,
    )
    write_many(by=by, what="order.assigned", lines=lines)
    for shop in {line.shop_id for line in lines}:
        ring(f"shop:{shop}", "orders")
    if staff_id is not None and lines:
        ring(f"staff:{staff_id}", "orders")
    return outcomes
