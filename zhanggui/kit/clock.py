"""Time in China's one zone. Only views, tasks and commands read the clock; everything below takes `at=`."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from django.db import connection

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The moment, timezone-aware, in China's zone."""
    return datetime.now(CHINA)


def database_now() -> datetime:
    """The moment by the database's clock, which alone decides deadlines (reliability B2.6). One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(CHINA)


def in_china(moment: datetime) -> datetime:
    """The same moment on China's wall clock."""
    return moment.astimezone(CHINA)


def day_of(moment: datetime) -> date:
    """The Chinese calendar day of a moment."""
    return in_china(moment).date()


def day_begins(day: date) -> datetime:
    """Midnight at which a Chinese calendar day begins."""
    return datetime.combine(day, time(), tzinfo=CHINA)


def parse_moment(text: str) -> datetime:
    """A moment as the platforms write it ("2016-11-11 10:11:00", also with "/" and without seconds).

    Raises ValueError when it is none.
    """
    clean = text.strip().replace("/", "-").replace("T", " ")
    for shape in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(clean, shape).replace(tzinfo=CHINA)
        except ValueError:
            continue
    raise ValueError(f"not a moment: {text!r}")


def days(number: float) -> timedelta:
    """So many days of 24 hours."""
    return timedelta(days=number)


UTC = timezone.utc  # noqa: UP017 - the name others import
