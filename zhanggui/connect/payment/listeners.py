"""What this part of the room does on news. No listener calls a provider: it runs in a transaction; the queue does."""

from zhanggui.checkout.events import MoneyBackAsked, PaymentsWithdrawn, StraySettled
from zhanggui.connect.payment import asking, inbox
from zhanggui.connect.payment.backs import note
from zhanggui.connect.payment.events import PayNoticeCame
from zhanggui.journal.news import listen
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now


@listen(PayNoticeCame)
def on_notice(told: PayNoticeCame) -> None:
    """Act on a notice that was stored and answered."""
    inbox.act(by=system("支付通知", "api"), notice_id=told.notice_id, at=database_now())


@listen(MoneyBackAsked)
def on_money_back(told: MoneyBackAsked) -> None:
    """Write the errand down and wake the queue; both commit together."""
    note()


@listen(StraySettled)
def on_stray(told: StraySettled) -> None:
    """Its notices need nobody any more."""
    inbox.follow_stray(by=system("支付通知", "api"), payment_id=told.payment_id, at=database_now())


@listen(PaymentsWithdrawn)
def on_withdrawn(told: PaymentsWithdrawn) -> None:
    """Let the queue close them at their providers after commit."""
    asking.wake_to_close(told.payment_ids)
