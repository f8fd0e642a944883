"""Background work of this room: what was kept long enough is destroyed; payments, refunds and bills are looked after."""

from procrastinate.contrib.django import app

from zhanggui.connect.actions.uploading import sweep
from zhanggui.connect.payment import asking, backs, billing
from zhanggui.connect.payment.setting_up import empty_old
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now, now


@app.periodic(cron="37 4 * * *")
@app.task(name="connect.sweep", queueing_lock="connect.sweep")
def sweep_files(timestamp: int) -> None:
    """Every night: destroy the contents of imports and exports that are over for some days, and the keys of closed accounts
    that nobody needs any more.
    """
    sweep(at=now())
    empty_old(by=system("收款账户", "timer"), at=database_now())


@app.periodic(cron="* * * * * */15")
@app.task(name="connect.ask_payments", queueing_lock="connect.ask_payments", lock="connect.ask_payments")
def ask_payments(timestamp: int) -> None:
    """Every quarter of a minute: ask for the open payments whose notice has not come (G2.3)."""
    asking.ask_open()


@app.task(name="connect.close_payments")
def close_payments(payment_ids: list[int]) -> None:
    """Close payments that were withdrawn; woken when one is."""
    asking.close_withdrawn(payment_ids)


@app.task(name="connect.pay_backs", queueing_lock="connect.pay_backs")
def pay_backs(timestamp: int = 0) -> None:
    """Carry out the refunds that are due; woken when one is asked for."""
    backs.carry_out()


@app.periodic(cron="* * * * * */20")
@app.task(name="connect.note_backs", queueing_lock="connect.note_backs")
def note_backs(timestamp: int) -> None:
    """Three times a minute: refunds whose first try did not end, or whose news was lost (G3.3)."""
    backs.note()
    backs.carry_out()


@app.periodic(cron="23 9,11,14 * * *")
@app.task(name="connect.compare_bills", queueing_lock="connect.compare_bills")
def compare_bills(timestamp: int) -> None:
    """Each morning, and again later for a bill that was late: compare the days that are over (G3.4)."""
    billing.compare_days(at=database_now())
