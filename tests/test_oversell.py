"""G1.1: nothing is ever sold twice, however many come at once. The control shows that the guard is why."""

import os
import random
import time

import pytest
from django.db import connection, transaction

from tests import cast
from tests.racing import race, refusals
from zhanggui.stock.actions import promises
from zhanggui.stock.models import Balance, Promise
from zhanggui.stock.queries import unexplained
from zhanggui.stock.tests.shelving import free, shelve, want

pytestmark = pytest.mark.django_db(transaction=True)
BUYERS = 16
ROUNDS = int(os.environ.get("OVERSELL_ROUNDS", "3"))


def _basket(line: int, skus: list[int], pieces: int) -> list[promises.Want]:
    """A basket of several articles; odd buyers name them in the opposite order."""
    named = list(reversed(skus)) if line % 2 else skus
    return [want(line * 10 + place, sku, pieces) for place, sku in enumerate(named)]


@pytest.mark.parametrize("stock", [1, 10, 100])
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_no_oversell_no_deadlock_and_no_false_sold_out(stock, round_):
    dice = random.Random(1000 * round_ + stock)
    skus = [shelve(code, pieces=stock) for code in ("TEA", "RICE", "SALT")]
    baskets = [_basket(buyer, skus, dice.randint(1, 3)) for buyer in range(1, BUYERS + 1)]
    results = race(*[lambda b=b: promises.promise_many(by=cast.HOUSE, wanted=b) for b in baskets])
    assert refusals(results) == []
    assert unexplained() == []
    for sku in skus:
        outcomes = [
            (w.pieces, results[i][w.line_id]) for i, b in enumerate(baskets) for w in b if w.sku_id == sku
        ]
        held = sum(pieces for pieces, outcome in outcomes if outcome == "held")
        short = [pieces for pieces, outcome in outcomes if outcome == "short"]
        assert held == stock - free(sku)
        assert all(pieces > free(sku) for pieces in short), "somebody was told sold out while enough was left"


def test_the_same_line_twice_at_once_is_held_once():
    tea = shelve(pieces=10)
    results = race(*[lambda: promises.promise_many(by=cast.HOUSE, wanted=[want(1, tea, 2)])] * 8)
    assert refusals(results) == []
    assert free(tea) == 8
    assert Promise.objects.count() == 1


def test_control_without_lock_and_check_the_same_race_oversells(monkeypatch):
    """Takes both guards away (the locks, and the CHECK of the database): then 16 buyers get what one could have."""
    tea = shelve(pieces=1)

    def look_without_locking(*, skus, warehouses=None):
        seen = list(Balance.objects.filter(sku_id__in=list(skus)))
        time.sleep(0.1)
        return seen

    monkeypatch.setattr(promises, "lock_balances", look_without_locking)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stock_balance DROP CONSTRAINT never_promise_more_than_on_hand")
    try:
        race(
            *[lambda n=n: promises.promise_many(by=cast.HOUSE, wanted=[want(n, tea)]) for n in range(BUYERS)]
        )
        assert Promise.objects.filter(state="held").count() > 1
    finally:
        Balance.objects.all().update(promised=0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE stock_balance ADD CONSTRAINT never_promise_more_than_on_hand "
                "CHECK (promised >= 0 AND promised <= on_hand)"
            )
