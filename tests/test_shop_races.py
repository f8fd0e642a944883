"""G1.1, G1.3, G2.4 over HTTP: sixty-four buyers press the button at the same instant, in a house of several processes.

Beside tests/test_buying_races.py, which does the same to the verbs: here nothing is shared but the database. The
control house runs the same processes with one guard taken away from outside (tests/guardless).
"""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.racing import race
from tests.shopping import PLACED, SOLD_OUT, Answer, Shopper, at_once, laid, press_together, stands
from zhanggui.site.tests.house import House

pytestmark = pytest.mark.processes
BUYERS = 64
ROUNDS = int(os.environ.get("SHOP_RACE_ROUNDS", "1"))
STOCKS = (1, 10, 100)


@contextmanager
def house(**env: str) -> Iterator[House]:
    """A house of its own with two web processes."""
    with tempfile.TemporaryDirectory(prefix="zg-shop-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a system user of its own when we are root
        one = House(folder)
        one.env |= {"ZHANGGUI_SANDBOX": "1"} | env
        try:
            yield one.up("--workers", "2")
        finally:
            one.close()


def left_of(opened: House, sku: int) -> int:
    return int(opened.sql("SELECT on_hand - promised FROM stock_balance WHERE sku_id = %s", sku)[0][0])


def everybody(opened: House, laid_out: dict[str, Any]) -> list[Shopper]:
    return [Shopper(opened, session, timeout=60) for session in laid_out["sessions"]]


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[House, dict[str, Any], list[Shopper]]]:
    """The open shops, what lies in them, and the buyers."""
    goods = {
        f"{code}{stock}r{n}": stock for n in range(ROUNDS) for stock in STOCKS for code in ("TEA", "RICE")
    }
    goods |= {"ALL": 2 * BUYERS, "KEY": 1000, "LAST": 1, "RED1": 1000, "RED2": 1000, "FEW": 1000, "ONE": 1}
    offers = [
        {
            "kind": "coupon",
            "name": "领券",
            "terms": {"threshold_fen": 100, "off_fen": 100},
            "times": 10,
            "per_buyer": 1,
        },
        {
            "kind": "reduction",
            "name": "前十五次",
            "terms": {"tiers": [{"at": 40000, "off_fen": 700}]},
            "times": 15,
        },
    ]
    with house() as opened:
        found = laid(opened, BUYERS, goods, offers)
        yield opened, found, everybody(opened, found)


@pytest.mark.parametrize("stock", STOCKS)
@pytest.mark.parametrize("round_", range(ROUNDS))
def test_nothing_is_sold_twice_and_nobody_is_refused_without_need(shop, stock, round_):
    """Mixed pieces, both shops, baskets of two articles in opposite order; some ask in both shops at once."""
    opened, found, people = shop
    dice = random.Random(1000 * round_ + stock)
    one, two = found["shops"]
    tea, rice = (found["skus"][f"{code}{stock}r{round_}"] for code in ("TEA", "RICE"))
    baskets = []
    for n in range(len(people)):
        if n % 8 == 7:
            basket = [(one, tea, dice.randint(1, 2)), (two, rice, dice.randint(1, 2))]
        else:
            basket = [(two if n % 3 == 2 else one, sku, dice.randint(1, 3)) for sku in (tea, rice)]
        baskets.append(basket[::-1] if n % 2 else basket)
    forms = at_once(
        *[
            partial(p.form, basket, f"{stock}r{round_}b{n}")
            for n, (p, basket) in enumerate(zip(people, baskets, strict=True))
        ]
    )
    answers = press_together(people, forms)
    assert {answer.result for answer in answers} <= {PLACED, SOLD_OUT}, Counter(a.said for a in answers)
    left = {sku: left_of(opened, sku) for sku in (tea, rice)}
    sold: Counter[int] = Counter()
    for basket, answer in zip(baskets, answers, strict=True):
        if answer.result == PLACED:
            sold.update({sku: pieces for _shop, sku, pieces in basket})
            assert len(answer.numbers) == len({where for where, _sku, _n in basket})
        else:
            assert any(pieces > left[sku] for _shop, sku, pieces in basket), (
                "sold out was said while enough was left"
            )
    assert {sku: sold[sku] + left[sku] for sku in (tea, rice)} == {tea: stock, rice: stock}
    assert any(answer.result == PLACED for answer in answers) or stock == 1


def test_enough_for_all_is_sold_to_all(shop):
    opened, found, people = shop
    line = (found["shops"][0], found["skus"]["ALL"], 2)
    forms = at_once(*[partial(person.form, [line]) for person in people])
    assert [answer.result for answer in press_together(people, forms)] == [PLACED] * BUYERS
    assert left_of(opened, line[1]) == 0


