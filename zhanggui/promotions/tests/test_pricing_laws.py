"""What holds for every basket: sums, signs, monotony, no say for the order of the offers; Hypothesis draws the carts."""

import random
from dataclasses import replace
from datetime import timedelta
from math import prod

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zhanggui.kit.money import split
from zhanggui.promotions.pricing import keeping, kept, stack
from zhanggui.promotions.pricing.engine import lowest, price
from zhanggui.promotions.pricing.values import Coupon, Kind, Offer, Wish
from zhanggui.promotions.tests.oracle import NOON, cart

seeds = st.integers(0, 10**9)
many = settings(max_examples=250, deadline=None)


def of(given_, **also):
    given_ = given_ | also
    return price(
        given_["basket"],
        at=NOON,
        offers=given_["offers"],
        packets=given_["packets"],
        postage=given_["postage"],
    )


@many
@given(seeds)
def test_every_sum_adds_up_and_nothing_is_negative(seed):
    found = of(cart(seed))
    house = 0
    offs = {row.offer_id: 0 for row in found.applied}
    for line in found.lines:
        assert sum(part.pieces for part in line.parts) == line.pieces
        assert line.share_fen == line.gross_fen - line.unit_off_fen - line.bundle_off_fen - sum(
            line.offs.values()
        )
        assert min(line.share_fen, line.unit_off_fen, line.bundle_off_fen, line.red_fen) >= 0
        assert all(part > 0 for part in line.offs.values())
        assert line.red_fen <= line.share_fen
        for number, part in line.offs.items():
            offs[number] += part
    for row in found.applied:
        house += row.off_fen if row.house else 0
        if row.kind in (Kind.REDUCTION, Kind.COUPON, Kind.VOUCHER):
            assert row.off_fen == offs[row.offer_id] > 0
    assert found.goods_fen == sum(line.share_fen for line in found.lines)
    assert found.gross_fen == found.goods_fen + found.discount_fen
    goods_off = sum(row.off_fen for row in found.applied if row.kind is not Kind.FREE_POSTAGE)
    assert found.discount_fen == goods_off
    assert found.red_fen == sum(line.red_fen for line in found.lines)
    assert found.house_off_fen == house
    if found.due_fen is None:
        assert found.postage.fee_fen is None
    else:
        assert found.postage_fen == found.postage.fee_fen - found.postage_off_fen >= 0
        assert found.due_fen == found.goods_fen + found.postage_fen
        assert found.cash_fen == found.due_fen - found.red_fen >= found.deposit_fen >= 0
        if found.deposit_fen:
            assert found.balance_fen == found.cash_fen - found.deposit_fen


@many
@given(seeds, st.integers(0, 99))
def test_the_order_of_offers_and_packets_does_not_matter(seed, turn):
    one, other = cart(seed), cart(seed)
    random.Random(turn).shuffle(other["offers"])
    random.Random(turn).shuffle(other["packets"])
    first, second = of(one), of(other)
    assert replace(first, refused=()) == replace(second, refused=())
    assert first.refused == second.refused


@many
@given(seeds, st.integers(1, 3000), st.integers(0, 5000))
def test_one_more_coupon_never_makes_it_dearer(seed, off, at):
    given_ = cart(seed)
    given_["basket"] = replace(given_["basket"], wish=Wish())
    before = of(given_)
    more = Offer(99, Kind.COUPON, "x", Coupon(at, off), NOON, NOON + timedelta(1), held=1)
    after = of(given_, offers=[*given_["offers"], more])
    if before.due_fen is None:
        assert after.goods_fen <= before.goods_fen
    else:
        assert after.due_fen <= before.due_fen


@many
@given(seeds)
def test_the_lowest_price_is_not_above_what_is_asked(seed):
    given_ = cart(seed)
    least = lowest(given_["basket"], at=NOON, offers=given_["offers"], postage=given_["postage"])
    found = of(given_)
    if found.due_fen is not None:
        assert least.due_fen <= found.due_fen


@many
@given(seeds)
def test_what_is_kept_as_json_comes_back_the_same(seed):
    given_ = cart(seed)
    found = of(given_)
    offers = tuple(given_["offers"])
    assert keeping.load_basket(keeping.dump(given_["basket"])) == given_["basket"]
    assert keeping.load_offers(keeping.dump(offers)) == offers
    assert keeping.load_packets(keeping.dump(given_["packets"])) == tuple(given_["packets"])
    again = keeping.load_priced(keeping.dump(found))
    assert again == found
    assert keeping.digest(again) == keeping.digest(found)


@many
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.data())
def test_the_inner_loop_spreads_as_the_house_does(cost, data):
    off = data.draw(st.integers(0, sum(cost)))
    left = list(cost)
    assert stack.take(off, left, range(len(cost))) == split(off, cost)
    assert min(left) >= 0


def _less(dice, counts):
    return {key: dice.randint(0, pieces) for key, pieces in counts.items()}


@settings(max_examples=120, deadline=None)
@given(seeds, st.booleans())
def test_returning_more_never_gives_back_less_and_never_more_than_was_paid(seed, sent):
    given_ = cart(seed)
    dice = random.Random(seed)
    found = of(given_)
    ways = prod(item.pieces + 1 for item in given_["basket"].items)
    assume(found.due_fen is not None and ways <= kept.WAYS_MOST)

    def back(keep):
        return kept.reprice(
            given_["basket"],
            given_["offers"],
            found,
            keep,
            postage=None if sent else given_["postage"],
        )

    counts = {item.key: item.pieces for item in given_["basket"].items}
    whole = back(counts)
    assert (whole.refund_fen, whole.gifts_back) == (0, ())
    before = whole
    while any(counts.values()):
        counts = _less(dice, counts)
        now = back(counts)
        assert 0 <= before.refund_fen <= now.refund_fen <= found.due_fen
        assert before.cash_back_fen <= now.cash_back_fen <= found.cash_fen
        assert before.red_back_fen <= now.red_back_fen <= found.red_fen
        assert now.refund_fen == now.cash_back_fen + now.red_back_fen
        assert now.refund_fen == now.goods_back_fen + now.postage_back_fen
        assert sum(line.refund_fen for line in now.lines) == now.goods_back_fen
        assert all(0 <= line.refund_fen <= line.share_before_fen for line in now.lines)
        before = now
    if sent:
        assert before.refund_fen == found.goods_fen
