"""Password hashes, a few at once: each takes a core for a tenth of a second, and anybody may ask for one.

A process works on `AT_ONCE` of them; `MOST_WAITING` more wait their turn, the next is told to come back. So a crowd at
the door costs the pages of those who work little. Buyers have a gate of their own (`customers.hashing`): their crowd keeps no
clerk out.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.utils.translation import gettext as _

from zhanggui.people.models import Staff
from zhanggui.people.rules import TooMany

AT_ONCE = 1
MOST_WAITING = 8
_WAIT_SECONDS = 5


class Gate:
    """So many at once, so many waiting; the others are refused at once."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._most = at_once + most_waiting
        self._inside, self._lock = 0, threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and hold it. Raises TooMany when too many wait, or it takes too long."""
        with self._lock:
            full = self._inside >= self._most
            self._inside += not full
        if full:
            raise _busy()
        try:
            if not self._places.acquire(timeout=_WAIT_SECONDS):
                raise _busy()
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._inside -= 1


def _busy() -> TooMany:
    return TooMany(_("现在登录的人太多，请稍候几秒再试。"), _WAIT_SECONDS)


_gate = Gate(AT_ONCE, MOST_WAITING)


def turn() -> AbstractContextManager[None]:
    """A place to make or check a hash of the staff's in: `with turn(): …`. Raises TooMany."""
    return _gate.turn()


def fits(staff: Staff, password: str) -> bool:
    """Whether it is the person's password, once it is our turn to look. Raises TooMany. One hash."""
    with turn():
        return staff.check_password(password)
