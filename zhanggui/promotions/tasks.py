"""Background work of this room, by the database's clock. Each piece may run twice and in two workers at once.

Nothing that a buyer pays waits for it: whether an offer, coupon, red packet or auction can be used is decided by the
moment itself (docs/laws/offers.md).
"""

import logging
from collections.abc import Callable

from procrastinate.contrib.django import app

from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.promotions.actions import auctions, offers, purses, unreadable

TIMER = system("定时器", "timer")
_ROUNDS = 20
log = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */5")
@app.task(name="promotions.moment", queueing_lock="promotions.moment", lock="promotions.moment")
def every_moment(timestamp: int) -> None:
    """Every five seconds: begin and end offers and auctions, credit red packets."""
    _each(offers.move_due, auctions.start_due, auctions.end_due, purses.credit_due)


@app.periodic(cron="* * * * *")
@app.task(name="promotions.minute", queueing_lock="promotions.minute", lock="promotions.minute")
def every_minute(timestamp: int) -> None:
    """Every minute: expire coupons and red packets, take deposits of winners who did not pay, count unlimited offers, tell of
    offers that nobody can read."""
    _each(purses.expire_due, auctions.take_due, unreadable.tell)
    offers.recount(by=TIMER, at=database_now())


def _each(*verbs: Callable[..., int]) -> None:
    """Do each until it finds nothing more, whatever becomes of the others; a failure is told at the end."""
    trouble: Exception | None = None
    for verb in verbs:
        try:
            for _round in range(_ROUNDS):
                if not verb(by=TIMER, at=database_now()):
                    break
        except Exception as caught:
            log.exception("periodic work failed: %s", verb)
            trouble = caught
    if trouble is not None:
        raise trouble
