"""What a placed and paid order costs the database, to the statement: one order as a hundred, COPY and savepoints counted too."""

from contextlib import contextmanager

import psycopg
import pytest

from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.payments import Told, take
from zhanggui.checkout.actions.placing import place_many
from zhanggui.checkout.models import Payment
from zhanggui.checkout.tests.cast import buyer, goods, offer, placing
from zhanggui.kit.clock import now
from zhanggui.ledger.books import unbalanced
from zhanggui.orders.models import Order
from zhanggui.stock.queries import unexplained

PLACED, PAID = 12, 5
"""One more where a present may be limited: its shares are locked."""
REFUSED = 7


@contextmanager
def counted():
    """Everything the driver sends in the block, below Django."""
    seen = []
    with pytest.MonkeyPatch.context() as patched:
        for name in ("execute", "copy"):
            real = getattr(psycopg.Cursor, name)

            def send(cursor, statement, *rest, real=real, **named):
                if "kit_bell" not in str(statement):  # rung by a thread of its own, after the commit
                    seen.append(str(statement))
                return real(cursor, statement, *rest, **named)

            patched.setattr(psycopg.Cursor, name, send)
        yield seen


def _shop(presents):
    tea, cup = goods(price_fen=10000, pieces=1000), goods("CUP", pieces=1000)
    offer("reduction", {"tiers": [{"at": 10000, "off_fen": 1000}]})
    if presents:
        offer("gift", {"tiers": [{"at": 10000, "present": {"sku_id": cup.pk, "pieces": 1}}]})
    return tea


def _form(tea, number, pieces=1):
    return placing((tea, pieces), by=buyer(f"买家{number}"), provider="sandbox")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("presents", [False, True])
@pytest.mark.parametrize("many", [1, 100])
def test_orders_are_placed_and_paid_in_seventeen_statements_however_many(many, presents):
    tea = _shop(presents)
    forms = [_form(tea, number) for number in range(many)]
    with counted() as placed:
        outcomes = place_many(by=HOUSE, placings=forms, at=now())
    assert [one.result for one in outcomes] == ["placed"] * many
    payments = Payment.objects.filter(number__in=[one.payment for one in outcomes])
    told = [Told(p.number, "sandbox", f"T{p.number}", "paid", p.amount_fen, now()) for p in payments]
    assert len(told) == many
    with counted() as paid:
        assert take(by=HOUSE, told=told, at=now()) == ["paid"] * many
    cost = "\n".join(text[:120] for text in [*placed, *paid])
    assert (len(placed), len(paid)) == (PLACED + presents, PAID), cost
    assert Order.objects.filter(state="paid").count() == many
    assert unbalanced() == []
    assert unexplained() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("many", [1, 100])
def test_who_comes_when_all_is_sold_is_told_so_without_a_write_or_a_lock(many):
    tea = goods(price_fen=10000, pieces=1)
    forms = [_form(tea, number, pieces=2) for number in range(many)]
    with counted() as seen:
        outcomes = place_many(by=HOUSE, placings=forms, at=now())
    assert {(one.result, *one.can_have.values()) for one in outcomes} == {("sold_out", 1)}
    assert len(seen) == REFUSED, "\n".join(text[:120] for text in seen)
    assert not [text for text in seen if "INSERT" in text or "UPDATE" in text or "DELETE" in text]


@pytest.mark.django_db(transaction=True)
def test_the_same_form_again_gives_its_order_and_payment_even_when_all_is_sold():
    tea = goods(price_fen=10000, pieces=1)
    form = _form(tea, 1)
    first = place_many(by=HOUSE, placings=[form], at=now())[0]
    again = place_many(by=HOUSE, placings=[form], at=now())[0]
    assert (again.result, again.repeated) == ("placed", True)
    assert (again.number, again.payment) == (first.number, first.payment)
    assert Order.objects.count() == Payment.objects.count() == 1
