"""Running a job: one run at a time holds it, says that it lives, and saves how far it came."""

import logging
import secrets
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from zhanggui.jobs import tasks
from zhanggui.jobs.actions.opening import tell
from zhanggui.jobs.models import Job, Outcome
from zhanggui.jobs.registry import UNDO, UNDO_WITHIN, runner, runner_of, undoer_of
from zhanggui.kit.refusals import NotNow, Refused

log = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
"""How often a run says that it lives, however long one piece of its work takes."""
DEAD_AFTER = timedelta(seconds=20)
"""A run that said nothing for so long is dead: with a sweep every few seconds its job goes on within 30 s (A5)."""
QUEUED_TOO_LONG = timedelta(seconds=60)


class Stopped(Exception):
    """Raised out of `tick` to end the run. The transaction it is raised in rolls back."""


class Cancelled(Stopped):
    """Somebody cancelled the job."""


class Paused(Stopped):
    """Somebody paused the job."""


class Lost(Stopped):
    """Another run holds the job now: this one was taken for dead and must not write any more."""


@dataclass(slots=True)
class Beat:
    """The run's hand on its job."""

    job: Job
    claim: uuid.UUID

    def tick(
        self,
        *,
        done: int | None = None,
        failed: int | None = None,
        place: int | None = None,
        counts: Mapping[str, Any] | None = None,
        total: int | None = None,
    ) -> None:
        """Save the progress (whole numbers so far, not differences; None leaves a value) and ring `job:<id>`.

        Call it in the transaction of the piece of work it tells of: the row's guard then makes sure that no
        two runs ever both commit the same piece. Raises Cancelled, Paused or Lost. One statement.
        """
        told = {"done": done, "failed": failed, "place": place, "counts": counts, "total": total}
        values = {name: value for name, value in told.items() if value is not None}
        sets = "".join(f", {name} = %s" for name in values)  # our own column names
        given: list[Any] = [Jsonb(value) if name == "counts" else value for name, value in values.items()]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE jobs_job SET beat_at = clock_timestamp(){sets} WHERE id = %s AND claim = %s "  # noqa: S608
                "AND state = 'running' RETURNING cancel_asked, pause_asked",
                [*given, self.job.pk, self.claim],
            )
            asked = cursor.fetchone()
        if asked is None:
            raise Lost(f"job {self.job.pk} is in other hands")
        for name, value in values.items():
            setattr(self.job, name, value)
        tell(self.job)
        if asked[0]:
            raise Cancelled(f"job {self.job.pk} was cancelled")
        if asked[1]:
            raise Paused(f"job {self.job.pk} was paused")


