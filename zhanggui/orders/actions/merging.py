"""Several orders of one household in one parcel: accepting an offered grouping, and parting it again.

The group is what printing and `ship_together` use. That its orders really share a receiver is checked
here under their locks, and again when they ship.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.orders.changes import open_for
from zhanggui.orders.events import OrdersGrouped
from zhanggui.orders.models import Order, Receiver, Together, TogetherOrder
from zhanggui.orders.states import Call, Refund, State
from zhanggui.people.powers import Power

MOST = 20


@action
def accept(*, by: Actor, order_ids: Sequence[int], at: datetime) -> Together:
    """Let these orders leave in one parcel.

    Two to twenty paid, unshipped orders of one shop with the same name, phone and address, none with an
    open refund, an unanswered COD call or an open change, none in another group. Raises NotFound, NotAllowed without ORDER_SHIP,
    Invalid, NotNow. A dozen statements.
    """
    ids = sorted(set(order_ids))
    if not 2 <= len(ids) <= MOST:
        raise Invalid(_("请选择 2 到 %(most)s 个订单合并。") % {"most": MOST}, "order_ids")
    orders = _lock(by, ids)
    shops = {order.shop_id for order in orders}
    if len(shops) > 1:
        raise Invalid(_("不同店铺的订单不能合并发货。"), "order_ids")
    for order in orders:
        why = _hindrance(order)
        if why:
            raise NotNow(_("订单 %(number)s %(why)s，不能合并。") % {"number": order.number, "why": why})
    if waiting := open_for(ids):
        number = next(order.number for order in orders if order.pk in waiting)
        raise NotNow(_("订单 %(number)s 有修改申请在等处理，不能合并。") % {"number": number})
    households = list(Receiver.objects.filter(order_id__in=ids).values_list("household", flat=True))
    kinds = {bytes(one) if one is not None else None for one in households}
    if len(households) < len(ids) or len(kinds) > 1 or None in kinds:
        raise Invalid(_("收件人的姓名、电话、地址须完全相同才能合并。"), "order_ids")
    if TogetherOrder.objects.filter(order_id__in=ids).exists():
        raise NotNow(_("其中有订单已经合并过了，请先拆开。"))
    group = Together.objects.create(shop_id=shops.pop(), made_at=at, staff_id=by.staff_id, actor=by.name[:80])
    TogetherOrder.objects.bulk_create(TogetherOrder(order_id=pk, group=group) for pk in ids)
    _tell(by, "order.joined", dict.fromkeys(orders, (None, group.pk)), at)
    return group


@action
def part(*, by: Actor, order_ids: Sequence[int], at: datetime) -> int:
    """Take orders out of their groups; gives how many were in one. A group of one is no group and goes too.

    Raises NotFound, NotAllowed without ORDER_SHIP. Half a dozen statements.
    """
    asked = sorted(set(order_ids))
    groups = list(
        TogetherOrder.objects.filter(order_id__in=asked).values_list("group_id", flat=True).distinct()
    )
    # all members are locked, not only those asked for: two who part one group must not both leave one behind
    members = dict(TogetherOrder.objects.filter(group_id__in=groups).values_list("order_id", "group_id"))
    orders = {order.pk: order for order in _lock(by, sorted(set(asked) | set(members)))}
    members = dict(
        TogetherOrder.objects.filter(order_id__in=list(orders)).values_list("order_id", "group_id")
    )
    leaving = {pk for pk in asked if pk in members}
    for group in set(members.values()):
        left = [pk for pk, own in members.items() if own == group and pk not in leaving]
        if len(left) == 1:
            leaving.add(left[0])
    if leaving:
        TogetherOrder.objects.filter(order_id__in=sorted(leaving)).delete()
        Together.objects.filter(pk__in=groups, members__isnull=True).delete()
        _tell(by, "order.parted", {orders[pk]: (members[pk], None) for pk in sorted(leaving)}, at)
    return len([pk for pk in asked if pk in members])


def _lock(by: Actor, ids: Sequence[int]) -> list[Order]:
    rows = Order.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    orders = list(rows.defer("words", "told", "extra"))
    if len(orders) < len(ids) or not all(by.can(Power.ORDER_SEE, order.shop_id) for order in orders):
        raise NotFound(_("没有这个订单。"))
    for shop in {order.shop_id for order in orders}:
        by.must(Power.ORDER_SHIP, shop_id=shop)
    return orders


def _hindrance(order: Order) -> str:
    if order.state != State.PAID:
        return _("现在是「%(state)s」") % {"state": _(str(order.get_state_display()))}
    if order.refund == Refund.OPEN:
        return _("正在退款")
    if "locked" in order.troubles:
        return _("被平台锁定")
    if order.cod and order.cod_call != Call.AGREED:
        return _("还没有电话确认")
    return ""


def _tell(by: Actor, what: str, groups: dict[Order, tuple[int | None, int | None]], at: datetime) -> None:
    Order.objects.filter(pk__in=[order.pk for order in groups]).update(
        version=F("version") + 1, changed_at=at
    )
    write_many(
        by=by,
        what=what,
        lines=[
            Line("order", order.pk, order.shop_id, {"together": [before, after]})
            for order, (before, after) in groups.items()
        ],
    )
    by_shop: dict[int, list[int]] = {}
    for order in groups:
        by_shop.setdefault(order.shop_id, []).append(order.pk)
        ring(f"shop:{order.shop_id}", f"order:{order.number}")
    announce(*(OrdersGrouped(shop, tuple(ids)) for shop, ids in by_shop.items()))
