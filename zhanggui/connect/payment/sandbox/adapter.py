"""Our side of the sandbox: Alipay's adapter, pointed at a process on this machine."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

from zhanggui.connect.payment.accounts import Account
from zhanggui.connect.payment.alipay import Alipay
from zhanggui.connect.payment.alipay import _read_moment as read_moment
from zhanggui.connect.payment.ports import BadNotice, offer

OLDEST = timedelta(minutes=5)


class Sandbox(Alipay):
    """Pays nothing, behaves like the real ones."""

    name = "sandbox"
    inside = True

    def gateway(self, account: Account) -> str:
        """The process beside us, wherever it listens today."""
        return account.gateway or f"{settings.SANDBOX_URL.rstrip('/')}/gateway.do"

    def _check_age(self, given: Mapping[str, str], at: datetime) -> None:
        """The sandbox renews `notify_time` with each repetition, so an old one is a replay (G2.2)."""
        sent = read_moment(given.get("notify_time", ""))
        if sent is None or not -OLDEST <= at - sent <= OLDEST:
            raise BadNotice("replay")


offer(Sandbox())
