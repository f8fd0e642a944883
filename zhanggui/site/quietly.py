"""Lines of the log that anybody outside can cause: one a minute, without the way through the program."""

import logging
import time

_SECONDS = 60


class Seldom(logging.Filter):
    """Lets one record a minute through, without its traceback, and says how many it kept back before."""

    def __init__(self) -> None:
        super().__init__()
        self._next, self._kept_back = 0.0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written now; a race of threads costs a line more, nothing else."""
        if time.monotonic() < self._next:
            self._kept_back += 1
            return False
        record.exc_info = record.exc_text = None
        record.msg = f"{record.getMessage()[:300]} (and {self._kept_back} more like it before)"
        record.args = ()
        self._next, self._kept_back = time.monotonic() + _SECONDS, 0
        return True


class Troubles(logging.Filter):
    """Keeps back the answers to people that are no trouble of the house: sold out, changed meanwhile (409), a form
    that cannot be read (422). When something is sold out in a second, thousands of them come.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        return getattr(record, "status_code", 0) not in (409, 422)
