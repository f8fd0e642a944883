"""The background queue outlives its database, and what a killed worker left behind does not stay."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from tests.cast import HOUSE
from zhanggui.jobs.actions import open_job, start
from zhanggui.site import worker
from zhanggui.site.database import Server
from zhanggui.site.healing import clear_abandoned
from zhanggui.site.tasks import every_minute
from zhanggui.site.tests.house import GIVEN_SERVER, House, until

LAY_HALF_DONE = """
INSERT INTO jobs_job (kind, title, "order", state, actor, total, done, failed, place, counts, cancel_asked, pause_asked,
  trouble, claim, beat_at)
SELECT 'nobody.does.this', 'half done', '{}', 'running', 'test', 2, 1, 0, 1, '{}', false, false,
  '', gen_random_uuid(), clock_timestamp() - interval '1 hour'
"""


@pytest.mark.processes
@pytest.mark.skipif(bool(GIVEN_SERVER), reason="the given server is not ours to kill")
def test_a_killed_postmaster_does_not_stop_periodic_and_half_done_work(
    data_folder: Callable[[], Path],
) -> None:
    """Control: without dropping the deferrer's dead link, the worker has to leave and be started again."""
    house = House(data_folder()).up()
    newest = "SELECT coalesce(max(defer_timestamp), 0) FROM procrastinate_periodic_defers"
    try:
        until(lambda: house.sql(newest)[0][0], 75, "the deferrer used its connection")
        worker = [process.pid for process in house.children("zhanggui.site.worker")]
        before = house.sql(newest)[0][0]
        pid = Server(house.home).pid()
        assert pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: house.sql(LAY_HALF_DONE) == [], 30, "the database is back")
        until(lambda: house.sql("SELECT state FROM jobs_job") == [("failed",)], 30, "the half-done job ends")
        until(lambda: house.sql(newest)[0][0] > before, 75, "periodic work is deferred again")
        until(
            lambda: (
                house.sql("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
                == [(0,)]
            ),
            15,
            "and done",
        )
        assert [process.pid for process in house.children("zhanggui.site.worker")] == worker
    finally:
        house.close()


@pytest.mark.django_db
def test_work_that_a_dead_worker_had_begun_is_cleared_and_that_of_a_living_one_is_not() -> None:
    job = open_job(by=HOUSE, kind="nobody", title="x", order={})
    start(job)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (clock_timestamp()), "
                       "(clock_timestamp() - interval '2 minutes') RETURNING id")  # fmt: skip
        living, dead = (row[0] for row in cursor.fetchall())
        cursor.execute("DELETE FROM procrastinate_jobs")
        for name, by in (("of living", living), ("of dead", dead), ("of forgotten", None)):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock) "
                "VALUES ('default', %s, 'doing', %s, 'site.minute')",
                [name, by],
            )
        assert clear_abandoned() == 2
        cursor.execute("SELECT task_name FROM procrastinate_jobs")
        assert cursor.fetchall() == [("of living",)]


@pytest.mark.django_db
def test_periodic_work_is_deferred_beside_an_entry_that_a_dead_worker_had_begun() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock, args) "
            "VALUES ('default', 'site.minute', 'doing', 'site.minute', '{}')"
        )
    assert every_minute.defer(timestamp=1)


@pytest.mark.parametrize(
    ("silent", "ended"), [(worker._SILENT_SECONDS - 5, []), (worker._SILENT_SECONDS + 5, [1])]
)
@pytest.mark.django_db
def test_a_queue_without_a_sign_of_life_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, silent: float, ended: list[int]
) -> None:
    told: list[int] = []
    watch = worker.Watch(lambda: told.append(1))
    clock = time.monotonic()
    monkeypatch.setattr(worker.time, "monotonic", lambda: clock)
    watch.look()
    clock += silent
    watch.look()
    assert told == ended
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    told.clear()
    watch.look()
    assert told == [], "one is alive"
