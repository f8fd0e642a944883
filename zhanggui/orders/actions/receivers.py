"""Looking at a receiver in the clear, and changing where an order goes."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

from django.db.models import F, Func, IntegerField, Q
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.orders.actions.addressing import mark_address, refuse_late, write_receiver
from zhanggui.orders.actions.changes import ask
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.batch import Batch
from zhanggui.orders.models import Change, Order, Receiver
from zhanggui.orders.receiving import check
from zhanggui.orders.sealing import SECRET, is_empty, kept_trace, open_receiver, seal_receiver
from zhanggui.orders.stage import DIRECT, Stage, stage_of
from zhanggui.orders.states import State
from zhanggui.people.actions import reveals
from zhanggui.people.powers import Power
from zhanggui.shops.models import Setting, Shop
from zhanggui.shops.policies import policy

KEEP_DAYS = "orders.receiver_keep_days"


@action
def reveal(*, by: Actor, order: Order, reason: str, at: datetime) -> ArrivingReceiver:
    """Show one receiver in the clear, with a reason, counted and capped (G8.6).

    Raises NotFound, NotAllowed without RECEIVER_REVEAL, NotNow for a closed order, Invalid without a
    reason, and what `reveals.reveal` says over the day's cap. A dozen statements.
    """
    _must_see(by, order)
    by.must(Power.RECEIVER_REVEAL, shop_id=order.shop_id)
    state = Order.objects.values_list("state", flat=True).get(pk=order.pk)
    if state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED):
        raise NotNow(_("订单已关闭，不能再查看收件人明文。"))
    row = Receiver.objects.filter(order_id=order.pk).first()
    if row is None:
        raise NotFound(_("这个订单没有收件人。"))
    clear = open_receiver(row)
    if is_empty(clear):
        raise NotNow(_("收件人已按保存期限清除，或平台没有提供。"))
    reveals.reveal(by=by, kind="order", object_id=order.pk, shop_id=order.shop_id, reason=reason, at=at)
    return clear


@action
def edit(
    *,
    by: Actor,
    order: Order,
    receiver: ArrivingReceiver,
    at: datetime,
    reason: str = "",
    version: int | None = None,
) -> Change | None:
    """Change the receiver: at once (gives None), or as a request where stage or power demand it (gives it).

    C2, S1-18, S4-11, S4-14. Unpaid: ORDER_RECEIVER_EDIT. Paid and not printed: ORDER_RECEIVER_EDIT_PAID does it at once and puts
    the red mark with the handbook's words; others ask. Printed or packed: everybody asks. Shipped or ended:
    NotNow. `version`: what the form was made from; a stale one is NotNow. Raises Invalid with the broken
    limit named. About forty statements.
    """
    _must_see(by, order)
    clean = check(receiver)
    batch = Batch([order.pk])
    row = batch.order(order.pk)
    if version is not None and version != row.version:
        raise NotNow(_("订单 %(number)s 刚刚被别人改动了，请刷新后再试。") % {"number": row.number})
    stage = stage_of(row)
    refuse_late(row, stage)
    if stage == Stage.UNPAID:
        by.must(Power.ORDER_RECEIVER_EDIT, shop_id=row.shop_id)
    elif stage not in DIRECT or not by.can(Power.ORDER_RECEIVER_EDIT_PAID, row.shop_id):
        return ask(by=by, order=row, kind="receiver", wanted=asdict(clean), reason=reason, at=at)
    write_receiver(by=by, batch=batch, order=row, receiver=clean, reason=reason, at=at)
    if stage != Stage.UNPAID:
        mark_address(by=by, order=row, receiver=clean, at=at)
    order.refresh_from_db(fields=["version", "region", "flag", "memo"])
    return None


@action
def forget_old(*, by: Actor, at: datetime, most: int = 500) -> int:
    """Forget receivers of orders that ended longer ago than the shop keeps them; gives how many.

    What is sealed and the traces go; masks and the region stay. Called by the worker until it gives 0.
    Eight statements however many.
    """
    left = len(bytes(seal_receiver(ArrivingReceiver()).sealed))
    keep = _keep_days(at)
    late = Q(pk__in=[])
    for shop, days in keep.items():
        late |= Q(order__shop_id=shop, order__ended_at__lt=at - timedelta(days=days))
    rows = list(
        Receiver.objects.filter(late)
        .annotate(size=Func(F("sealed"), function="octet_length", output_field=IntegerField()))
        .filter(size__gt=left)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")[:most]
    )
    shops = dict(Order.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "shop_id"))
    lines = []
    for row in rows:
        bare = replace(open_receiver(row), **dict.fromkeys(SECRET, ""))
        row.sealed = seal_receiver(bare).sealed
        row.phone_trace = row.tail_trace = row.household = None
        lines.append(Line("order", row.pk, shops[row.pk], {"receiver": [None, kept_trace(bare)]}))
    Receiver.objects.bulk_update(rows, ["sealed", "phone_trace", "tail_trace", "household"])
    write_many(by=by, what="receiver.forgotten", lines=lines)
    return len(rows)


def _keep_days(at: datetime) -> dict[int, int]:
    keep = dict.fromkeys(Shop.objects.values_list("pk", flat=True), int(policy(KEEP_DAYS).of_nobody()))
    rows = Setting.objects.filter(name=KEEP_DAYS, since__lte=day_of(at)).order_by("since", "set_at")
    keep.update((row.shop_id, int(row.value)) for row in rows)
    return keep


def _must_see(by: Actor, order: Order) -> None:
    if not by.can(Power.ORDER_SEE, order.shop_id):
        raise NotFound(_("没有这个订单。"))