def test_ten_coupons_go_to_ten_buyers(shop):
    """Everybody presses twice at once."""
    opened, found, people = shop
    path = f"/s/OW01/coupons/{found['offers']['领券']}/"
    for person in people[:40]:
        person.get("/s/OW01/coupons/")
    answers = at_once(*[partial(person.post, path, {}) for person in people[:40] for _ in range(2)])
    assert {answer.status_code for answer in answers} <= {302, 409}
    assert opened.sql("SELECT claimed FROM promotions_offer WHERE name = '领券'") == [(10,)]
    assert opened.sql("SELECT count(*), count(DISTINCT buyer_id) FROM promotions_coupon") == [(10, 10)]


def test_an_offer_for_fifteen_is_given_fifteen_times(shop):
    opened, found, people = shop
    line = (found["shops"][1], found["skus"]["FEW"], 9)
    forms = at_once(*[partial(person.form, [line], "前十五次") for person in people])
    answers = press_together(people, forms)
    assert [answer.result for answer in answers] == [PLACED] * BUYERS, Counter(a.said for a in answers)
    assert opened.sql("SELECT used_times FROM promotions_offer WHERE name = '前十五次'") == [(15,)]
    # some of them used one of the ten coupons too
    said = "buyer_message = '前十五次' AND discount_fen >= 700"
    assert opened.sql(f"SELECT count(*) FROM orders_order WHERE {said}") == [(15,)]


def test_one_red_packet_in_two_tabs_pays_once(shop):
    opened, found, people = shop
    opened.python(
        "from zhanggui.checkout.tests.cast import buyer, red_packet\n"
        "for n in range(8): red_packet(buyer(f'买家{n}'), 900, ref=str(n))"
    )
    shop_id, skus = found["shops"][0], found["skus"]
    tabs = [person for person in people[:8] for _ in range(2)]
    forms = [tab.form([(shop_id, skus[f"RED{n % 2 + 1}"], 1)], f"tab{n // 2}") for n, tab in enumerate(tabs)]
    answers = at_once(*[partial(tab.insist, form) for tab, form in zip(tabs, forms, strict=True)])
    assert {answer.result for answer in answers} == {PLACED}, Counter(a.said for a in answers)
    paid_red = opened.sql(
        "SELECT buyer_message, sum(red_fen) FROM orders_order WHERE buyer_message LIKE 'tab%' GROUP BY 1"
    )
    assert dict(paid_red) == {f"tab{n}": 900 for n in range(8)}


def press_fifty_times(opened: House, found: dict[str, Any], person: Shopper, sku: str) -> set[Any]:
    form = person.form([(found["shops"][0], found["skus"][sku], 1)], "五十次")
    tabs = [Shopper(opened, found["sessions"][0], timeout=60) for _ in range(50)]
    for tab in tabs:
        tab.web.cookies.set("csrf", person.web.cookies["csrf"])
    answers = race(*[partial(tab.place, form) for tab in tabs])
    return {answer.numbers if isinstance(answer, Answer) else repr(answer) for answer in answers}


def test_the_same_form_fifty_times_at_once_is_one_order(shop):
    """For the last piece there is: nobody of the fifty is told that it is sold out."""
    opened, found, people = shop
    [numbers] = press_fifty_times(opened, found, people[0], "LAST")
    assert len(numbers) == 1, numbers
    assert opened.sql("SELECT count(*) FROM orders_order WHERE buyer_message = '五十次'") == [(1,)]


def test_after_all_that_stock_books_offers_and_red_packets_add_up(shop):
    """Σ movements = on hand, promised = Σ open holds, every order's books; and PostgreSQL counted no deadlock."""
    true = stands(shop[0])
    assert all(left >= 0 for left in true["left"].values())
    assert len(true["orders"]) > BUYERS or ROUNDS == 0


def test_control_without_lock_and_keys_the_same_house_oversells_and_doubles(shop):
    """Opens the same house again with the lock on stock and its CHECK, and the keys of forms, taken away."""
    opened, found, people = shop
    opened.close()
    folder = str(Path(__file__).parent / "guardless")
    opened.env |= {"PYTHONPATH": folder, "ZHANGGUI_TESTS_WITHOUT": "stock,keys"}
    opened.up("--workers", "2")
    opened.sql("ALTER TABLE stock_balance DROP CONSTRAINT never_promise_more_than_on_hand")
    line = (found["shops"][0], found["skus"]["ONE"], 1)
    forms = [person.form([line]) for person in people[:16]]
    answers = race(*[partial(one.place, form) for one, form in zip(people[:16], forms, strict=True)])
    sold = [answer for answer in answers if isinstance(answer, Answer) and answer.result == PLACED]
    assert len(sold) > 1, f"the race is not one: {answers}"
    press_fifty_times(opened, found, people[0], "KEY")
    [(orders,)] = opened.sql("SELECT count(*) FROM orders_order WHERE buyer_message = '五十次'")
    assert orders > 2, "one of them is from before"
    with pytest.raises(AssertionError, match="oversold|stock|promises"):
        stands(opened)
