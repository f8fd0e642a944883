"""The background worker: `python -m zhanggui.site.worker`, a child of the supervisor; several may run.

Several things at once, each of which survives a database that goes away: the queue (procrastinate: long jobs and
periodic work), the deadlines of orders, the news for listeners, and the healing of what killed runs left behind, which
must not depend on the queue that it heals. Its sign of life is procrastinate's own heartbeat row, which `doctor`
reads; a process whose queue does not come to life again ends, and the supervisor starts a fresh one.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhanggui.site.settings")

import django
import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection

from zhanggui.site.lineage import die_with_parent, named_parent

CONCURRENCY = 3
_STOP_SECONDS = 8  # a long job is cut off then; it goes on from its saved place at the next start
_LONGEST_PAUSE = 5.0
_HEAL_EVERY = 5.0
_STEADY_SECONDS = 30  # a queue that worked for so long had begun well
_MOST_FAILURES = 3  # in a row; then a fresh process tries it
_SILENT_SECONDS = 90  # no worker anywhere gave a sign of life for so long while the database answers
log = logging.getLogger(__name__)


class Loop(threading.Thread):
    """Does a piece of work again and again: at once while there is more, else every few seconds or when woken."""

    def __init__(
        self,
        name: str,
        work: Callable[[], int],
        leaving: threading.Event,
        channel: str = "",
        every: float = 1,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.work = work
        self.leaving = leaving
        self.channel = channel
        self.every = every

    def run(self) -> None:
        """Work until told to leave. Any failure is told, and tried again after a growing pause."""
        pause = 0.1
        while not self.leaving.is_set():
            try:
                if self.channel:
                    self._woken()
                else:
                    self._ticking()
                pause = 0.1
            except Exception as trouble:
                told = trouble if isinstance(trouble, OSError | psycopg.Error | django.db.Error) else None
                log.warning("%s pauses: %s", self.name, told, exc_info=None if told else trouble)
                connection.close()
                self.leaving.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _ticking(self) -> None:
        while not self.leaving.is_set():
            if not self._once():
                self.leaving.wait(self.every)

    def _woken(self) -> None:
        from zhanggui.kit import bells  # noqa: PLC0415 - needs the settings

        with psycopg.connect(**bells.parameters(), autocommit=True) as ear:
            ear.execute(f"LISTEN {self.channel}")
            while not self.leaving.is_set():
                if not self._once():
                    for _ in ear.notifies(timeout=1, stop_after=1):
                        pass

    def _once(self) -> int:
        close_old_connections()
        return self.work()


class Watch:
    """Ends the process when no worker gives a sign of life although the database answers."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self.leave = leave
        self.silent_since: float | None = None

    def look(self) -> int:
        """Compare the newest sign of life with the clock; call it every few seconds. One statement."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_workers "
                "WHERE last_heartbeat > clock_timestamp() - interval '40 seconds'"
            )
            alive = cursor.fetchone()[0]
        now = time.monotonic()
        if alive:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = now
        elif now - self.silent_since > _SILENT_SECONDS:
            log.error("the queue gives no sign of life; a fresh worker takes over")
            self.leave()
        return 0


def _drop_link() -> None:
    connection.close()  # looked up in the thread that runs this: each thread has its own


async def _run_queue(leaving: asyncio.Event) -> bool:
    """Run the queue until told to leave; False when it failed again and again and a fresh process should try."""
    from procrastinate.contrib.django import app  # noqa: PLC0415 - needs the settings

    failures = 0
    while not leaving.is_set():
        # The deferrer of periodic work uses Django's connection of this one thread, where no request ever closes a
        # dead one. Without this, a single restart of PostgreSQL would stop all periodic work for good.
        await sync_to_async(_drop_link, thread_sensitive=True)()
        began: float | None = None
        # A second application object: tasks keep deferring through Django's connection, in its transactions.
        link = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        queue = app.with_connector(link)
        try:
            async with queue.open_async():
                began = time.monotonic()
                work = asyncio.create_task(
                    queue.run_worker_async(
                        name=f"zhanggui-{os.getpid()}",
                        concurrency=CONCURRENCY,
                        install_signal_handlers=False,
                        shutdown_graceful_timeout=_STOP_SECONDS,
                        delete_jobs="successful",
                        fetch_job_polling_interval=5,
                    )
                )
                stop = asyncio.create_task(leaving.wait())
                await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
                if leaving.is_set():
                    work.cancel()
                stop.cancel()
                await asyncio.gather(work, return_exceptions=leaving.is_set())
        except Exception as trouble:
            log.warning("the queue pauses: %s", trouble)
        if leaving.is_set():
            break
        if began is not None:  # while the database is away, a fresh process would fare no better
            failures = 1 if time.monotonic() - began > _STEADY_SECONDS else failures + 1
            if failures >= _MOST_FAILURES:
                log.error("the queue ended %s times in a row; a fresh worker takes over", failures)
                return False
        await asyncio.sleep(1)
    return True


async def _main() -> bool:
    """Work until told to leave (True) or until a fresh process should take over (False)."""
    from zhanggui.journal import news  # noqa: PLC0415 - needs the settings
    from zhanggui.kit import bells  # noqa: PLC0415
    from zhanggui.orders import timers  # noqa: PLC0415
    from zhanggui.site import healing  # noqa: PLC0415

    stop, leaving = threading.Event(), asyncio.Event()
    here = asyncio.get_running_loop()

    def leave() -> None:
        stop.set()
        leaving.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        here.add_signal_handler(number, leave)
    loops = [
        Loop("news", news.deliver_due, stop, bells.WORKER_CHANNEL),
        Loop("timers", timers.fire_due, stop),
        Loop("healing", healing.heal, stop, every=_HEAL_EVERY),
        Loop("watch", Watch(lambda: os._exit(1)).look, stop, every=_HEAL_EVERY),
    ]
    for loop in loops:
        loop.start()
    well = await _run_queue(leaving)
    stop.set()
    until = time.monotonic() + _STOP_SECONDS
    for loop in loops:
        loop.join(max(0, until - time.monotonic()))
    return well


def main() -> None:
    """Work until told to stop."""
    die_with_parent(named_parent())
    django.setup()
    well = asyncio.run(_main())
    os._exit(
        0 if well else 1
    )  # a job in a thread that does not end must not keep us; it goes on from its saved place


if __name__ == "__main__":
    main()
