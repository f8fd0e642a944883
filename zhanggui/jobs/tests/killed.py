"""A worker process for test_killed.py: runs one job and kills itself with SIGKILL in the middle of a row.

`python -m zhanggui.jobs.tests.killed JOB ROW WAY`: WAY "together" commits effect and progress in one transaction,
"apart" (the control) commits the effect first. ROW 0 never kills.
"""

import os
import signal
import sys
from contextlib import nullcontext

import django


def main(job_id: int, fatal: int, way: str) -> int:
    """Run the job; 3 when it could not be claimed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhanggui.site.settings")
    django.setup()
    from django.db import transaction

    from zhanggui.jobs.actions import record_outcomes, runner
    from zhanggui.jobs.actions.running import run_claimed
    from zhanggui.jobs.models import Outcome
    from zhanggui.journal.daybook import write
    from zhanggui.kit.actor import system

    @runner("tests.killed")
    def work(job, beat):
        for row in range(job.place + 1, job.total + 1):
            with transaction.atomic() if way == "together" else nullcontext():
                write(by=system("测试", "test"), what="tests.effect", kind="row", object_id=row)
                record_outcomes(job, [Outcome(row=row, label=str(row), result="done")])
                if row == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)
                beat.tick(done=row, place=row)

    return 0 if run_claimed(job_id) else 3


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
