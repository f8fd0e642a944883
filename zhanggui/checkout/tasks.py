"""Background work of this room. Found by the worker through PROCRASTINATE_IMPORT_PATHS."""

from procrastinate.contrib.django import app

from zhanggui.checkout.actions.submits import prune
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


@app.periodic(cron="41 4 * * *")
@app.task(name="checkout.night", queueing_lock="checkout.night")
def every_night(timestamp: int) -> None:
    """Forget the keys of forms that are old enough."""
    prune(by=system("自营商城", "timer"), at=database_now())
