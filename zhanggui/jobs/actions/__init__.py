"""What other rooms use of long work: open a job, start it, beat, record outcomes; stop and undo it."""

from zhanggui.jobs.actions.opening import open_job, start
from zhanggui.jobs.actions.running import (
    Beat,
    Cancelled,
    Lost,
    Paused,
    Stopped,
    record_outcomes,
    requeue_dead,
    run_here,
)
from zhanggui.jobs.actions.stopping import cancel, go_on, pause, undo
from zhanggui.jobs.registry import runner, undoer

__all__ = [
    "Beat",
    "Cancelled",
    "Lost",
    "Paused",
    "Stopped",
    "cancel",
    "go_on",
    "open_job",
    "pause",
    "record_outcomes",
    "requeue_dead",
    "run_here",
    "runner",
    "start",
    "undo",
    "undoer",
]
