"""What killed runs left behind is set going again, from a loop of its own: the queue cannot heal itself."""

from django.db import connection

from zhanggui.jobs.actions import requeue_dead

_DEAD_WORKER = "60 seconds"
"""A worker beats every ten seconds; the queue itself forgets one after thirty."""


def heal() -> int:
    """Long work whose run was killed goes on within half a minute (screens.md A5); gives how much was found.

    The worker calls it every few seconds. Safe in several workers at once. A few statements, each of them by index.
    """
    return clear_abandoned() + requeue_dead()


def clear_abandoned() -> int:
    """Remove entries that a killed worker had begun; gives how many. One statement.

    They would stand as "doing" for ever. Nothing is lost with them: long work goes on from its own row
    (`requeue_dead`), periodic work comes at its next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs j WHERE j.status = 'doing' AND NOT EXISTS ("
            "SELECT 1 FROM procrastinate_workers w WHERE w.id = j.worker_id "
            "AND w.last_heartbeat > clock_timestamp() - %s::interval)",
            [_DEAD_WORKER],
        )
        return int(cursor.rowcount)
