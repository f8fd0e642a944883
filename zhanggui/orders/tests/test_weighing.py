"""Weighing: whatever is told, what falls on the lines adds up to the fen, or it is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhanggui.kit.refusals import Invalid
from zhanggui.orders import rules
from zhanggui.orders.arriving import ArrivingLine
from zhanggui.orders.states import LineState, Refund, State
from zhanggui.orders.tests.cast import arriving, line
from zhanggui.orders.weighing import weigh, weigh_lines

LINES = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 9)), min_size=1, max_size=8)


@given(LINES, st.integers(0, 50_000), st.integers(-50_000, 50_000))
def test_every_split_adds_up_and_none_falls_below_zero(rows, discount, adjust):
    lines = [ArrivingLine("x", pieces, price) for price, pieces in rows]
    gross = sum(price * pieces for price, pieces in rows)
    due = gross + adjust - discount
    try:
        found = weigh_lines(lines, State.UNPAID, due, None, discount, adjust)
    except Invalid:
        assert due < 0 or gross + adjust < 0 or (gross == 0 and (discount or adjust))
        return
    assert sum(one.share_fen for one in found.lines) == due
    assert sum(one.discount_fen for one in found.lines) == discount
    assert sum(one.adjust_fen for one in found.lines) == adjust
    for one, (price, pieces) in zip(found.lines, rows, strict=True):
        assert one.share_fen == price * pieces + one.adjust_fen - one.discount_fen >= 0
        if gross and not adjust:
            assert abs(Fraction(discount * price * pieces, gross) - one.discount_fen) < 1


def test_goods_told_after_discounts_make_the_difference_a_discount():
    found = weigh(arriving(line(price_fen=5000), line("袜子", 1500), goods_fen=5990, due_fen=6990))
    assert (found.goods_fen, found.discount_fen, found.odd) == (6500, 510, False)
    odd = weigh(arriving(line(price_fen=5000), goods_fen=5990, due_fen=6990))
    assert (odd.goods_fen, odd.adjust_fen, odd.odd) == (5000, 990, True)


def test_a_line_closed_before_payment_is_not_in_what_is_due():
    told = arriving(line(price_fen=5990), line("袜子", 1000, state=LineState.CLOSED), due_fen=6990)
    assert [one.share_fen for one in weigh(told).lines] == [5990, 0]
    back = line("袜子", 1000, state=LineState.CLOSED, refund=Refund.DONE)
    told = arriving(line(price_fen=5990), back, state=State.PAID, due_fen=7990, refunded_fen=1000)
    assert [one.share_fen for one in weigh(told).lines] == [5990, 1000]


@pytest.mark.parametrize(
    "wrong",
    [
        {"due_fen": 1},
        {"number": ""},
        {"number": "9" * 41},
        {"nick": "长" * 81},
        {"postage_fen": -1, "due_fen": 5989},
        {"state": State.PAID, "refunded_fen": 6991},
    ],
)
def test_what_cannot_be_true_is_refused(wrong):
    state = wrong.pop("state", State.UNPAID)
    with pytest.raises(Invalid):
        weigh(arriving(state=state, **wrong))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.integers(1, 9999))
def test_a_concession_is_rounded_up_to_the_fen(full, points):
    parts = rules.conceded(full, points)
    assert sum(parts) == -(-sum(full) * points // 10_000)
    assert rules.basis_points(sum(parts), sum(full)) >= points or not sum(full)
