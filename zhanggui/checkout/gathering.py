"""Group commit: the requests of a process that come at the same moment are placed in one transaction.

The first that comes leads: it takes all that wait (up to 64), places them as one list, and gives each its own outcome.
While it works the next ones gather; whoever of them wakes first leads the next list. A list that fails as a whole is
tried one by one, so a broken placing hurts nobody else. docs/laws/checkout.md.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.placing import Placed, Placing, place_many
from zhanggui.kit.clock import now

MOST = 64
LONGEST_SECONDS = 60.0
Place = Callable[[Sequence[Placing], datetime], list[Placed]]


def _place(placings: Sequence[Placing], at: datetime) -> list[Placed]:
    return place_many(by=HOUSE, placings=placings, at=at)


class _Waiting:
    """The placings of one request, and what came of them."""

    __slots__ = ("done", "outcomes", "placings", "trouble")

    def __init__(self, placings: Sequence[Placing]) -> None:
        self.placings = placings
        self.outcomes: list[Placed] | None = None
        self.trouble: BaseException | None = None
        self.done = False


class Gathering:
    """A line of requests of which one leads at a time. `place`: what the leader does with the whole list."""

    def __init__(self, place: Place = _place, *, most: int = MOST) -> None:
        self._place = place
        self._most = most
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._leading = False

    def submit(self, placings: Sequence[Placing]) -> list[Placed]:
        """Place these together with what others of this process want now; gives their outcomes in order.

        Raises what placing them alone raises. In a transaction of the caller (a test) nothing is gathered.
        """
        if connection.in_atomic_block:
            return self._place(placings, now())
        mine = _Waiting(placings)
        with self._changed:
            self._queue.append(mine)
            while not mine.done and self._leading:
                # The leader always ends, and wakes us; the limit is for a thread that was killed under it.
                if not self._changed.wait(timeout=LONGEST_SECONDS):
                    self._withdraw(mine)
                    break
            if not mine.done and not self._leading and mine in self._queue:
                self._leading = True
                lead = True
            else:
                lead = False
        if lead:
            self._lead(mine)
        elif not mine.done:
            mine.outcomes, mine.done = self._place(placings, now()), True
        if mine.trouble is not None:
            raise mine.trouble
        assert mine.outcomes is not None
        return mine.outcomes

    def _withdraw(self, mine: _Waiting) -> None:
        """Under the lock: leave the line; who was taken by a leader already waits on with its key for company."""
        if mine in self._queue:
            self._queue.remove(mine)

    def _lead(self, mine: _Waiting) -> None:
        taken: list[_Waiting] = []
        try:
            with self._changed:
                taken = self._take(mine)
            self._serve(taken)
        finally:
            with self._changed:
                for one in taken:
                    if one.outcomes is None and one.trouble is None:
                        one.trouble = RuntimeError("the list was given up")
                    one.done = True
                self._leading = False
                self._changed.notify_all()

    def _take(self, mine: _Waiting) -> list[_Waiting]:
        """The leader's own request, and as many of the others as fit, in the order in which they came."""
        taken, many = [mine], len(mine.placings)
        self._queue.remove(mine)
        while self._queue and many + len(self._queue[0].placings) <= self._most:
            one = self._queue.popleft()
            many += len(one.placings)
            taken.append(one)
        return taken

    def _serve(self, taken: Sequence[_Waiting]) -> None:
        try:
            outcomes = iter(self._place([p for one in taken for p in one.placings], now()))
            for one in taken:
                one.outcomes = [next(outcomes) for _placing in one.placings]
        except Exception:
            for one in taken:
                try:
                    one.outcomes = self._place(one.placings, now())
                except Exception as trouble:
                    one.outcomes, one.trouble = None, trouble


_gathering = Gathering()


def submit(placing: Placing) -> Placed:
    """Place one order together with what others of this process send at this moment."""
    return _gathering.submit([placing])[0]


def submit_many(placings: Sequence[Placing]) -> list[Placed]:
    """Place the orders of one checkout (several shops) together; give them one `group` to have all or none."""
    return _gathering.submit(list(placings))
