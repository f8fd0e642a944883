"""A partial refund: what is kept is priced as it was then (docs/laws/prices.md, section 12)."""

import pytest

from zhanggui.promotions.pricing import kept
from zhanggui.promotions.pricing import values as v
from zhanggui.promotions.pricing.kept import reprice
from zhanggui.promotions.pricing.values import Kind
from zhanggui.promotions.tests.test_pricing import (
    BOX,
    CUP,
    NOON,
    TEA,
    coupon,
    line,
    offer,
    packets,
    price,
    reduction,
)


def bought(items, offers, *, fee=0, red=()):
    basket = v.Basket(tuple(items), region="420106")
    postage = fee if callable(fee) else lambda goods: v.Postage(fee)
    found = price(basket, at=NOON, offers=offers, packets=red, postage=postage)
    return lambda keep, **also: reprice(basket, offers, found, keep, **also)


def test_a_broken_threshold_takes_its_reduction_back():
    back = bought([line(TEA, key="a"), line(CUP, key="b", yuan=150)], [reduction(1, (20000, 5000))])
    found = back({"b": 1})
    assert found.priced.goods_fen == 15000
    assert found.refund_fen == 20000 - 15000
    assert [row.code for row in found.lost] == ["threshold"]
    assert [line.refund_fen for line in found.lines] == [5000, 0]


def test_nothing_goes_back_when_what_is_kept_is_worth_more_than_was_paid():
    back = bought([line(TEA, key="a", yuan=20), line(CUP, key="b", yuan=180)], [reduction(1, (20000, 5000))])
    found = back({"b": 1})
    assert (found.refund_fen, found.shortfall_fen) == (0, 3000)


def test_all_returned_gives_back_all_that_was_paid():
    back = bought([line(TEA, key="a", pieces=2)], [coupon(1, 0, 700)], fee=1000, red=packets(500))
    sent = back({})
    assert (sent.refund_fen, sent.red_back_fen) == (19300, 19300 * 500 // 20300)
    unsent = back({}, postage=lambda goods: v.Postage(0))
    assert (unsent.cash_back_fen, unsent.red_back_fen) == (19800, 500)
    assert unsent.coupons_back == (1,)


def test_the_order_of_refunds_does_not_matter_where_the_plain_rule_would_differ():
    items = [line(TEA, key="a", yuan=190), line(CUP, key="b", yuan=20), line(BOX, key="c", yuan=90)]
    back = bought(items, [reduction(1, (20000, 5000))])
    first = back({"a": 1, "b": 1})
    assert first.refund_fen == 25000 - 16000
    last = back({"a": 1})
    assert last.priced.goods_fen == 19000  # alone it would cost more than with the cup
    assert last.refund_fen == first.refund_fen
    other_way = back({"a": 1, "c": 1})
    assert max(other_way.refund_fen, last.refund_fen) == last.refund_fen


def test_a_present_that_is_no_longer_earned_is_told_with_its_worth():
    gift = offer(1, Kind.GIFT, v.Gift(((20000, v.Present(9, 2, cost_fen=300, title="杯垫")),)))
    back = bought([line(TEA, key="a", pieces=2)], [gift])
    (one,) = back({"a": 1}).gifts_back
    assert (one.sku_id, one.pieces, one.worth_fen, one.title) == (9, 2, 600, "杯垫")
    assert back({"a": 2}).gifts_back == ()


def test_a_coupon_that_was_not_used_then_is_not_used_now():
    offers = [coupon(1, 0, 500), coupon(2, 20000, 2000)]
    found = bought([line(TEA, key="a", pieces=2)], offers)({"a": 1})
    assert found.priced.goods_fen == 10000
    assert found.coupons_back == (2,)


def test_the_postage_of_the_kept_parcel_counts_while_it_is_not_sent():
    def table(goods):
        return v.Postage(0 if goods >= 15000 else 1200)

    back = bought([line(TEA, key="a", pieces=2)], [], fee=table)
    assert back({"a": 1}).refund_fen == 10000
    unsent = back({"a": 1}, postage=table)
    assert (unsent.refund_fen, unsent.goods_back_fen, unsent.postage_back_fen) == (8800, 8800, 0)


@pytest.mark.parametrize("keep", [{"a": 2}, {"a": -1}, {"x": 1}])
def test_only_what_was_bought_can_be_kept(keep):
    back = bought([line(TEA, key="a")], [])
    with pytest.raises(ValueError):
        back(keep)


def test_control_without_the_baskets_in_between_returning_more_gives_back_less(monkeypatch):
    monkeypatch.setattr(kept, "_between", lambda counts, whole: [])
    items = [line(TEA, key="a", yuan=190), line(CUP, key="b", yuan=20), line(BOX, key="c", yuan=90)]
    back = bought(items, [reduction(1, (20000, 5000))])
    assert back({"a": 1}).refund_fen < back({"a": 1, "b": 1}).refund_fen
