"""G1.2, G2, G3.1 with buyers: they place and pay at the sandbox while web, worker and database are killed.

Each sends the same form again until it is answered; each payment is opened, paid at the provider, and sometimes never
looked at again. Orders' deadlines pass meanwhile, so money also comes too late. Then everything has to agree: what
buyers were told, what stands in the house, what the provider took and gave back.
"""

import random
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.killing import Story
from tests.shopping import (
    OFFER_GONE,
    PLACED,
    PRICE_CHANGED,
    Shopper,
    at_provider,
    form_of,
    laid,
    patiently,
    pay_at,
    stands,
)
from zhanggui.site.tests.house import House, until

BUYERS = 8
GOODS = {"TEA": 60, "RICE": 60, "CUP": 40, "LEAF": 2000, "BOWL": 2000}
"""More are wanted than there are of the first three."""
OFFERS = [
    {
        "kind": "reduction",
        "name": "前三十次",
        "terms": {"tiers": [{"at": 9000, "off_fen": 333}]},
        "times": 30,
    },
]
TTL_SECONDS = 5.0
"""G1.2: what is held for a dead cart is free again so soon after its timer."""


@dataclass
class Bought:
    """What buyers were told. `orders`: numbers by the words in their order; `refused` likewise."""

    orders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)
    freed_in: float = 0.0
    dead_carts: int = 0


def buy(house: House, bought: Bought, stop: threading.Event, laid_out: dict[str, Any], place: int) -> None:
    """Order after order: place, and mostly pay."""
    dice, count = random.Random(place), 0
    shopper = Shopper(house, laid_out["sessions"][place - 1], timeout=10)
    skus, (one, two) = list(laid_out["skus"].values()), laid_out["shops"]
    while not stop.is_set():
        count += 1
        words = f"第{place}位的第{count}单"
        lines = [(one, sku, dice.randint(1, 3)) for sku in dice.sample(skus, 2)]
        if dice.random() < 0.3:
            lines.append((two, dice.choice(skus), 1))
        form = patiently(partial(shopper.form, lines, words), stop, bought.troubles)
        answer = None
        while form is not None:
            answer = patiently(partial(shopper.place, form), stop, bought.troubles)
            if answer is None or answer.result not in (PRICE_CHANGED, OFFER_GONE):
                break
            form = form_of(answer.page)
        if answer is None:
            return
        if answer.result != PLACED:
            bought.refused[words] = answer.result
            continue
        bought.orders[words] = answer.numbers
        if dice.random() < 0.7:
            _pay(shopper, answer.numbers, bought, stop, dice)


def _pay(
    shopper: Shopper, numbers: tuple[str, ...], bought: Bought, stop: threading.Event, dice: random.Random
) -> None:
    number = patiently(lambda: shopper.open_payment(numbers), stop, bought.troubles)
    where = number and patiently(lambda: shopper.cashier(number), stop, bought.troubles)
    if not where:
        return
    if dice.random() < 0.3:
        stop.wait(dice.uniform(1, 4))  # the order may be closed before the money comes
    if patiently(lambda: pay_at(where), stop, bought.troubles):
        bought.paid.add(number)
        if dice.random() < 0.5:
            patiently(lambda: shopper.get(f"/pay/{number}/"), stop, bought.troubles)


def hurry(house: House, bought: Bought, stop: threading.Event, laid_out: dict[str, Any], place: int) -> None:
    """Let the deadline of every order pass that has waited for two seconds."""
    sql = (
        "UPDATE orders_timer t SET due_at = clock_timestamp() FROM orders_order o WHERE o.id = t.order_id "
        "AND o.state = 'unpaid' AND o.placed_at < clock_timestamp() - interval '2 seconds' "
        "AND t.fired_at IS NULL AND t.dropped_at IS NULL AND t.due_at > clock_timestamp()"
    )
    while not stop.wait(1.5):
        patiently(lambda: house.sql(sql) or True, stop, bought.troubles)


def _settle(house: House, bought: Bought) -> None:
    """All that is still on its way arrives: notices or questions, refunds, and the deadlines of dead carts."""
    provider = partial(at_provider, house)
    house.sql("UPDATE checkout_payment SET made_at = made_at - interval '10 minutes' WHERE state = 'open'")
    house.sql("UPDATE connect_payerrand SET next_at = clock_timestamp() WHERE done_at IS NULL")
    until(
        lambda: (
            not (
                set(provider().paid)
                - {row[0] for row in house.sql("SELECT number FROM checkout_payment WHERE state = 'paid'")}
            )
        ),
        90,
        "every payment that the provider took is known here",
    )
    waiting = "SELECT 1 FROM orders_order WHERE state = 'unpaid' LIMIT 1"
    bought.dead_carts = len(house.sql("SELECT id FROM orders_order WHERE state = 'unpaid'"))
    began = time.monotonic()
    house.sql(
        "UPDATE orders_timer SET due_at = clock_timestamp() WHERE kind = 'close_unpaid' "
        "AND fired_at IS NULL AND dropped_at IS NULL"
    )
    until(lambda: not house.sql(waiting), 60, "dead carts are closed")
    bought.freed_in = time.monotonic() - began
    house.sql("UPDATE connect_payerrand SET next_at = clock_timestamp() WHERE done_at IS NULL")
    until(
        lambda: not house.sql("SELECT 1 FROM checkout_moneyback WHERE state = 'asked' LIMIT 1"),
        90,
        "what is to go back went back",
    )


SHOPPING = Story(
    lay=partial(laid, buyers=BUYERS, goods=GOODS, offers=OFFERS, packets=3000),
    runners=[*[buy] * BUYERS, hurry],
    acked=Bought,
    begun=lambda bought: bought.orders and bought.paid,
    settle=_settle,
    truth=lambda house: {**stands(house), "provider": at_provider(house)},
    env={"ZHANGGUI_SANDBOX": "1"},
)
