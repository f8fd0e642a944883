"""Threads that answer pages: as many as are asked for at once, up to a limit; those without work end after a while.

The one that became free last works next, so a quiet house works with one or two threads and as many connections to the
database. A thread that ends closes its connection.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

IDLE_SECONDS = 30.0


class _Worker:
    """A thread waiting for its next piece of work. `woken`: released with work, or to look whether there is some."""

    __slots__ = ("task", "woken")

    def __init__(self) -> None:
        self.woken = threading.Lock()
        self.woken.acquire()
        self.task: tuple[Future[Any], Callable[[], Any]] | None = None


class Threads(Executor):
    """`most`: threads at the same time; more work waits in order. `ending`: called in a thread before it ends."""

    def __init__(
        self, most: int, *, ending: Callable[[], None] = lambda: None, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._most = most
        self._ending = ending
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._closed = False
        self.many = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Have it done by the next free thread. Raises RuntimeError after `shutdown`."""
        future: Future[Any] = Future()
        task = (future, lambda: work(*args, **named))
        with self._lock:
            if self._closed:
                raise RuntimeError("the threads have been sent home")
            if self._idle:
                worker = self._idle.pop()
                worker.task = task
                worker.woken.release()
                return future
            self._waiting.append(task)
            if self.many >= self._most:
                return future
            self.many += 1
        threading.Thread(target=self._run, name="page", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work and send home who has none. Nobody is waited for: the threads end with the process."""
        with self._lock:
            self._closed = True
            for worker in self._idle:
                worker.woken.release()
            self._idle.clear()

    def _run(self) -> None:
        worker = _Worker()
        try:
            while (task := self._next(worker)) is not None:
                _do(*task)
                del task
        finally:
            self._ending()

    def _next(self, worker: _Worker) -> tuple[Future[Any], Callable[[], Any]] | None:
        """The next piece of work; None when there was none for so long."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            if self._closed:
                self.many -= 1
                return None
            worker.task = None
            self._idle.append(worker)
        worker.woken.acquire(timeout=self._idle_seconds)
        with self._lock:
            if worker in self._idle:
                self._idle.remove(worker)
            elif worker.task is not None:
                worker.woken.acquire(blocking=False)  # it came at the last instant
            if worker.task is None:
                self.many -= 1
            return worker.task


def _do(future: "Future[Any]", work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as trouble:
        future.set_exception(trouble)
    else:
        future.set_result(result)
