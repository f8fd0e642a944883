"""Opening a job and handing it to the background worker."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhanggui.jobs import tasks
from zhanggui.jobs.models import Job
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import NotNow


@action
def open_job(
    *, by: Actor, kind: str, title: str, order: dict[str, Any], shop_id: int | None = None, total: int = 0
) -> Job:
    """Write a job down; it does not begin before `start` or `run_here`.

    `order`: what is to be done, plain JSON without personal data (keep those rows in your own room).
    `total`: how many rows, 0 while unknown. Three statements.
    """
    job = Job.objects.create(
        kind=kind,
        title=title[:200],
        order=order,
        shop_id=shop_id,
        total=total,
        staff_id=by.staff_id,
        actor=by.name[:80],
    )
    write(
        by=by,
        what="job.opened",
        kind="job",
        object_id=job.pk,
        shop_id=shop_id,
        reason=title[:200],
    )
    tell(job)
    return job


def start(job: Job) -> None:
    """Hand the job to the background worker, in the caller's transaction: it begins after commit.

    Raises NotNow when it has begun already. Two statements.
    """
    with transaction.atomic():
        waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(beat_at=Now())
        if not waiting:
            raise NotNow(_("这个任务已经开始了。"))
        tasks.run.defer(job_id=job.pk)
    tell(job)


def tell(job: Job) -> None:
    """Ring for those who watch the job: its page, its owner's drawer."""
    ring(f"job:{job.pk}", f"job:{job.pk}")
    if job.staff_id:
        ring(f"staff:{job.staff_id}", f"job:{job.pk}")