def record_outcomes(job: Job, rows: Iterable[Outcome]) -> int:
    """Write what came of rows; a row written before stays as it was. Gives how many were new. One statement.

    `rows`: unsaved Outcome(row=…, label=…, result=…, message=…, before=…); the job is filled in.
    """
    ready = [
        (row.row, row.label[:80], row.result, row.message, None if row.before is None else Jsonb(row.before))
        for row in rows
    ]
    if not ready:
        return 0
    columns = [list(column) for column in zip(*ready, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO jobs_outcome (job_id, "row", label, result, message, before) '
            "SELECT %s, v.* FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::jsonb[]) v "
            'ON CONFLICT (job_id, "row") DO NOTHING',
            [job.pk, *columns],
        )
        return int(cursor.rowcount)


def run_here(job: Job) -> Job:
    """Run the job in this process until it ends (command line, tests); gives it as it then stands.

    Raises NotNow when another run has it or it is over. A failure does not raise: it stands in the job.
    """
    if not run_claimed(job.pk):
        raise NotNow(_("这个任务正在进行或已经结束。"))
    return Job.objects.get(pk=job.pk)


def run_claimed(job_id: int) -> bool:
    """Claim the job and run it to its end; gives whether it could be claimed. Never two runs at once."""
    claim = uuid.uuid4()
    won = Job.objects.filter(pk=job_id, state=Job.State.WAITING).update(
        state=Job.State.RUNNING,
        claim=claim,
        beat_at=Now(),
        began_at=Coalesce("began_at", Now()),
        pause_asked=False,
        trouble="",
    )
    if not won:
        return False
    job = Job.objects.get(pk=job_id)
    tell(job)
    with _Living(job.pk, claim):
        _work(job, Beat(job, claim))
    return True


def _work(job: Job, beat: Beat) -> None:
    function = runner_of(job.kind)
    try:
        if function is None:
            _end(beat, Job.State.FAILED, trouble=_("没有谁会做这种任务：%(kind)s") % {"kind": job.kind})
            return
        function(job, beat)
    except Lost:
        log.warning("job %s went into other hands; this run ends", job.pk)
    except Cancelled:
        _end(beat, Job.State.CANCELLED)
    except Paused:
        _end(beat, Job.State.PAUSED)
    except Refused as refusal:
        _end(beat, Job.State.FAILED, trouble=refusal.message)
    except Exception as trouble:
        if isinstance(trouble, DatabaseError) and not connection.is_usable():
            log.exception("job %s lost its database; the sweeper lets it go on", job.pk)
            connection.close()
            return
        number = secrets.token_hex(4)
        log.exception("job %s failed, error number %s", job.pk, number)
        _end(beat, Job.State.FAILED, trouble=_("出错了，错误编号 %(number)s") % {"number": number})
    else:
        _end(beat, Job.State.DONE)


def _end(beat: Beat, state: str, *, trouble: str = "") -> None:
    also: dict[str, Any] = {} if state == Job.State.PAUSED else {"ended_at": Now()}
    if state in (Job.State.DONE, Job.State.CANCELLED) and undoer_of(beat.job.kind):
        also["undo_until"] = Now() + UNDO_WITHIN
    held = Job.objects.filter(pk=beat.job.pk, claim=beat.claim, state=Job.State.RUNNING)
    if held.update(state=state, trouble=trouble, claim=None, **also):
        tell(beat.job)


class _Living:
    """Says every few seconds, from a thread and connection of its own, that the run lives."""

    def __init__(self, job_id: int, claim: uuid.UUID) -> None:
        self.job_id, self.claim = job_id, claim
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"job-{job_id}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *trouble: object) -> None:
        self.over.set()
        self.thread.join(timeout=BEAT_SECONDS)

    def _run(self) -> None:
        try:
            while not self.over.wait(BEAT_SECONDS):
                try:
                    with (
                        connection.cursor() as cursor
                    ):  # never waits for the piece of work that holds the row
                        cursor.execute(
                            "UPDATE jobs_job SET beat_at = clock_timestamp() WHERE id IN (SELECT id FROM jobs_job "
                            "WHERE id = %s AND claim = %s FOR UPDATE SKIP LOCKED)",
                            [self.job_id, self.claim],
                        )
                except DatabaseError:
                    log.warning("job %s could not say that it lives", self.job_id, exc_info=True)
                    connection.close()
        finally:
            connection.close()


def requeue_dead(older_than: timedelta = DEAD_AFTER) -> int:
    """Let jobs go on whose run was killed, or that waited too long in a queue which may have lost them.

    Called by the worker every few seconds and when it starts; gives how many. Each job goes on at its
    `place`. Two statements and one for each job found.
    """
    with transaction.atomic():
        dead = Q(state=Job.State.RUNNING, beat_at__lt=Now() - older_than)
        forgotten = Q(state=Job.State.WAITING, beat_at__lt=Now() - max(QUEUED_TOO_LONG, older_than))
        found = list(
            Job.objects.select_for_update(skip_locked=True).filter(dead | forgotten).order_by("pk")[:100]
        )
        for job in found:
            if job.state == Job.State.RUNNING:
                log.warning("job %s was left by a run that died; it goes on at %s", job.pk, job.place)
        Job.objects.filter(pk__in=[job.pk for job in found]).update(
            state=Job.State.WAITING, claim=None, beat_at=Now()
        )
        for job in found:
            tasks.run.defer(job_id=job.pk)
            tell(job)
    return len(found)


@runner(UNDO)
def _undo(job: Job, beat: Beat) -> None:
    undone = Job.objects.get(pk=job.order["job"])
    function = undoer_of(undone.kind)
    if function is None:
        raise NotNow(_("这种任务不能撤销。"))
    function(undone, beat)
    Job.objects.filter(pk=undone.pk).update(undone_at=Coalesce(F("undone_at"), Now()))
