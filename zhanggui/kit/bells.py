"""Live bells: "something about X changed, GET it again". They ring after commit and carry no facts.

A NOTIFY inside committing transactions takes a global lock in PostgreSQL, so each process gathers its
bells for a few milliseconds and sends them from a connection of its own: one INSERT, one NOTIFY.
"""

import atexit
import logging
import queue
import threading
import time
from functools import partial
from typing import Any

import psycopg
from django.db import connection, transaction

CHANNEL = "zhanggui_bells"
"""Channel that wakes the streams of the web processes; they read the bells from the table."""
WORKER_CHANNEL = "zhanggui_worker"
"""Channel that wakes the background worker: bells of the topic "worker" go here and are not kept."""
WORKER_TOPIC = "worker"
_GATHER_SECONDS = 0.02
_MOST = 500
_TRIES = 5
log = logging.getLogger(__name__)
_queue: "queue.SimpleQueue[tuple[str, str] | None]" = queue.SimpleQueue()
_thread: threading.Thread | None = None
_lock = threading.Lock()


def ring(topic: str, about: str = "") -> None:
    """Ring after the current transaction commits; nothing rings if it rolls back.

    `topic`: who should hear it, for example "shop:3", "staff:7", "job:12" (at most 80 characters).
    `about`: what changed, for example "order:3028689418086017" (at most 200 characters).
    """
    transaction.on_commit(partial(_put, topic[:80], about[:200]), robust=True)


def purge(minutes: int = 60) -> int:
    """Forget the bells that rang longer ago; gives how many. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kit_bell WHERE rang_at < clock_timestamp() - make_interval(mins => %s)", [minutes]
        )
        return int(cursor.rowcount)


def parameters() -> dict[str, Any]:
    """How to open a connection of one's own to the database, for psycopg.connect."""
    given = connection.get_connection_params()
    return {
        name: value
        for name, value in given.items()
        if name in ("dbname", "user", "password", "host", "port", "options", "sslmode") and value is not None
    }


def _put(topic: str, about: str) -> None:
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="bells", daemon=True)
            _thread.start()
    _queue.put((topic, about))


def _run() -> None:
    while True:
        batch = {_queue.get()}
        time.sleep(_GATHER_SECONDS)
        while len(batch) < _MOST:
            try:
                batch.add(_queue.get_nowait())
            except queue.Empty:
                break
        rings = [bell for bell in batch if bell]
        leaving = None in batch
        if rings:
            _send_surely(rings, tries=1 if leaving else _TRIES)
        if leaving:
            return


def _send_surely(rings: list[tuple[str, str]], tries: int) -> None:
    for left in reversed(range(tries)):
        try:
            _send(rings)
        except psycopg.Error:
            if left:
                time.sleep(0.5)  # the database may be starting again
                continue
            log.warning("%d bells could not be rung; pages see the change at their next load", len(rings))
        return


def _send(rings: list[tuple[str, str]]) -> None:
    kept = sorted(bell for bell in rings if bell[0] != WORKER_TOPIC)
    with psycopg.connect(**parameters(), autocommit=True) as link:
        if len(kept) < len(rings):
            link.execute("SELECT pg_notify(%s, '')", [WORKER_CHANNEL])
        if kept:
            topics, abouts = zip(*kept, strict=True)
            link.execute(
                "WITH fresh AS (INSERT INTO kit_bell (topic, about, rang_at) "
                "SELECT t, a, clock_timestamp() FROM unnest(%s::text[], %s::text[]) AS v(t, a) RETURNING id) "
                "SELECT pg_notify(%s, max(id)::text) FROM fresh",
                [list(topics), list(abouts), CHANNEL],
            )


def flush() -> None:
    """Ring now what waits to be rung, before a process leaves; two seconds at most."""
    if _thread is not None and _thread.is_alive():
        _queue.put(None)
        _thread.join(timeout=2)


atexit.register(flush)
