"""A worker killed with SIGKILL in the middle of a row: the job goes on there, and nothing is done twice."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.cast import HOUSE
from zhanggui.jobs.actions import open_job, requeue_dead
from zhanggui.jobs.models import Job
from zhanggui.journal.models import Entry

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
ROWS = 12


def worker(job: Job, row: int, way: str) -> int:
    """Run the job in a process of its own; gives its exit code."""
    given = os.environ["DATABASE_URL"]
    name = urlsplit(given).path
    address = given.replace(name, "/" + connection.settings_dict["NAME"], 1)
    return subprocess.run(
        [sys.executable, "-m", "zhanggui.jobs.tests.killed", str(job.pk), str(row), way],
        env=os.environ | {"DATABASE_URL": address},
        check=False,
        timeout=120,
    ).returncode


def effects() -> Counter[int | None]:
    return Counter(Entry.objects.filter(what="tests.effect").values_list("object_id", flat=True))


@pytest.mark.parametrize(("way", "doubled"), [("together", []), ("apart", [7])])
def test_goes_on_at_the_row_it_was_killed_in(way, doubled):
    """ "apart" is the control: without one transaction around the row, the row is done twice."""
    job = open_job(by=HOUSE, kind="tests.killed", title="会被杀掉", order={}, total=ROWS)
    assert worker(job, 7, way) == -9
    job.refresh_from_db()
    assert (job.state, job.place) == ("running", 6)
    assert worker(job, 0, way) == 3  # nobody may take it while it may still live
    assert requeue_dead(older_than=timedelta(0)) == 1
    assert worker(job, 0, way) == 0
    job.refresh_from_db()
    assert (job.state, job.done, job.outcomes.count()) == ("done", ROWS, ROWS)
    assert sorted(effects()) == list(range(1, ROWS + 1))
    assert [row for row, times in effects().items() if times > 1] == doubled
