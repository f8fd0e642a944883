"""Background work of this room."""

from procrastinate.contrib.django import app

from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.reviews.actions.windows import close_due

_ROUNDS = 50


@app.periodic(cron="*/10 * * * *")
@app.task(name="reviews.close", queueing_lock="reviews.close")
def close_windows(timestamp: int) -> None:
    """Every ten minutes: close the windows whose time is over."""
    for _round in range(_ROUNDS):
        if not close_due(by=system("reviews", "timer"), at=database_now()):
            break
