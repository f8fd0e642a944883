"""A job runs once, saves how far it came, stops when asked, and goes on where it stopped."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from tests.cast import HOUSE
from zhanggui.jobs.actions import (
    cancel,
    go_on,
    open_job,
    pause,
    record_outcomes,
    requeue_dead,
    run_here,
    runner,
    start,
    undo,
    undoer,
)
from zhanggui.jobs.actions.running import run_claimed
from zhanggui.jobs.models import Job, Outcome
from zhanggui.journal.models import Entry
from zhanggui.kit.refusals import NotNow

pytestmark = pytest.mark.django_db
seen: list[int] = []
meanwhile: list = []


@pytest.fixture(autouse=True)
def _fresh():
    seen.clear()
    meanwhile.clear()


@runner("tests.count")
def count(job, beat):
    for row in range(job.place + 1, job.total + 1):
        with transaction.atomic():
            seen.append(row)
            record_outcomes(job, [Outcome(row=row, label=f"row {row}", result="done", before={"row": row})])
            beat.tick(done=row, place=row, counts={"done": row})
        if meanwhile and row == 2:
            meanwhile.pop()(job)


@undoer("tests.count")
def uncount(job, beat):
    for outcome in job.outcomes.order_by("-row"):
        seen.remove(outcome.before["row"])
        beat.tick(done=beat.job.done + 1)


def opened(total: int = 5) -> Job:
    return open_job(by=HOUSE, kind="tests.count", title="数一数", order={}, total=total)


def test_runs_to_its_end_and_can_be_undone():
    job = run_here(opened())
    assert (job.state, job.done, job.place, job.counts) == ("done", 5, 5, {"done": 5})
    assert job.undo_until is not None
    assert job.outcomes.count() == 5
    back = undo(by=HOUSE, job=job)
    assert seen == [1, 2, 3, 4, 5]
    run_here(back)
    assert seen == []
    with pytest.raises(NotNow):
        undo(by=HOUSE, job=job)


def test_a_job_that_is_over_does_not_run_again():
    job = run_here(opened())
    with pytest.raises(NotNow):
        run_here(job)
    assert seen == [1, 2, 3, 4, 5]


def test_cancel_ends_it_at_the_next_tick_and_keeps_what_is_done():
    job = opened()
    meanwhile.append(lambda job: cancel(by=HOUSE, job=job))
    job = run_here(job)
    assert (job.state, job.done, job.place) == ("cancelled", 2, 2)
    assert job.outcomes.count() == 2  # the third row's transaction rolled back
    with pytest.raises(NotNow):
        cancel(by=HOUSE, job=job)


def test_paused_goes_on_at_the_next_row():
    meanwhile.append(lambda job: pause(by=HOUSE, job=job))
    job = run_here(opened())
    assert (job.state, job.done) == ("paused", 2)
    go_on(by=HOUSE, job=job)
    job = run_here(job)
    assert (job.state, job.done) == ("done", 5)
    assert list(job.outcomes.order_by("row").values_list("row", flat=True)) == [1, 2, 3, 4, 5]


def test_a_waiting_job_is_cancelled_at_once():
    job = opened()
    cancel(by=HOUSE, job=job)
    job.refresh_from_db()
    assert job.state == "cancelled"
    with pytest.raises(NotNow):
        run_here(job)
    assert seen == []
    assert Entry.objects.filter(what="job.cancelled", object_id=job.pk).exists()


def test_a_run_taken_for_dead_may_not_write_any_more():
    """The guard: the claim. A slow run wakes up after another one took the job."""

    def stolen(job):
        Job.objects.filter(pk=job.pk).update(beat_at=Now() - timedelta(minutes=1))
        assert requeue_dead() == 1
        assert run_claimed(job.pk)

    job = opened()
    meanwhile.append(stolen)
    run_claimed(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 5)
    assert list(job.outcomes.order_by("row").values_list("row", flat=True)) == [1, 2, 3, 4, 5]
    assert seen == [1, 2, 3, 4, 5, 3]  # the slow run tried row 3 once more, and its transaction rolled back


def test_control_without_the_claim_both_runs_write():
    """The elder brother: with a claim that nobody checks, the slow run doubles what the other one did."""
    job = opened()

    def stolen(job):
        Job.objects.filter(pk=job.pk).update(state="waiting")
        run_claimed(job.pk)
        Job.objects.filter(pk=job.pk).update(state="running", claim=stale[0])

    stale: list = []
    meanwhile.append(lambda job: (stale.append(Job.objects.get(pk=job.pk).claim), stolen(job)))
    run_claimed(job.pk)
    assert seen.count(3) == seen.count(4) == 2


def test_a_running_job_that_beats_is_left_alone():
    job = opened()
    Job.objects.filter(pk=job.pk).update(state="running", beat_at=Now() - timedelta(seconds=5))
    assert requeue_dead() == 0
    Job.objects.filter(pk=job.pk).update(beat_at=Now() - timedelta(seconds=30))
    assert requeue_dead() == 1
    assert run_here(job).state == "done"


def test_a_failure_stands_in_the_job_with_a_number_and_without_a_stack():
    @runner("tests.broken")
    def broken(job, beat):
        raise ZeroDivisionError("secret detail")

    job = run_here(open_job(by=HOUSE, kind="tests.broken", title="坏的", order={}))
    assert job.state == "failed"
    assert "错误编号" in job.trouble
    assert "secret" not in job.trouble


def test_starting_twice_runs_once():
    job = opened(3)
    start(job)
    start(job)  # a second hand-over while it still waits is harmless: the claim is taken once
    run_claimed(job.pk)
    assert not run_claimed(job.pk)
    assert seen == [1, 2, 3]
    with pytest.raises(NotNow):
        start(job)


def test_outcomes_are_written_once():
    job = opened()
    row = [Outcome(row=1, label="a", result="done")]
    assert record_outcomes(job, row) == 1
    assert record_outcomes(job, [Outcome(row=1, label="a", result="refused")]) == 0
    assert job.outcomes.get().result == "done"
