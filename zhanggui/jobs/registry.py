"""Which function does which kind of job. Rooms register theirs in modules imported by their AppConfig.ready."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from zhanggui.jobs.models import Job

if TYPE_CHECKING:
    from zhanggui.jobs.actions.running import Beat

Runner = Callable[[Job, "Beat"], None]
_runners: dict[str, Runner] = {}
_undoers: dict[str, Runner] = {}
UNDO_WITHIN = timedelta(minutes=10)
"""How long after its end a job can be undone (screens.md A4)."""
UNDO = "jobs.undo"
"""Kind of the job that undoes another one."""


def runner(kind: str) -> Callable[[Runner], Runner]:
    """Register the function that does the jobs of a kind.

    It gets the job and its beat, goes on at `job.place`, and calls `beat.tick` after each piece of work, best
    in the same transaction as the piece: then a killed process repeats nothing and skips nothing.
    """

    def register(function: Runner) -> Runner:
        _runners[kind] = function
        return function

    return register


def undoer(kind: str) -> Callable[[Runner], Runner]:
    """Register the function that undoes the finished jobs of a kind, from the outcomes' `before`.

    It gets the job to undo and the beat of the job that undoes it (`beat.job`), where it ticks.
    """

    def register(function: Runner) -> Runner:
        _undoers[kind] = function
        return function

    return register


def runner_of(kind: str) -> Runner | None:
    """The registered runner."""
    return _runners.get(kind)


def undoer_of(kind: str) -> Runner | None:
    """The registered undoer; None when the kind cannot be undone."""
    return _undoers.get(kind)
