"""Several people at the same instant: real threads, each with its own connection to the database."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections


def race(*runners: Callable[[], Any], rounds: int = 1) -> list[Any]:
    """Run them all from one starting shot; gives what each returned, or the exception it raised."""
    results: list[Any] = [None] * len(runners)
    for _ in range(rounds):
        gate = threading.Barrier(len(runners))

        def run(place: int, runner: Callable[[], Any], gate: threading.Barrier = gate) -> None:
            try:
                gate.wait(timeout=20)
                results[place] = runner()
            except Exception as trouble:
                results[place] = trouble
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(runners)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
            assert not thread.is_alive(), "a runner did not come home"
    return results


def refusals(results: Sequence[Any]) -> list[Exception]:
    """Those that came home with an exception."""
    return [result for result in results if isinstance(result, Exception)]
