"""Credit and scores against the published table and a slow, plain computation."""

import random
from datetime import timedelta
from fractions import Fraction

import pytest

from tests.cast import NOON
from zhanggui.reviews import rules


@pytest.mark.parametrize(
    ("points", "level", "badge"),
    [
        (-5, 0, ("", 0)), (0, 0, ("", 0)), (3, 0, ("", 0)), (4, 1, ("heart", 1)), (10, 1, ("heart", 1)),
        (11, 2, ("heart", 2)), (40, 2, ("heart", 2)), (41, 3, ("heart", 3)), (90, 3, ("heart", 3)), (91, 4, ("heart", 4)),
        (150, 4, ("heart", 4)), (151, 5, ("heart", 5)), (250, 5, ("heart", 5)), (251, 6, ("diamond", 1)),
        (500, 6, ("diamond", 1)), (501, 7, ("diamond", 2)), (1000, 7, ("diamond", 2)), (1001, 8, ("diamond", 3)),
        (2000, 8, ("diamond", 3)), (2001, 9, ("diamond", 4)), (5000, 9, ("diamond", 4)), (5001, 10, ("diamond", 5)),
        (10000, 10, ("diamond", 5)), (10001, 11, ("crown", 1)), (20000, 11, ("crown", 1)), (20001, 12, ("crown", 2)),
        (50001, 13, ("crown", 3)), (100001, 14, ("crown", 4)), (200001, 15, ("crown", 5)), (500000, 15, ("crown", 5)),
        (500001, 16, ("golden", 1)), (1000000, 16, ("golden", 1)), (1000001, 17, ("golden", 2)), (2000001, 18, ("golden", 3)),
        (5000001, 19, ("golden", 4)), (10000000, 19, ("golden", 4)), (10000001, 20, ("golden", 5)), (10**12, 20, ("golden", 5)),
    ],
)  # fmt: skip
def test_the_table_of_levels(points, level, badge):
    assert rules.level_of(points) == level
    assert rules.badge_of(level) == badge


@pytest.mark.parametrize("seed", range(200))
def test_means_agree_with_exact_fractions(seed):
    dice = random.Random(seed)
    given = [dice.randint(1, 5) for _ in range(dice.randint(0, 50))]
    exact = Fraction(sum(given) * 100, len(given)) if given else None
    assert rules.mean(sum(given), len(given)) == (None if exact is None else int(exact + Fraction(1, 2)))


def test_only_good_answers_good():
    for buyer in ([], [1], [1, 1], [0], [-1], [1, -1], [None]):
        for seller in (None, 1, 0, -1):
            for_seller, for_buyer = rules.by_system(buyer_said=buyer, seller_said=seller)
            assert for_seller == (buyer == [] and seller == 1)
            assert for_buyer == (seller is None and buyer in ([1], [1, 1]))


def test_a_mark_moves_towards_good_only():
    better = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if rules.may_become(a, b)]
    assert better == [(-1, 0), (-1, 1), (0, 1)]
    assert not rules.may_become(None, 1)


def test_the_days_end_to_the_second():
    assert rules.within(NOON, NOON, 15)
    assert rules.within(NOON, NOON + timedelta(days=15, seconds=-1), 15)
    assert not rules.within(NOON, NOON + timedelta(days=15), 15)
    assert not rules.within(NOON, NOON - timedelta(seconds=1), 15)
