"""A gate before heavy work: so many at once, so many waiting for so long; the others are told to come back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zhanggui.kit.refusals import TooMany

WAIT_SECONDS = 5


class Gate:
    """So many at once, so many waiting; the others are refused at once. `said`: the sentence of the refusal, in the
    language of who is told.
    """

    def __init__(
        self, at_once: int, most_waiting: int, said: Callable[[], str], wait: float = WAIT_SECONDS
    ) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._most = at_once + most_waiting
        self._inside, self._lock = 0, threading.Lock()
        self._said, self._wait = said, wait

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and hold it. Raises TooMany when too many wait, or it takes too long."""
        with self._lock:
            full = self._inside >= self._most
            self._inside += not full
        if full:
            raise self._busy()
        try:
            if not self._places.acquire(timeout=self._wait):
                raise self._busy()
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._inside -= 1

    def _busy(self) -> TooMany:
        return TooMany(self._said(), round(self._wait))
