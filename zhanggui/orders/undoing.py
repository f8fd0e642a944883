"""Taking one's own last acts on marks and owners back: from the toast, and from the list of one's last acts.

The daybook line itself says what to put back: the ids of the marks before and after, the owner before and after.
"""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry
from zhanggui.journal.undoing import offers_undo
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.orders.actions.marks import undo_many
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.marks import ADOPTED
from zhanggui.orders.models import Mark, Order
from zhanggui.orders.outcomes import only

WITHIN = timedelta(hours=1)
MARKED = ("order.marked", "order.flagged", "order.unmarked")
ASSIGNED = "order.assigned"


def _address(entry: Entry) -> str:
    return reverse("orders:undoing", args=[entry.pk])


for _what in (*MARKED, ASSIGNED):
    offers_undo(_what)(_address)


def undo_address(by: Actor, order: Order) -> str:
    """Where the person's newest act on the order can be undone; "" when it cannot. One statement."""
    mine = Entry.objects.filter(kind="order", object_id=order.pk, staff_id=by.staff_id or 0)
    entry = mine.order_by("-id").first()
    return _address(entry) if entry is not None and entry.what in (*MARKED, ASSIGNED) else ""


def take_back(*, by: Actor, entry_id: int, at: datetime) -> Order:
    """Undo one's own act of the last hour; gives its order. Raises NotFound, NotNow, NotAllowed."""
    entry = Entry.objects.filter(pk=entry_id, kind="order", staff_id=by.staff_id or 0).first()
    order = Order.objects.filter(pk=entry.object_id or 0).select_related("shop").first() if entry else None
    if entry is None or order is None or entry.what not in (*MARKED, ASSIGNED):
        raise NotFound(_("没有可撤销的操作"))
    if at - entry.at > WITHIN:
        raise NotNow(_("这个操作已经过了可以撤销的时间。"))
    if entry.what == ASSIGNED:
        before, after = entry.change["owner_id"]
        if order.owner_id != after:
            raise NotNow(_("之后又有人改派了，没有撤销。"))
        only(assign_many(by=by, order_ids=[order.pk], staff_id=before, at=at))
        return order
    before, after = (set(ids or ()) for ids in entry.change.get("marks", ((), ())))
    # never what came from outside: the seller's memo is not the person's to take away
    put = Mark.objects.filter(order_id=order.pk, pk__in=after - before).exclude(template__in=ADOPTED)
    undo = {"put": sorted(put.values_list("pk", flat=True)), "off": sorted(before - after)}
    if outcomes := undo_many(by=by, undo=undo, at=at).outcomes:
        only(outcomes)
    return order
