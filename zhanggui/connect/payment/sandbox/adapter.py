"""Our side of the sandbox: Alipay's adapter, pointed at a process on this machine."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import get_language

from zhanggui.connect.payment.accounts import Account
from zhanggui.connect.payment.alipay import Alipay
from zhanggui.connect.payment.alipay import _read_moment as read_moment
from zhanggui.connect.payment.ports import Answer, BadNotice, Heard, Incoming, Unreachable, offer

OLDEST = timedelta(minutes=5)


class Sandbox(Alipay):
    """Pays nothing, behaves like the real ones."""

    name = "sandbox"
    inside = True

    def gateway(self, account: Account) -> str:
        """The process beside us, wherever it listens today. Raises Unreachable where none is to run."""
        if not settings.SANDBOX_URL:
            raise Unreachable("the sandbox is off")
        return account.gateway or f"{settings.SANDBOX_URL}/gateway.do"

    def beside(self) -> dict[str, str]:
        """The language that the buyer reads here: the cashier speaks it, whatever the browser asks for."""
        return {"lang": "en" if (get_language() or "").startswith("en") else "zh"}

    def read_notice(self, incoming: Incoming) -> tuple[list[Heard], Answer]:
        """Nothing of a sandbox is believed in a house that runs without one."""
        if not settings.SANDBOX_URL:
            raise BadNotice("the sandbox is off")
        return super().read_notice(incoming)

    def _check_age(self, given: Mapping[str, str], at: datetime) -> None:
        """The sandbox renews `notify_time` with each repetition, so an old one is a replay (G2.2)."""
        sent = read_moment(given.get("notify_time", ""))
        if sent is None or not -OLDEST <= at - sent <= OLDEST:
            raise BadNotice("replay")


offer(Sandbox())
