"""The law of prices (docs/laws/prices.md) as stories, step by step."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cast import NOON
from zhanggui.promotions.pricing import values as v
from zhanggui.promotions.pricing.engine import lowest, price
from zhanggui.promotions.pricing.values import Kind

DAY = timedelta(days=1)
TEA, CUP, BOX = 1, 2, 3


def line(sku=TEA, pieces=1, yuan=100, key="", **also):
    also.setdefault("product_id", sku)
    return v.Item(key or f"{sku}-{pieces}-{yuan}", sku, pieces=pieces, price_fen=round(yuan * 100), **also)


def offer(number, kind, terms, **also):
    also.setdefault("held", 1)
    return v.Offer(number, kind, f"优惠{number}", terms, NOON - DAY, NOON + DAY, **also)


def reduction(number, *steps, by_pieces=False, repeat=False, **also):
    tiers = tuple(v.Tier(at, off) for at, off in steps)
    return offer(number, Kind.REDUCTION, v.Reduction(tiers, by_pieces, repeat), **also)


def coupon(number, at, off, **also):
    return offer(number, Kind.COUPON, v.Coupon(at, off), **also)


def on(*skus):
    return v.Scope(skus=frozenset(skus))


def priced(items, offers=(), *, packets=(), fee=0, wish=None, buyer=None, region="420106", at=NOON, most=10):
    basket = v.Basket(tuple(items), buyer or v.Buyer(), region, wish or v.Wish(), most)
    postage = fee if callable(fee) else lambda goods: v.Postage(fee)
    return price(basket, at=at, offers=offers, packets=packets, postage=postage)


def counted(found):
    return [row.offer_id for row in found.applied]


def why(found, number):
    return next(row.code for row in found.refused if row.offer_id == number)


# 1. unit prices


def test_the_lowest_price_of_a_piece_counts_whatever_the_order():
    offers = [
        offer(1, Kind.FLASH, v.Flash(percent_bp=9000)),
        offer(2, Kind.MEMBER, v.Member({1: 9500, 2: 8500})),
    ]
    found = priced([line()], offers, buyer=v.Buyer(level=2))
    assert found.goods_fen == 8500
    assert counted(found) == [2]
    assert why(found, 1) == "price_not_lower"


def test_a_percent_is_rounded_half_up_for_one_piece():
    found = priced([line(yuan=0.15, pieces=3)], [offer(1, Kind.FLASH, v.Flash(percent_bp=5000))])
    assert found.goods_fen == 3 * 8


def test_pieces_beyond_the_limit_cost_the_next_best():
    offers = [
        offer(1, Kind.FLASH, v.Flash({TEA: 5000}), per_buyer=2),
        offer(2, Kind.MEMBER, v.Member({1: 9000})),
    ]
    found = priced([line(pieces=4)], offers, buyer=v.Buyer(level=1, used={1: 1}))
    assert [(p.pieces, p.unit_fen, p.offer_id) for p in found.lines[0].parts] == [(1, 5000, 1), (3, 9000, 2)]


def test_a_limited_price_goes_to_the_pieces_it_saves_most_on():
    flash = offer(1, Kind.FLASH, v.Flash(percent_bp=5000), per_buyer=1)
    found = priced([line(TEA, yuan=100), line(CUP, yuan=300)], [flash])
    assert [row.share_fen for row in found.lines] == [10000, 15000]


def test_the_share_of_a_sku_ends():
    found = priced([line(pieces=3)], [offer(1, Kind.FLASH, v.Flash({TEA: 1000}, shares={TEA: 1}))])
    assert found.goods_fen == 1000 + 20000
    gone = priced([line(pieces=3)], [offer(1, Kind.FLASH, v.Flash({TEA: 1000}, shares={TEA: 0}))])
    assert why(gone, 1) == "shares_gone"


def test_an_agreed_price_is_touched_by_nothing():
    offers = [
        offer(1, Kind.FLASH, v.Flash({TEA: 1})),
        coupon(2, 0, 500),
        reduction(3, (1, 1)),
    ]
    found = priced([line(fixed=True)], offers)
    assert found.goods_fen == 10000
    assert {row.code for row in found.refused} == {"no_goods"}


# 2. bundles


def test_a_bundle_takes_the_place_of_the_unit_prices_as_often_as_it_fits():
    found = priced(
        [line(TEA, 3, 100), line(CUP, 2, 50)], [offer(1, Kind.BUNDLE, v.Bundle({TEA: 1, CUP: 1}, 12000))]
    )
    assert found.goods_fen == 2 * 12000 + 10000
    assert found.applied[0].times == 2
    assert sum(row.bundle_off_fen for row in found.lines) == 2 * 3000


def test_pieces_in_a_bundle_use_no_limit_of_a_flash_price():
    offers = [
        offer(1, Kind.FLASH, v.Flash({TEA: 9000}), per_buyer=1),
        offer(2, Kind.BUNDLE, v.Bundle({TEA: 1, CUP: 1}, 11000)),
    ]
    found = priced([line(TEA, 2, 100), line(CUP, 1, 50)], offers)
    assert found.goods_fen == 9000 + 11000  # the dearer piece went into the set


def test_a_bundle_that_saves_nothing_does_not_count():
    offers = [
        offer(1, Kind.FLASH, v.Flash({TEA: 5000})),
        offer(2, Kind.BUNDLE, v.Bundle({TEA: 1, CUP: 1}, 12000)),
    ]
    found = priced([line(TEA), line(CUP, yuan=50)], offers)
    assert why(found, 2) == "no_saving"


# 3. presents


def test_the_present_of_the_highest_tier_goes_along():
    tiers = ((100, v.Present(8, 1)), (9000, v.Present(9, 2, cost_fen=50)))
    found = priced([line()], [offer(1, Kind.GIFT, v.Gift(tiers))])
    assert [(g.sku_id, g.pieces) for g in found.gifts] == [(9, 2)]
    assert found.goods_fen == 10000


def test_what_is_gone_is_not_given():
    found = priced([line(pieces=4)], [offer(1, Kind.BUY_GET, v.BuyGet(2, v.Present(0, 1, left=1)))])
    assert [(g.sku_id, g.pieces) for g in found.gifts] == [(TEA, 1)]
    none = priced([line(pieces=4)], [offer(1, Kind.BUY_GET, v.BuyGet(2, v.Present(0, 1, left=0)))])
    assert none.gifts == ()
    assert why(none, 1) == "gift_gone"


# 4. and 5. reductions, coupons, vouchers


def test_the_highest_tier_reached_counts_once():
    assert priced([line(pieces=6)], [reduction(1, (20000, 2000), (50000, 6000))]).goods_fen == 54000


def test_without_a_top_it_counts_as_often_as_it_fits():
    assert priced([line(pieces=5)], [reduction(1, (20000, 2000), repeat=True)]).goods_fen == 46000


def test_the_threshold_is_measured_after_unit_prices_and_bundles():
    offers = [reduction(1, (10000, 1000)), offer(2, Kind.FLASH, v.Flash({TEA: 9999}))]
    found = priced([line()], offers)
    row = found.refused[0]
    assert (row.code, dict(row.numbers)) == ("threshold", {"at": 10000, "has": 9999, "short": 1})


def test_a_line_counts_for_one_reduction_the_narrower_takes_it():
    wide, narrow = reduction(1, (10000, 1000)), reduction(2, (10000, 3000), scope=on(TEA))
    both = priced([line(TEA), line(CUP)], [wide, narrow])
    assert both.goods_fen == 20000 - 4000
    assert counted(both) == [1, 2]
    one = priced([line(TEA)], [wide, narrow])
    assert counted(one) == [2]
    assert why(one, 1) == "lines_taken"


def test_an_item_coupon_comes_before_the_shop_coupon_and_thresholds_do_not_feel_it():
    found = priced([line()], [coupon(1, 10000, 1000), coupon(2, 10000, 4000, scope=on(TEA))])
    assert found.goods_fen == 5000
    assert found.lines[0].offs == {1: 1000, 2: 4000}


def test_one_shop_coupon_and_one_voucher():
    offers = [
        coupon(1, 0, 100),
        coupon(2, 0, 300),
        offer(3, Kind.VOUCHER, v.Voucher(50)),
        offer(4, Kind.VOUCHER, v.Voucher(70)),
    ]
    found = priced([line()], offers)
    assert counted(found) == [2, 4]
    assert (why(found, 1), why(found, 3)) == ("one_shop_coupon", "one_voucher")


def test_a_voucher_gives_no_change():
    found = priced([line(yuan=3)], [offer(1, Kind.VOUCHER, v.Voucher(500))])
    assert found.goods_fen == 0
    assert found.applied[0].off_fen == 300


def test_a_reduction_may_break_the_threshold_of_a_coupon():
    found = priced([line()], [reduction(1, (10000, 100)), coupon(2, 10000, 500)])
    assert counted(found) == [2]
    assert why(found, 1) == "better"


# 6. exclusion and limits


def test_of_a_group_one_counts_the_better():
    found = priced([line()], [reduction(1, (100, 1000), group="双11"), coupon(2, 0, 1100, group="双11")])
    assert counted(found) == [2]
    assert why(found, 1) == "group"


def test_an_offer_that_stands_alone_counts_when_it_is_worth_more():
    rest = [coupon(1, 0, 500), reduction(2, (100, 400))]
    found = priced([line()], [*rest, coupon(3, 0, 800, alone=True)])
    assert counted(found) == [2, 1]
    found = priced([line()], [*rest, coupon(3, 0, 1000, alone=True)])
    assert counted(found) == [3]
    assert why(found, 2) == "alone"


@pytest.mark.parametrize(
    ("also", "buyer", "code"),
    [
        ({"levels": frozenset((2,))}, {}, "levels"),
        ({"regions": ("310000",)}, {}, "region"),
        ({"first_order_only": True}, {}, "first_order"),
        ({"held": 0}, {}, "not_held"),
        ({"per_buyer": 1}, {"used": {1: 1}}, "per_buyer"),
        ({"left_times": 0}, {}, "times_gone"),
        ({"left_fen": 0}, {}, "budget"),
        ({"left_fen": 499}, {}, "budget"),
        ({"scope": on(CUP)}, {}, "no_goods"),
    ],
)
def test_who_may_not_use_an_offer_is_told_why(also, buyer, code):
    found = priced([line()], [coupon(1, 0, 500, **also)], buyer=v.Buyer(**buyer))
    assert found.goods_fen == 10000
    assert why(found, 1) == code


def test_the_first_moment_is_in_the_last_is_not():
    one = coupon(1, 0, 500)
    assert priced([line()], [one], at=one.starts_at).goods_fen == 9500
    assert why(priced([line()], [one], at=one.starts_at - timedelta(seconds=1)), 1) == "not_started"
    assert why(priced([line()], [one], at=one.ends_at), 1) == "ended"


def test_the_buyer_may_choose_otherwise():
    offers = [coupon(1, 0, 100), coupon(2, 0, 300)]
    found = priced([line()], offers, wish=v.Wish(coupons=frozenset((1,))))
    assert counted(found) == [1]
    assert why(found, 2) == "not_wished"
    assert counted(priced([line()], offers, wish=v.Wish(coupons=frozenset()))) == []


# 7. the floor


def test_a_stack_below_the_floor_is_not_chosen():
    items = [line(cost_fen=8000)]
    found = priced(items, [coupon(1, 0, 1500), reduction(2, (100, 1000))])
    assert counted(found) == [1]
    assert why(found, 2) == "below_floor"
    assert found.floor_fen == 8000


def test_all_of_them_approved_it_is():
    offers = [coupon(1, 0, 1500, below_floor=True), reduction(2, (100, 1000), below_floor=True)]
    assert priced([line(cost_fen=8000)], offers).goods_fen == 7500


def test_the_cost_of_presents_counts():
    gift = offer(1, Kind.GIFT, v.Gift(((1, v.Present(9, 1, cost_fen=1500)),)))
    found = priced([line(cost_fen=8000)], [gift, coupon(2, 0, 600)])
    assert counted(found) == [1]
    assert why(found, 2) == "below_floor"
    assert (found.floor_fen, found.margin_fen) == (9500, 500)


def test_a_flash_price_below_the_floor_without_approval_does_not_count():
    found = priced([line(cost_fen=8000)], [offer(1, Kind.FLASH, v.Flash({TEA: 7000}))])
    assert found.goods_fen == 10000
    assert why(found, 1) == "below_floor"


def test_a_list_price_below_its_floor_is_no_offers_fault():
    found = priced([line(cost_fen=12000), line(CUP, cost_fen=1000)], [coupon(1, 0, 500, scope=on(CUP))])
    assert counted(found) == [1]


def test_an_unknown_cost_is_no_floor_and_no_margin():
    found = priced([line()], [coupon(1, 0, 9999)])
    assert (found.goods_fen, found.floor_fen, found.margin_fen) == (1, 0, None)


# 8. postage


def test_undefined_postage_stays_undefined():
    free = offer(1, Kind.FREE_POSTAGE, v.FreePostage())
    found = priced([line()], [free], fee=lambda goods: v.Postage(None, "ask"))
    assert (found.postage_fen, found.due_fen, found.cash_fen) == (None, None, None)
    assert why(found, 1) == "postage_unknown"


@pytest.mark.parametrize(
    ("terms", "left"),
    [
        (v.FreePostage(), 0),
        (v.FreePostage(amount_fen=10000), 0),
        (v.FreePostage(amount_fen=10001), 1200),
        (v.FreePostage(amount_fen=10001, pieces=1), 0),
        (v.FreePostage(regions=("420000",), most_fen=800), 400),
        (v.FreePostage(regions=("310000",)), 1200),
    ],
)
def test_free_postage_by_amount_pieces_and_region(terms, left):
    found = priced([line()], [offer(1, Kind.FREE_POSTAGE, terms)], fee=1200)
    assert found.postage_fen == left
    assert found.due_fen == 10000 + left


def test_the_best_counts_goods_and_postage_together():
    free = offer(1, Kind.FREE_POSTAGE, v.FreePostage(amount_fen=10000))
    found = priced([line()], [free, coupon(2, 0, 500)], fee=1200)
    assert counted(found) == [1]
    assert why(found, 2) == "better"
    table = priced([line()], [coupon(2, 0, 500)], fee=lambda goods: v.Postage(0 if goods >= 10000 else 1200))
    assert counted(table) == []


# 9. red packets


def packets(*fens, days=1):
    return [v.Packet(n + 1, fen, NOON - DAY, NOON + DAY * (n + days)) for n, fen in enumerate(fens)]


def test_ten_red_packets_are_used_the_eleventh_is_refused_with_the_reason():
    found = priced([line()], packets=packets(*[100] * 11))
    assert len(found.red) == 10
    assert found.cash_fen == 9000
    assert found.red_refused == "most"
    assert [row.packet_id for row in found.packets_refused] == [11]


def test_as_much_as_possible_is_covered_then_the_earliest_go_first():
    found = priced([line(yuan=3)], packets=packets(100, 250, 200), most=2)
    assert [(use.packet_id, use.fen) for use in found.red] == [(1, 100), (2, 200)]
    found = priced([line(yuan=4)], packets=packets(100, 250, 200), most=2)
    assert [(use.packet_id, use.fen) for use in found.red] == [(2, 250), (3, 150)]


def test_red_packets_pay_physical_goods_only_and_no_postage():
    found = priced([line(virtual=True), line(CUP, yuan=10)], packets=packets(9999), fee=1000)
    assert [row.red_fen for row in found.lines] == [0, 1000]
    assert found.cash_fen == 11000
    assert priced([line(virtual=True)], packets=packets(100)).red_refused == "virtual"


def test_one_item_in_instalments_bars_them_for_the_whole_order():
    found = priced([line(instalments=True), line(CUP)], packets=packets(100))
    assert found.red == ()
    assert found.red_refused == "instalments"


def test_a_red_packet_is_good_to_its_last_moment():
    one = v.Packet(1, 500, NOON, NOON)
    assert priced([line()], packets=[one]).red_fen == 500
    late = priced([line()], packets=[one], at=NOON + timedelta(seconds=1))
    assert (late.red_fen, late.red_refused) == (0, "expired")


def test_the_buyer_may_leave_them_in_the_purse():
    assert priced([line()], packets=packets(100), wish=v.Wish(packets=())).red == ()


# presale, lowest, ties


def test_a_deposit_is_paid_now_and_counts_for_more():
    terms = v.Presale({TEA: 9000}, 500, 1000, NOON + DAY, NOON + 2 * DAY)
    found = priced([line(pieces=2)], [offer(1, Kind.PRESALE, terms)], fee=1000, packets=packets(100_000))
    assert found.goods_fen == 2 * 8500
    assert (found.deposit_fen, found.balance_fen) == (1000, 1000)
    assert found.cash_fen == 2000  # red packets never pay the deposit


def test_the_lowest_price_holds_every_coupon():
    offers = [coupon(1, 0, 500, held=0), reduction(2, (100, 300))]
    basket = v.Basket((line(),), wish=v.Wish(coupons=frozenset()))
    assert lowest(basket, at=NOON, offers=offers, postage=lambda goods: v.Postage(0)).goods_fen == 9200


def test_a_tie_goes_to_fewer_offers_then_lower_ids():
    offers = [coupon(3, 0, 500), coupon(2, 0, 500), coupon(1, 10000, 400), reduction(4, (10000, 500))]
    found = priced([line()], offers[:3])
    assert counted(found) == [2]
    free = [offer(1, Kind.FREE_POSTAGE, v.FreePostage(most_fen=500)), coupon(2, 0, 500)]
    assert counted(priced([line()], free, fee=500)) == [2, 1]


def test_nothing_in_the_basket_costs_nothing():
    found = priced([], [coupon(1, 0, 500)])
    assert (found.goods_fen, found.due_fen) == (0, 0)


@pytest.mark.parametrize("items", [[line(key="a"), line(key="a")], [replace(line(), pieces=0)]])
def test_a_basket_that_is_none_is_refused(items):
    with pytest.raises(ValueError):
        priced(items)
