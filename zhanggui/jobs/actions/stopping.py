"""Cancelling, pausing, going on, undoing: what a job's owner asks for while it runs or afterwards."""

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhanggui.jobs.actions.opening import open_job, start, tell
from zhanggui.jobs.models import Job
from zhanggui.jobs.registry import UNDO, undoer_of
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotNow

_State = Job.State


@action
def cancel(*, by: Actor, job: Job) -> None:
    """Ask a job to end. One that runs ends at its next tick, another one at once.

    What is done stays done. Raises NotNow when it is over.
    """
    rows = Job.objects.filter(pk=job.pk)
    idle = rows.filter(state__in=[_State.WAITING, _State.PAUSED])
    if not (
        idle.update(state=_State.CANCELLED, cancel_asked=True, ended_at=Now())
        or rows.filter(state=_State.RUNNING).update(cancel_asked=True)
    ):
        raise NotNow(_("这个任务已经结束。"))
    write(by=by, what="job.cancelled", kind="job", object_id=job.pk, shop_id=job.shop_id)
    tell(job)


@action
def pause(*, by: Actor, job: Job) -> None:
    """Ask a running job to stop at its next tick until `go_on`. Raises NotNow when it does not run."""
    if not Job.objects.filter(pk=job.pk, state=_State.RUNNING).update(pause_asked=True):
        raise NotNow(_("只有进行中的任务可以暂停。"))
    write(by=by, what="job.paused", kind="job", object_id=job.pk, shop_id=job.shop_id)
    tell(job)


@action
def go_on(*, by: Actor, job: Job) -> None:
    """Let a paused, cancelled or failed job go on where it stopped. Raises NotNow otherwise."""
    stopped = [_State.PAUSED, _State.CANCELLED, _State.FAILED]
    won = Job.objects.filter(pk=job.pk, state__in=stopped, undone_at__isnull=True).update(
        state=_State.WAITING, cancel_asked=False, pause_asked=False, ended_at=None, trouble=""
    )
    if not won:
        raise NotNow(_("这个任务不在暂停中。"))
    start(job)
    write(by=by, what="job.resumed", kind="job", object_id=job.pk, shop_id=job.shop_id)


@action
def undo(*, by: Actor, job: Job) -> Job:
    """Open and start a job that puts back what this one changed; gives it.

    Raises NotNow when the kind cannot be undone, the time for it is over, or it was undone before.
    """
    if undoer_of(job.kind) is None:
        raise NotNow(_("这种任务不能撤销。"))
    won = Job.objects.filter(pk=job.pk, undone_at__isnull=True, undo_until__gte=Now()).update(undone_at=Now())
    if not won:
        raise NotNow(_("撤销的时间已过，或者已经撤销过了。"))
    back = open_job(
        by=by,
        kind=UNDO,
        title=_("撤销：%(title)s") % {"title": job.title},
        order={"job": job.pk},
        shop_id=job.shop_id,
        total=job.done,
    )
    start(back)
    return back
