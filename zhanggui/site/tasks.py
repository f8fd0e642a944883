"""The house's own periodic work. Found by the background worker through PROCRASTINATE_IMPORT_PATHS.

Each of these is safe to run twice and at the same time in two workers.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from zhanggui.catalog.tasks import examine_by_new_rules, examine_tomorrow
from zhanggui.checkout.tasks import place_won_orders, prune_submits
from zhanggui.customers.keeping import forget_buyers_entries
from zhanggui.journal import news, seals
from zhanggui.kit import bells
from zhanggui.kit.pictures import render_missing
from zhanggui.orders.selling import count_sold
from zhanggui.orders.tasks import forget_receivers
from zhanggui.people.keeping import forget_entries
from zhanggui.site import anchors
from zhanggui.site.sweeping import sweep_pictures

KEEP_NEWS_DAYS = 30
log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="site.minute", queueing_lock="site.minute")
def every_minute(timestamp: int) -> None:
    """Seal the daybook, forget old bells, place the orders of auctions that waited for an address."""
    _each(seals.seal_new, note_seal, bells.purge, place_won_orders)


@app.periodic(cron="7 * * * *")
@app.task(name="site.hour", queueing_lock="site.hour")
def every_hour(timestamp: int) -> None:
    """Examine what goes on the shelf within a day and where new rules hold, make the renditions of older
    pictures, recount what was sold."""
    _each(examine_by_new_rules, examine_tomorrow, render_missing, count_sold)


@app.periodic(cron="17 4 * * *")
@app.task(name="site.night", queueing_lock="site.night")
def every_night(timestamp: int) -> None:
    """Forget announcements that everybody heard, sessions that ended, old tries to sign in, jobs that are over, old receivers,
    pictures that nothing names."""
    _each(
        sweep_pictures,
        forget_news,
        clear_sessions,
        forget_entries,
        forget_buyers_entries,
        clear_queue,
        forget_receivers,
        prune_submits,
    )


def note_seal() -> None:
    """Keep the newest seal outside the database too."""
    anchors.note(settings.HOME)


def forget_news() -> int:
    """Announcements heard by everybody longer ago than KEEP_NEWS_DAYS."""
    return news.forget(older_than=timedelta(days=KEEP_NEWS_DAYS))


def clear_sessions() -> int:
    """Sessions past their end."""
    return Session.objects.filter(expire_date__lt=Now()).delete()[0]


def clear_queue() -> int:
    """Entries of the queue that ended more than a week ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs j WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted') "
            "AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id "
            "AND e.at > clock_timestamp() - interval '7 days')"
        )
        return int(cursor.rowcount)


def _each(*works: Callable[[], object]) -> None:
    """Do all of them, whatever becomes of each; the failure is told at the end."""
    trouble: Exception | None = None
    for work in works:
        try:
            work()
        except Exception as caught:
            log.exception("periodic work failed: %s", work)
            trouble = caught
    if trouble is not None:
        raise trouble
