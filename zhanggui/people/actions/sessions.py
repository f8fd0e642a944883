"""Ending sessions: one, or all of a person. The live streams hear it on the bell "staff:<id>" as "ended"."""

from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import NotFound
from zhanggui.people.leading import must_lead
from zhanggui.people.models import Staff, Visit


def end_all(staff: Staff) -> None:
    """End every session of a person, within the caller's transaction: raising the epoch makes each of them
    invalid at its next request, on every server. Four statements.
    """
    Staff.objects.filter(pk=staff.pk).update(session_epoch=F("session_epoch") + 1)
    staff.refresh_from_db(fields=["session_epoch"])
    keys = list(Visit.objects.filter(staff=staff).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    Visit.objects.filter(session_key__in=keys).delete()
    ring(f"staff:{staff.pk}", "ended")


@action
def end_visit(*, by: Actor, visit: Visit) -> None:
    """End one session: one's own, or that of somebody one leads."""
    if by.staff_id != visit.staff_id:
        must_lead(by, visit.staff)
    if not Visit.objects.filter(pk=visit.pk).delete()[0]:
        raise NotFound(_("这个会话已经结束了。"))
    Session.objects.filter(session_key=visit.session_key).delete()
    write(by=by, what="staff.session_ended", on=visit.staff, change={"device": [visit.label, None]})
    ring(f"staff:{visit.staff_id}", "ended")


@action
def end_visits(*, by: Actor, staff: Staff) -> None:
    """End all sessions of a person (force log-out)."""
    if by.staff_id != staff.pk:
        must_lead(by, staff)
    end_all(staff)
    write(by=by, what="staff.sessions_ended", on=staff)
