"""Group commit: the requests of a process that come at the same moment are placed in one transaction.

The first that comes leads at once: it takes all that wait (up to 64), places them as one list, and gives each its own
outcome. While it works the next ones gather; when it is done it hands the lead to the first of them, so nobody sleeps
in order to gather, and one who comes alone waits for nobody. A list that fails as a whole is tried one by one, so a
broken placing hurts nobody else. docs/laws/checkout.md.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from django.db import connection

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.placing import Placed, Placing, place_many
from zhanggui.kit.clock import now

MOST = 64
LONGEST_SECONDS = 60.0
S = TypeVar("S")
O = TypeVar("O")  # noqa: E741 - an outcome


def _place(placings: Sequence[Placing], at: datetime) -> list[Placed]:
    return place_many(by=HOUSE, placings=placings, at=at)


class _Waiting(Generic[S, O]):
    """What one request sends, and what came of it. `woken`: released when it is done, or when it is to lead."""

    __slots__ = ("leads", "outcomes", "sent", "trouble", "woken")

    def __init__(self, sent: Sequence[S]) -> None:
        self.sent = sent
        self.outcomes: list[O] | None = None
        self.trouble: BaseException | None = None
        self.leads = False
        self.woken = threading.Lock()
        self.woken.acquire()

    @property
    def done(self) -> bool:
        return self.outcomes is not None or self.trouble is not None


class Gathering(Generic[S, O]):
    """A line of requests of which one leads at a time. `place`: what the leader does with the whole list."""

    def __init__(self, place: Callable[[Sequence[S], datetime], list[O]], *, most: int = MOST) -> None:
        self._place = place
        self._most = most
        self._queue: deque[_Waiting[S, O]] = deque()
        self._lock = threading.Lock()
        self._led = False

    def submit(self, sent: Sequence[S]) -> list[O]:
        """Place these together with what others of this process want now; gives their outcomes in order.

        Raises what placing them alone raises. In a transaction of the caller (a test) nothing is gathered.
        """
        if connection.in_atomic_block:
            return self._place(sent, now())
        mine: _Waiting[S, O] = _Waiting(sent)
        with self._lock:
            if self._led:
                self._queue.append(mine)
            else:
                self._led = mine.leads = True
        if not mine.leads:
            # Every leader ends, and wakes us; the limit is for one that hangs.
            mine.woken.acquire(timeout=LONGEST_SECONDS)
            self._withdraw(mine)
        if mine.leads:
            self._lead(mine)
        elif not mine.done:
            mine.outcomes = self._place(sent, now())
        if mine.trouble is not None:
            raise mine.trouble
        assert mine.outcomes is not None
        return mine.outcomes

    def _withdraw(self, mine: _Waiting[S, O]) -> None:
        """Leave the line where one waited in vain. Who was taken by the leader that hangs sends the same keys again
        alone: they give the same orders.
        """
        with self._lock:
            if not mine.leads and mine in self._queue:
                self._queue.remove(mine)

    def _lead(self, mine: _Waiting[S, O]) -> None:
        taken: list[_Waiting[S, O]] = [mine]
        try:
            with self._lock:
                self._take(taken)
            self._serve(taken)
        finally:
            with self._lock:
                after = self._queue.popleft() if self._queue else None
                self._led = after is not None
                if after is not None:
                    after.leads = True
                    after.woken.release()
            for one in taken:
                if not one.done:
                    one.trouble = RuntimeError("the list was given up")
                if one is not mine:
                    one.woken.release()

    def _take(self, taken: list[_Waiting[S, O]]) -> None:
        """Beside the leader's own as many of the others as fit, in the order in which they came."""
        many = len(taken[0].sent)
        while self._queue and many + len(self._queue[0].sent) <= self._most:
            one = self._queue.popleft()
            many += len(one.sent)
            taken.append(one)

    def _serve(self, taken: Sequence[_Waiting[S, O]]) -> None:
        try:
            outcomes = iter(self._place([row for one in taken for row in one.sent], now()))
            for one in taken:
                one.outcomes = [next(outcomes) for _row in one.sent]
        except Exception:
            for one in taken:
                try:
                    one.outcomes = self._place(one.sent, now())
                except Exception as trouble:
                    one.outcomes, one.trouble = None, trouble


_gathering = Gathering(_place)


def submit(placing: Placing) -> Placed:
    """Place one order together with what others of this process send at this moment."""
    return _gathering.submit([placing])[0]


def submit_many(placings: Sequence[Placing]) -> list[Placed]:
    """Place the orders of one checkout (several shops) together; give them one `group` to have all or none."""
    return _gathering.submit(list(placings))
