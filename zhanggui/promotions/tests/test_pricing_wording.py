"""Every code has its sentence, in both languages, and the sentences say the numbers."""

import re

import pytest
from django.utils import translation

from zhanggui.promotions import wording
from zhanggui.promotions.pricing import values as v
from zhanggui.promotions.pricing.values import Kind
from zhanggui.promotions.tests.oracle import cart, price_of
from zhanggui.promotions.tests.test_pricing import coupon, line, offer, on, priced, reduction

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("one", "zh", "en"),
    [
        (
            reduction(1, (20000, 2000), (50000, 6000)),
            "满 ¥200 减 ¥20、满 ¥500 减 ¥60",
            "¥20 off from ¥200 on, ¥60 off from ¥500 on",
        ),
        (
            reduction(1, (20000, 2000), repeat=True),
            "满 ¥200 减 ¥20，每满一次减一次，上不封顶",
            "¥20 off from ¥200 on, again each time it is reached, without limit",
        ),
        (
            offer(1, Kind.REDUCTION, v.Reduction((v.Tier(3, percent_bp=8800),), by_pieces=True), scope=on(1)),
            "满 3 件打 8.8 折；限指定商品",
            "12% off from 3 pcs on; selected goods only",
        ),
        (
            coupon(1, 0, 550, per_buyer=2),
            "无门槛减 ¥5.50；每人限用 2 次",
            "¥5.50 off, no threshold; at most 2 times for each buyer",
        ),
        (
            offer(1, Kind.FREE_POSTAGE, v.FreePostage(9900, 2)),
            "满 ¥99或满 2 件包邮，不限快递公司",
            "free postage: from ¥99 or from 2 pcs, by any carrier",
        ),
        (
            offer(1, Kind.BUY_GET, v.BuyGet(1, v.Present(0, 1))),
            "买 1 件送 1 件同款",
            "buy 1, get 1 more of the same",
        ),
    ],
)
def test_a_rule_in_words(one, zh, en):
    with translation.override("zh-hans"):
        assert wording.rule(one) == zh
    with translation.override("en"):
        assert wording.rule(one) == en


@pytest.mark.parametrize(
    ("one", "zh", "en"),
    [
        (
            offer(1, Kind.FLASH, v.Flash({11: 4_241, 12: 4_241, 13: 4_241}), per_buyer=2),
            "「龙井」「毛尖」等 3 种特价 ¥42.41；每人限购 2 件",
            "“龙井”, “毛尖” and more, 3 in all: special price ¥42.41; at most 2 pcs for each buyer",
        ),
        (
            offer(1, Kind.BUNDLE, v.Bundle({11: 1, 12: 1}, 18_000)),
            "「龙井」「毛尖」搭配 2 件一套 ¥180",
            "“龙井”, “毛尖”: a set of 2 pcs for ¥180",
        ),
        (
            offer(1, Kind.FLASH, v.Flash({}, 8_500), scope=v.Scope(products=frozenset({1, 2, 3, 4}))),
            "8.5 折；限「甲」「乙」等 4 种",
            "15% off; only “甲”, “乙” and more, 4 in all",
        ),
        (
            offer(1, Kind.FLASH, v.Flash({}, 8_500), scope=v.Scope(categories=frozenset({7}))),
            "8.5 折；限「红茶」类目",
            "15% off; only category “红茶”",
        ),
    ],
)
def test_a_rule_says_for_which_goods_when_it_is_told_their_names(one, zh, en):
    names = wording.Names({11: "龙井", 12: "毛尖"}, {1: "甲", 2: "乙"}, {7: "红茶"})
    with translation.override("zh-hans"):
        assert wording.rule(one, names) == zh
    with translation.override("en"):
        assert wording.rule(one, names) == en


def test_why_not_says_how_much_is_missing():
    with translation.override("zh-hans"):
        (row,) = priced([line(yuan=187.5)], [coupon(1, 20000, 100)]).refused
        assert wording.reason(row) == "还差 ¥12.50 满 ¥200"


def test_a_buyer_is_not_told_the_margin():
    (row,) = priced([line(cost_fen=9900)], [coupon(1, 0, 1000)]).refused
    with translation.override("zh-hans"):
        assert wording.reason(row) == "会低于保底价"
        assert "¥9" in wording.reason(row, staff=True)


def test_every_outcome_of_random_carts_has_a_sentence_in_both_languages():
    codes = set()
    for seed in range(1500):
        found = price_of(cart(seed))
        for language in ("zh-hans", "en"):
            with translation.override(language):
                texts = [wording.said(row) for row in found.applied]
                texts += [wording.reason(row, staff=True) for row in found.refused]
                texts += [wording.red_reason(row) for row in found.packets_refused]
                texts += [wording.rule(one) for one in cart(seed)["offers"]] if seed < 200 else []
            assert all(texts)
            assert language == "zh-hans" or not [t for t in texts if HAN.search(t.replace("湖北省", ""))]
        codes |= {row.code for row in found.refused}
        assert {row.code for row in found.refused} <= set(wording.REASONS)
        assert {row.code for row in found.applied} <= set(wording.SAID)
        assert {row.code for row in found.packets_refused} | {found.red_refused} <= {"", *wording.RED}
    assert len(codes) > 20


def test_a_digest_is_of_what_the_buyer_sees():
    plain, also = priced([line()]), priced([line()], [coupon(1, 99999999, 1)])
    assert wording.digest(plain) == wording.digest(also)
    assert wording.digest(plain) != wording.digest(priced([line(yuan=100.01)]))


@pytest.mark.parametrize(
    ("code", "numbers", "one", "many"),
    [
        ("flash", "pieces", "flash price for 1 piece", "flash price for 3 pcs"),
        ("member", "pieces", "member price for 1 piece", "member price for 3 pcs"),
        ("bundle", "sets", "1 bundle at ¥9", "3 bundles at ¥9 each"),
    ],
)
def test_one_is_no_plural_in_english(code, numbers, one, many):
    with translation.override("en"):
        for count, words in ((1, one), (3, many)):
            assert wording.SAID[code]({numbers: count, "price": 900}) == words
        assert wording.REASONS["threshold_pieces"]({"short": 1, "at": 2}) == "1 piece short of 2"
        assert wording.REASONS["threshold_pieces"]({"short": 2, "at": 3}) == "2 pcs short of 3"
