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
_GATHER_SECONDS = 0.02
_MOST = 500
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


def _put(topic: str, about: str) -> None:
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_run, name="bells", daemon=True)
            _thread.start()
    _queue.put((topic, about))


def _run() -> None:
    while True:
        first = _queue.get()
        time.sleep(_GATHER_SECONDS)
        batch = {first}
        while len(batch) < _MOST:
            try:
                batch.add(_queue.get_nowait())
            except queue.Empty:
                break
        leaving = None in batch
        rings = [bell for bell in batch if bell]
        if rings:
            try:
                _send(rings)
            except psycopg.Error:
                log.warning(
                    "bells could not be rung; pages will see the change at their next poll", exc_info=True
                )
        if leaving:
            return


def _send(rings: list[tuple[str, str]]) -> None:
    with psycopg.connect(**_parameters(), autocommit=True) as link:
        topics, abouts = zip(*sorted(rings), strict=True)
        link.execute(
            "WITH fresh AS (INSERT INTO kit_bell (topic, about, rang_at) "
            "SELECT t, a, clock_timestamp() FROM unnest(%s::text[], %s::text[]) AS v(t, a) RETURNING id) "
            "SELECT pg_notify(%s, max(id)::text) FROM fresh",
            [list(topics), list(abouts), CHANNEL],
        )


def _parameters() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name in ("dbname", "user", "password", "host", "port", "options", "sslmode") and value is not None
    }


def _leave() -> None:
    if _thread is not None and _thread.is_alive():
        _queue.put(None)
        _thread.join(timeout=2)


atexit.register(_leave)
