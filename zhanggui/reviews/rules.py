"""Seller credit and the three scores (protocols 7.1, 7.2): pure functions on values."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

GOOD, NEUTRAL, BAD = 1, 0, -1
STEPS = (
    4, 11, 41, 91, 151, 251, 501, 1_001, 2_001, 5_001, 10_001, 20_001, 50_001, 100_001, 200_001, 500_001,
    1_000_001, 2_000_001, 5_000_001, 10_000_001,
)  # fmt: skip
"""Points at which levels 1 to 20 begin: hearts, diamonds, crowns, golden crowns, five each."""
BADGES = ("heart", "diamond", "crown", "golden")


def level_of(points: int) -> int:
    """The level, 0 (none) to 20."""
    return bisect_right(STEPS, points)


def badge_of(level: int) -> tuple[str, int]:
    """What is shown for a level: which badge, and how many of it; ("", 0) for none."""
    return (BADGES[(level - 1) // 5], (level - 1) % 5 + 1) if level else ("", 0)


def month_of(day: date) -> tuple[int, int]:
    """The Chinese calendar month that the monthly limits count in."""
    return day.year, day.month


@dataclass(frozen=True, slots=True)
class Scores:
    """Three means in hundredths of a point (487 is 4.87), None without any score; `many`: how many counted."""

    described: int | None
    served: int | None
    shipped: int | None
    many: int


def mean(total: int, many: int) -> int | None:
    """The arithmetic mean of scores in hundredths of a point, half a hundredth rounded up; None of none."""
    return (total * 200 + many) // (2 * many) if many else None


def within(moment: datetime, at: datetime, days: int) -> bool:
    """Whether `at` lies in the days that begin at the moment; the last instant no longer does."""
    return moment <= at < moment + timedelta(days=days)


def may_become(before: int | None, after: int) -> bool:
    """Whether a mark may be changed so: only towards good."""
    return before is not None and after > before


def by_system(*, buyer_said: Iterable[int | None], seller_said: int | None) -> tuple[bool, bool]:
    """What the system adds when the time is over: (good for the seller, good for the buyer).

    Only good answers good: when one side was good and the other silent. Neutral and bad are never added, and
    where both were silent there is nothing.
    """
    marks = list(buyer_said)
    if marks and seller_said is None:
        return False, all(mark == GOOD for mark in marks)
    if not marks and seller_said == GOOD:
        return True, False
    return False, False
