"""The background worker: `python -m zhanggui.site.worker`, a child of the supervisor; several may run.

Three things at once, each of which survives a database that goes away: the queue (procrastinate: long jobs and
periodic work), the deadlines of orders, and the news for listeners. Its sign of life is procrastinate's own
heartbeat row, which `doctor` reads.
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
from django.db import close_old_connections, connection

from zhanggui.site.lineage import die_with_parent, named_parent

CONCURRENCY = 3
_STOP_SECONDS = 8  # a long job is cut off then; it goes on from its saved place at the next start
_LONGEST_PAUSE = 5.0
log = logging.getLogger(__name__)


class Loop(threading.Thread):
    """Does a piece of work again and again: at once while there is more, else each second or when woken."""

    def __init__(
        self, name: str, work: Callable[[], int], leaving: threading.Event, channel: str = ""
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.work = work
        self.leaving = leaving
        self.channel = channel

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
                self.leaving.wait(1)

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


async def _run_queue(leaving: asyncio.Event) -> None:
    from procrastinate.contrib.django import app  # noqa: PLC0415 - needs the settings

    while not leaving.is_set():
        # A second application object: tasks keep deferring through Django's connection, in its transactions.
        link = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        queue = app.with_connector(link)
        try:
            async with queue.open_async():
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
        if not leaving.is_set():
            await asyncio.sleep(1)


async def _main() -> None:
    from zhanggui.journal import news  # noqa: PLC0415 - needs the settings
    from zhanggui.kit import bells  # noqa: PLC0415
    from zhanggui.orders import timers  # noqa: PLC0415

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
    ]
    for loop in loops:
        loop.start()
    await _run_queue(leaving)
    until = time.monotonic() + _STOP_SECONDS
    for loop in loops:
        loop.join(max(0, until - time.monotonic()))


def main() -> None:
    """Work until told to stop."""
    die_with_parent(named_parent())
    django.setup()
    asyncio.run(_main())
    os._exit(0)  # a job in a thread that does not end must not keep us; it goes on from its saved place


if __name__ == "__main__":
    main()
