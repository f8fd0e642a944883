"""The routes of this room for the walk of tests/test_routes.py."""

from typing import Any

from tests.routes import NOON, Route, Stage
from zhanggui.checkout.models import MoneyBack, Payment, PaymentPart
from zhanggui.orders.models import Order
from zhanggui.orders.rules import OWN
from zhanggui.people.powers import Power as P


def _back(stage: Stage) -> MoneyBack:
    def make() -> MoneyBack:
        payment = Payment.objects.create(
            number="P26110100000000000001",
            merchant_id=stage.shop.merchant_id,
            buyer=stage.own_buyer,
            provider="sandbox",
            amount_fen=100,
            told_fen=100,
            closes_at=NOON,
        )
        PaymentPart.objects.create(payment=payment, order=stage.order, amount_fen=100)
        return MoneyBack.objects.create(
            payment=payment, order=stage.order, ref="R1", amount_fen=1, why="金丝雀一号"
        )

    back: MoneyBack = stage.kept("money_back", make)
    return back


def _payment(stage: Stage) -> dict[str, Any]:
    return {"number": _back(stage).payment.number}


def _own_order(stage: Stage) -> dict[str, Any]:
    Order.objects.filter(pk=stage.order.pk).update(source=OWN)
    return {"code": stage.shop.code, "number": stage.order.number}


ROUTES: list[Route] = [
    Route("checkout:payments", P.PAYMENT_SEE),
    Route("checkout:payment", P.PAYMENT_SEE, of_shop=_payment),
    Route("checkout:payment-back", P.PAYMENT_SETTLE, "POST", of_shop=_payment),
    Route(
        "checkout:back-again", P.PAYMENT_SETTLE, "POST", of_shop=lambda s: {**_payment(s), "pk": _back(s).pk}
    ),
    Route("checkout:payment-assignment", P.PAYMENT_SETTLE, "POST", of_shop=_payment),
    Route(
        "checkout:back-by-hand",
        P.PAYMENT_SETTLE,
        "POST",
        of_shop=lambda s: {**_payment(s), "pk": _back(s).pk},
    ),
    Route(
        "checkout:back-recovery",
        P.PAYMENT_SETTLE,
        "POST",
        of_shop=lambda s: {**_payment(s), "pk": _back(s).pk},
    ),
    Route(
        "checkout:books",
        P.LEDGER_SEE,
        of_shop=lambda s: {"code": s.shop.code, "number": s.order.number},
    ),
    Route("checkout:refund", P.ORDER_SETTLE, "GET POST", of_shop=_own_order),
]
