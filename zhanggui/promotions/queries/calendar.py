"""Offers laid over days: a month in weeks, and fourteen days as lanes. Numbers only; the page draws them with classes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins, day_of
from zhanggui.promotions.models import Offer, OfferState
from zhanggui.promotions.queries.pages import Wanted, in_state, narrowed, stands

LANES = 14
MOST = 300
SHOWN_LANES = 8
"""Lanes of a week that the page draws."""
LONG = timedelta(days=31)
"""What runs longer stands in the month's lane of long ones instead of over every week."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An offer over columns of a row: first column (from 1), how many, its lane (from 1), and where it goes on. `named`: the first
    bar of the offer on the page, which bears its name."""

    offer: Offer
    state: str
    start: int
    span: int
    lane: int
    goes_on: bool
    came_on: bool
    named: bool = True


@dataclass(slots=True)
class Week:
    """Seven days and the bars over them."""

    days: list[date]
    bars: list[Bar] = field(default_factory=list)
    lanes: int = 0


@dataclass(slots=True)
class View:
    """What the calendar shows: its days, weeks (month) or bars (lanes), the offers as a list, the neighbours."""

    way: str
    first: date
    days: list[date]
    weeks: list[Week]
    bars: list[Bar]
    rows: list[tuple[Offer, str]]
    before: str
    after: str
    cut: bool = False
    long: list[tuple[Offer, str]] = field(default_factory=list)


def view(actor: Actor, wanted: Wanted, *, way: str, day: date, at: datetime) -> View:
    """The calendar of a filter: `way` "month" or "lanes", around a day. One statement."""
    if way == "month":
        month = day.replace(day=1)
        following = (month + timedelta(days=32)).replace(day=1)
        first = month - timedelta(days=month.weekday())
        end = following + timedelta(days=(7 - following.weekday()) % 7)
        before, after = (month - timedelta(days=1)).replace(day=1), following
    else:
        way = "lanes"
        month = first = day
        end = first + timedelta(days=LANES)
        before, after = first - timedelta(days=7), first + timedelta(days=7)
    rows = narrowed(actor, wanted).filter(starts_at__lt=day_begins(end), ends_at__gt=day_begins(first))
    rows = rows.filter(in_state(wanted.state, at)) if wanted.state else rows.exclude(state=OfferState.STOPPED)
    found = list(rows.order_by("starts_at", "-ends_at", "pk")[: MOST + 1])
    shown = [(offer, stands(offer, at)) for offer in found[:MOST]]
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    weeks: list[Week] = []
    bars: list[Bar] = []
    long: list[tuple[Offer, str]] = []
    if way == "month":
        long = [row for row in shown if row[0].ends_at - row[0].starts_at > LONG]
        short = [row for row in shown if row[0].ends_at - row[0].starts_at <= LONG]
        named: set[int] = set()
        for number in range(0, len(days), 7):
            week = Week(days[number : number + 7])
            week.bars = [replace(bar, named=bar.offer.pk not in named) for bar in laid(short, week.days)]
            named |= {bar.offer.pk for bar in week.bars if bar.lane <= SHOWN_LANES}
            week.lanes = max((bar.lane for bar in week.bars), default=0)
            weeks.append(week)
    else:
        bars = laid(shown, days, own_lane=True)
    return View(
        way,
        month,
        days,
        weeks,
        bars,
        shown,
        before.isoformat(),
        after.isoformat(),
        len(found) > MOST,
        long,
    )


def laid(rows: Sequence[tuple[Offer, str]], days: Sequence[date], *, own_lane: bool = False) -> list[Bar]:
    """The bars of offers over consecutive days, each in the first lane that is free (or in one of its own).

    An offer that ends at midnight does not touch the day that begins then.
    """
    bars: list[Bar] = []
    free: list[int] = []  # the first free column of each lane
    for offer, state in rows:
        begins, ends = day_of(offer.starts_at), day_of(offer.ends_at - timedelta(microseconds=1))
        if begins > days[-1] or ends < days[0]:
            continue
        start = max(0, (begins - days[0]).days)
        last = min(len(days) - 1, (ends - days[0]).days)
        lane = (
            len(free)
            if own_lane
            else next((n for n, column in enumerate(free) if column <= start), len(free))
        )
        if lane == len(free):
            free.append(0)
        free[lane] = last + 1
        bars.append(
            Bar(offer, state, start + 1, last - start + 1, lane + 1, ends > days[-1], begins < days[0])
        )
    return bars
