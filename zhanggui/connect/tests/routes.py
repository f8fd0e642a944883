"""This room's routes about payments, for tests/test_routes.py; those of imports and exports stand in tests/routes.py."""

from typing import Any

from tests.cast import NOON, merchant
from tests.routes import Route, Stage
from zhanggui.connect.models import PayAccount, PayBill, PayDifference, PayNotice
from zhanggui.connect.tests.pay_cast import account
from zhanggui.people.powers import Power as P


def _account(stage: Stage) -> dict[str, Any]:
    row: PayAccount = stage.kept("pay_account", account)
    return {"pk": row.pk}


def _bill(stage: Stage) -> dict[str, Any]:
    def make() -> PayBill:
        sums = {"rows": 1, "paid_fen": 1, "back_fen": 0, "fee_fen": 0, "compared_at": NOON}
        return PayBill.objects.create(merchant_id=merchant().pk, provider="alipay", day=NOON.date(), **sums)

    return {"pk": stage.kept("pay_bill", make).pk}


def _difference(stage: Stage) -> dict[str, Any]:
    def make() -> PayDifference:
        return PayDifference.objects.create(
            bill_id=_bill(stage)["pk"], kind="extra", what="paid", number="P1", theirs_fen=1
        )

    return {"pk": stage.kept("pay_difference", make).pk}


def _notice(stage: Stage) -> dict[str, Any]:
    def make() -> PayNotice:
        return PayNotice.objects.create(
            provider="alipay", event="e1", number="P1", told={"amount_fen": 1}, state="parked"
        )

    return {"pk": stage.kept("pay_notice", make).pk}


ROUTES = [
    Route("connect:notify", None, "POST", about=lambda s: {"provider": "alipay"}, signed=True),
    Route("connect:pay-accounts", P.PAYMENT_SETUP, strict=True),
    Route(
        "connect:pay-account-new",
        P.PAYMENT_SETUP,
        "GET POST",
        about=lambda s: {"provider": "alipay"},
        strict=True,
    ),
    Route("connect:pay-account", P.PAYMENT_SETUP, "GET POST", about=_account, strict=True),
    Route("connect:pay-account-closing", P.PAYMENT_SETUP, "POST", about=_account, strict=True),
    Route("connect:pay-account-emptying", P.PAYMENT_SETUP, "POST", about=_account, strict=True),
    Route("connect:pay-bills", P.PAYMENT_SEE, strict=True),
    Route("connect:pay-bill", P.PAYMENT_SEE, about=_bill, strict=True),
    Route("connect:pay-settlement", P.PAYMENT_SETTLE, "POST", about=_difference, strict=True),
    Route("connect:pay-notices", P.PAYMENT_SEE, strict=True),
    Route("connect:pay-notice-settlement", P.PAYMENT_SETTLE, "POST", about=_notice, strict=True),
]
