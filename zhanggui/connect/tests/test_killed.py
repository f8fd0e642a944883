"""An import whose process is killed goes on where it was, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.cast import shop, staff
from zhanggui.connect import limits
from zhanggui.connect.actions.importing import begin
from zhanggui.connect.actions.uploading import receive
from zhanggui.connect.files import vault
from zhanggui.connect.files.receiving import Stored
from zhanggui.connect.tests import samples
from zhanggui.jobs.actions import run_here
from zhanggui.jobs.models import Job
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.people.actors import actor_of
from zhanggui.people.powers import Power

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

MANY = 400
RUN = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "zhanggui.site.settings"
import django
django.setup()
from zhanggui.connect import limits
from zhanggui.jobs.actions import Beat, run_here
from zhanggui.jobs.models import Job
limits.CHUNK = 10
tick = Beat.tick
def slowly(self, **told):
    tick(self, **told)
    time.sleep(0.05)
Beat.tick = slowly
print("ready", flush=True)
run_here(Job.objects.get(pk=int(sys.argv[1])))
"""


def _environment(home) -> dict[str, str]:
    base, _slash, _name = os.environ["DATABASE_URL"].partition("?")
    found = connection.settings_dict
    url = os.environ["DATABASE_URL"].replace(_old_name(base), found["NAME"], 1)
    return os.environ | {"DATABASE_URL": url, "ZHANGGUI_HOME": str(home)}


def _old_name(base: str) -> str:
    return base.rpartition("/")[2]


def _begun(tmp_path) -> Job:
    by = actor_of(staff("4001", Power.ORDER_IMPORT))
    content = samples.text(samples.TAOBAO_41, [samples.taobao(i) for i in range(MANY)]).encode("gbk")
    with vault.Writer() as writer:
        writer.write(content)
    made = receive(by=by, files=[Stored(writer, "list.csv")], shop=shop())
    return begin(by=by, imported=made, at=now())


def test_killed_twice_it_goes_on_and_nothing_is_doubled(monkeypatch):
    home = django_settings.HOME
    job = _begun(home)
    seen = []
    for _round in range(2):
        running = subprocess.Popen(
            [sys.executable, "-c", RUN, str(job.pk)], env=_environment(home), stdout=subprocess.PIPE
        )
        started = Job.objects.get(pk=job.pk).place
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            place = Job.objects.get(pk=job.pk).place
            if place >= started + 30 or running.poll() is not None:
                break
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait(timeout=20)
        seen.append(Job.objects.get(pk=job.pk).place)
        Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING, claim=None)
    assert 0 < seen[0] < seen[1] < MANY, seen
    # what was committed is exactly what the job's place says
    assert Order.objects.count() == seen[1]
    monkeypatch.setattr(limits, "CHUNK", 10)
    done = run_here(Job.objects.get(pk=job.pk))
    assert done.state == Job.State.DONE, done.trouble
    assert done.counts == {"new": MANY, "changed": 0, "unchanged": 0, "refused": 0}
    assert done.outcomes.filter(result="new").count() == MANY
    assert Order.objects.count() == MANY
