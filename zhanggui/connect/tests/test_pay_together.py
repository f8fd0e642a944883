"""A storm of notices is acted on in lists; one that cannot be acted on hurts no other."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import HOUSE
from zhanggui.checkout.acting import HOUSE as TILL
from zhanggui.checkout.actions.payments import open_payment
from zhanggui.checkout.models import Payment
from zhanggui.checkout.tests.cast import buyer, goods, placed
from zhanggui.connect.models import PayNotice
from zhanggui.connect.payment import inbox
from zhanggui.connect.tests.pay_cast import account, notice
from zhanggui.connect.tests.test_pay_inbox import deliver, send
from zhanggui.kit.clock import now
from zhanggui.ledger.books import balances, unbalanced

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea():
    account()
    return goods(pieces=100)


def came(tea, many: int) -> list[Payment]:
    """So many payments, of each of which a notice came."""
    start, payments = Payment.objects.count(), []
    for n in range(start, start + many):
        order = placed((tea, 1), by=buyer(f"买家{n}"))
        payments.append(open_payment(by=TILL, order_ids=[order.pk], provider="alipay", at=now()))
        send(notice(payments[-1], trade_no=f"20261101{n:020}", notify_id=f"notice{n}"))
    return payments


def states(payments) -> set[str]:
    return set(Payment.objects.filter(pk__in=[one.pk for one in payments]).values_list("state", flat=True))


def cost(tea, many: int) -> int:
    payments = came(tea, many)
    first = PayNotice.objects.filter(state="new").order_by("pk").first()
    with CaptureQueriesContext(connection) as asked:
        assert inbox.act(by=HOUSE, notice_id=first.pk, at=now()) == "paid"
    assert states(payments) == {"paid"}
    assert not PayNotice.objects.filter(state="new").exists()
    return len([row for row in asked if "SAVEPOINT" not in row["sql"]])


def test_those_that_wait_are_paid_in_one_list(tea):
    assert cost(tea, 2) == cost(tea, 20)
    deliver()
    assert balances()["escrow"] == sum(Payment.objects.values_list("amount_fen", flat=True))
    assert unbalanced() == []


def test_one_that_cannot_be_acted_on_hurts_no_other(tea, monkeypatch):
    payments = came(tea, 5)
    ill, real = payments[2].number, inbox.tell

    def tell(*, by, heard, at):
        if any(one.number == ill for one in heard):
            raise ZeroDivisionError
        return real(by=by, heard=heard, at=at)

    monkeypatch.setattr(inbox, "tell", tell)
    deliver()
    well = [one for one in payments if one.number != ill]
    assert states(well) == {"paid"}
    assert states([payments[2]]) == {"open"}
    assert PayNotice.objects.get(number=ill).state == "new"
    monkeypatch.setattr(inbox, "tell", real)
    assert inbox.act(by=HOUSE, notice_id=PayNotice.objects.get(number=ill).pk, at=now()) == "paid"
