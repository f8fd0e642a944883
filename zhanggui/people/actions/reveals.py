"""Personal data in clear: one record at a time, with a reason, a daily cap and a daybook line (G8.6)."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_begins, day_of, days
from zhanggui.kit.refusals import Invalid, NotAllowed
from zhanggui.people import rules
from zhanggui.people.events import ManyReveals
from zhanggui.people.models import Grant, Reveal, Staff
from zhanggui.people.powers import Power
from zhanggui.people.rules import TooMany


@action
def reveal(*, by: Actor, kind: str, object_id: int, shop_id: int, reason: str, at: datetime) -> Reveal:
    """Note that a person is about to see one record in clear; the caller opens it afterwards.

    `kind`: what the record is ("order", "receiver"). Raises NotAllowed without RECEIVER_REVEAL in the shop or
    for anything that is not a person, Invalid without a reason, TooMany over the day's cap: the largest of
    the person's roles that allow it there. The person's row is locked, so the cap holds for tries at the same
    instant. Ten statements at most.
    """
    by.must(Power.RECEIVER_REVEAL, shop_id=shop_id)
    reason = " ".join(reason.split())[:200]
    if len(reason) < 2:
        raise Invalid(_("请写明查看原因。"), "reason")
    if by.staff_id is None:
        raise NotAllowed(_("只有员工本人可以查看明文。"))
    staff = Staff.objects.select_for_update(no_key=True).get(pk=by.staff_id)
    cap = cap_of(staff, shop_id)
    begins = day_begins(day_of(at))
    mine = Reveal.objects.filter(staff=staff)
    if mine.filter(at__gte=begins).count() >= cap:
        wait = int((begins + days(1) - at).total_seconds())
        raise TooMany(_("您今天查看明文已达 %(cap)s 次，明天再看，或请主管调高上限。") % {"cap": cap}, wait)
    row = Reveal.objects.create(
        staff=staff, kind=kind, object_id=object_id, shop_id=shop_id, reason=reason, at=at
    )
    write(by=by, what=f"{kind}.revealed", kind=kind, object_id=object_id, shop_id=shop_id, reason=reason)
    _alarm(by, staff, row, at)
    return row


def cap_of(staff: Staff, shop_id: int) -> int:
    """How many records the person may reveal in a day. One statement."""
    rows = Grant.objects.filter(staff=staff).values_list(
        "shop_id", "role__powers", "role__is_owner", "role__reveals_a_day"
    )
    return max(
        (
            most
            for where, powers, is_owner, most in rows
            if where in (None, shop_id) and (is_owner or Power.RECEIVER_REVEAL in powers)
        ),
        default=0,
    )


def _alarm(by: Actor, staff: Staff, row: Reveal, at: datetime) -> None:
    lately = Reveal.objects.filter(staff=staff, at__gt=at - rules.REVEAL_WINDOW)
    many = lately.count()
    if many < rules.REVEALS_IN_A_ROW or lately.filter(alarmed=True).exists():
        return
    Reveal.objects.filter(pk=row.pk).update(alarmed=True)
    minutes = int(rules.REVEAL_WINDOW.total_seconds() // 60)
    write(by=by, what="reveals.many", on=staff, change={"reveals": [None, many], "minutes": [None, minutes]})
    announce(ManyReveals(staff.pk, many, minutes))
    ring("alarms", f"reveals:{staff.pk}")
