"""Taking a figure and saying it: one JSON line with its limit beside it."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def say(
    name: str,
    value: float,
    unit: str,
    *,
    limit: float | None = None,
    beside: str = "",
    better: str = "higher",
    **more: Any,
) -> None:
    """Print one figure. `ratio` is value to limit, turned so that 1 is the limit and smaller is worse."""
    ratio = None
    if limit:
        ratio = round(value / limit if better == "higher" else limit / value if value else 0, 4)
    line = {
        "name": name,
        "value": _short(value),
        "unit": unit,
        "limit": _short(limit),
        "beside": beside,
        "ratio": ratio,
        **more,
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)


def tell(text: str) -> None:
    """What is being done, for the person who waits (standard error)."""
    print(f"-- {text}", file=sys.stderr, flush=True)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a piece of work took, and what it gave."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def milliseconds(work: Callable[[], Any], times: int, warm: int = 3) -> list[float]:
    """How long each of so many repetitions took, after a warm-up, sorted."""
    for _ in range(warm):
        work()
    return sorted(timed(work)[0] * 1000 for _ in range(times))


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 stay within."""
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3) if abs(value) < 1000 else round(value)
