"""G1.2 at the size that fits a usual run; `make prove` runs the long one."""

import copy
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.killing import STOCK, storm
from tests.killing_shop import SHOPPING, TTL_SECONDS, Bought
from tests.shopping import money_agrees

pytestmark = pytest.mark.processes


def judge(outcome: dict) -> None:
    """Zero lost, zero doubled, zero oversold, and the books balanced."""
    acked, truth = outcome["acked"], outcome["truth"]
    assert acked.numbers <= set(truth["numbers"]), "an acknowledged order is missing"
    assert len(truth["numbers"]) == len(set(truth["numbers"]))
    for name in (
        "without_receiver",
        "wrong_lines",
        "told_twice",
        "untold",
        "unpaid_in_the_books",
        "unbalanced",
        "unexplained",
    ):
        assert truth[name] == [], name
    marks = dict(map(tuple, truth["marks"]))
    assert acked.marks <= set(marks), "an acknowledged mark is missing"
    assert set(marks.values()) <= {1}, "a mark was put twice"
    assert all(held <= STOCK for _sku, held in truth["held"]), "oversold"
    assert not (truth["short"] and truth["free"]), "sold out was said while pieces were free"
    assert truth["waiting"] == 0


def judge_shop(outcome: dict) -> None:
    """No acknowledged order is missing or doubled, no piece is sold twice, the provider's money is all accounted for."""
    bought, truth = outcome["acked"], outcome["truth"]
    stood: dict[str, list[str]] = {}
    for number, words, _shop, _state, _due, _red in truth["orders"]:
        stood.setdefault(words, []).append(number)
    for words, numbers in bought.orders.items():
        assert sorted(stood.get(words, ())) == sorted(numbers), ("acknowledged, but not so", words, numbers)
    places = [(words, shop) for _n, words, shop, *_rest in truth["orders"]]
    assert len(places) == len(set(places)), "a form that was sent again made a second order"
    assert not set(bought.refused) & set(stood), "refused, but placed"
    assert bought.paid <= set(truth["provider"].paid)
    money_agrees(truth, truth["provider"])
    assert truth["backs_open"] == 0
    assert all(left >= 0 for left in truth["left"].values()), "oversold"
    assert not any(state == "unpaid" for _n, _w, _s, state, *_rest in truth["orders"])
    assert bought.freed_in <= TTL_SECONDS
    assert truth["used"]["前三十次"][0] <= 30
    assert truth["waiting"] == 0


def stormy(story: object, rounds: int, seed: int) -> dict:
    with tempfile.TemporaryDirectory(prefix="zg-kills-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a system user of its own when we are root
        return storm(folder, rounds, seed, story)  # type: ignore[arg-type]


def test_buyers_lose_no_order_and_no_fen_while_everything_is_killed() -> None:
    outcome = stormy(SHOPPING, rounds=5, seed=20261112)
    judge_shop(outcome)
    bought = outcome["acked"]
    assert len(bought.orders) >= 5
    assert bought.paid
    assert len(outcome["kills"]) == 5
    for name, spoil in SPOILT.items():
        assert _noticed(spoil(copy.deepcopy(outcome))), f"the judge did not see: {name}"


def _noticed(outcome: dict) -> bool:
    try:
        judge_shop(outcome)
    except AssertionError:
        return True
    return False


def _spoilt(change: Callable[[dict], object]) -> Callable[[dict], dict]:
    def spoil(outcome: dict) -> dict:
        change(outcome["truth"])
        return outcome

    return spoil


def _of_paid(truth: dict) -> list:
    return next(row for row in truth["payments"] if row[1] == "paid" and row[2])


SPOILT: dict[str, Callable[[dict], dict]] = {
    "an acknowledged order is missing": lambda o: o | {"acked": _more(o["acked"], "nobody's")},
    "an order stands twice": _spoilt(lambda t: t["orders"].append(["copy", *t["orders"][0][1:]])),
    "money is not booked": _spoilt(lambda t: _of_paid(t).__setitem__(1, "open")),
    "money is booked twice": _spoilt(lambda t: t.update(escrow=t["escrow"] + _of_paid(t)[2])),
    "money came too late and was kept": _spoilt(lambda t: _of_paid(t)[3].append([1, "stray"])),
    "money went back twice": _spoilt(lambda t: t["provider"].refunds.update(again=1)),
    "a piece was sold twice": _spoilt(lambda t: t["left"].update({"1": -1})),
}
"""The controls: the same outcome with one thing wrong in it must be noticed."""


def _more(bought: Bought, words: str) -> Bought:
    bought.orders[words] = ("1",)
    return bought


def test_nothing_is_lost_doubled_or_oversold_while_everything_is_killed() -> None:
    outcome = stormy(None, rounds=6, seed=20261111)
    judge(outcome)
    assert outcome["acked"].numbers
    assert outcome["acked"].marks
    assert len(outcome["kills"]) == 6
