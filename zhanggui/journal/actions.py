"""`@action`: the frame around every verb that writes."""

import functools
import inspect
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg import errors

P = ParamSpec("P")
R = TypeVar("R")
_TRIES = 4
log = logging.getLogger(__name__)


def action(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in one transaction: all it writes, its daybook line and its announcements, or nothing.

    The verb takes keyword arguments only and names its actor `by`. When it is the outermost action, a
    deadlock or a serialisation failure rolls it back and runs it again, a few times: nobody sees it.
    """
    parameters = inspect.signature(verb).parameters.values()
    if any(p.kind is not p.KEYWORD_ONLY for p in parameters) or "by" not in {p.name for p in parameters}:
        raise TypeError(f"an action takes keyword arguments only, one of them `by`: {verb.__qualname__}")

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic():
                return verb(*args, **kwargs)
        for left in reversed(range(_TRIES)):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except OperationalError as trouble:
                again = isinstance(trouble.__cause__, errors.DeadlockDetected | errors.SerializationFailure)
                if not (again and left):
                    raise
                log.info("%s runs again after %s", verb.__qualname__, type(trouble.__cause__).__name__)
                time.sleep(0.01 * (_TRIES - left))
        raise AssertionError("unreachable")

    return run


def joined(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb as a part of the verb that calls it, without a savepoint of its own (two statements less).

    What it refuses must refuse the whole: the caller lets every exception through.
    """
    alone: Callable[P, R] = inspect.unwrap(verb)
    return alone
