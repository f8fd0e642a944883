"""The pure parts: when a payment is asked for, and how a bill is compared."""

import random
from datetime import timedelta

import pytest

from zhanggui.connect.payment import asking
from zhanggui.connect.payment.alipay_bill import read_bill
from zhanggui.connect.payment.ports import BillRow
from zhanggui.connect.payment.reconcile import Difference, Ours, compare, fee_of
from zhanggui.connect.payment.wechat_bill import read_bill as read_wechat
from zhanggui.kit.refusals import Unreadable

TURN = 15
"""Seconds between two turns of the task."""


def longest_wait(hours: int = 24) -> int:
    """Seconds from the worst moment to pay until the next question, over a day in which no notice comes."""
    asked, worst, before = None, 0, 0
    for second in range(0, hours * 3600, TURN):
        since = None if asked is None else timedelta(seconds=second - asked)
        if asking.due(timedelta(seconds=second), since):
            worst, before, asked = max(worst, second - before), second, second
    return worst


def test_whenever_somebody_pays_we_know_within_five_minutes():
    assert longest_wait() <= 300 - TURN


def test_control_with_rarer_questions_it_would_be_later(monkeypatch):
    monkeypatch.setattr(asking, "MOST_SECONDS", 600)
    assert longest_wait() > 300


def test_the_first_question_comes_after_half_a_minute_and_the_next_ones_rarer():
    asked = [0]
    for second in range(30, 1200):
        since = None if len(asked) == 1 else timedelta(seconds=second - asked[-1])
        if asking.due(timedelta(seconds=second), since):
            asked.append(second)
    gaps = [b - a for a, b in zip(asked, asked[1:], strict=False)]
    assert gaps[:5] == [30, 30, 60, 120, 240]
    assert set(gaps[5:]) == {240}


def a_day(dice: random.Random) -> tuple[list[Ours], list[BillRow]]:
    """A day in which the bill and our books agree."""
    ours, theirs = [], []
    for place in range(dice.randint(1, 30)):
        number, fen = f"P{place}", dice.randint(1, 1_000_000)
        ours.append(Ours("paid", number, fen))
        theirs.append(BillRow("paid", number, f"T{place}", fen, fee_of(fen, 60)))
        named, left = dice.random() < 0.5, fen
        for part in range(dice.choice([0, 0, 1, 2, 3])):
            back = dice.choice([100, dice.randint(1, 5000)])
            if back > left:
                continue
            left -= back
            ref = f"B{place}-{part}"
            ours.append(Ours("back", number, back, ref))
            theirs.append(BillRow("back", number, f"T{place}", back, 0, ref if named else ""))
    dice.shuffle(ours)
    dice.shuffle(theirs)
    return ours, theirs


@pytest.mark.parametrize("seed", range(300))
def test_all_that_was_spoiled_is_found_and_nothing_else(seed):
    dice = random.Random(seed)
    ours, theirs = a_day(dice)
    assert compare(ours, theirs, fee_bp=60) == [], "no false difference"
    payments = [row for row in theirs if row.kind == "paid"]
    backs = [row for row in theirs if row.kind == "back"]
    dice.shuffle(payments)
    wanted = set()
    for fault in dice.sample(["missing", "extra", "amount", "fee"], dice.randint(1, 4)):
        if fault == "extra":
            theirs.append(BillRow("paid", "P-NEW", "T-NEW", 5, fee_of(5, 60)))
            wanted.add(("extra", "paid", "P-NEW"))
            continue
        if not payments:
            continue
        row = payments.pop()
        theirs.remove(row)
        if fault == "amount":
            fen = row.amount_fen + dice.choice([1, 100])
            theirs.append(BillRow("paid", row.number, row.ref, fen, fee_of(fen, 60)))
        elif fault == "fee":
            theirs.append(
                BillRow("paid", row.number, row.ref, row.amount_fen, row.fee_fen + dice.choice([-1, 1]))
            )
        wanted.add((fault, "paid", row.number))
    if backs:
        row = dice.choice(backs)
        fault = dice.choice(["missing", "amount", "extra"])
        if fault == "extra":
            theirs.append(BillRow("back", row.number, row.ref, 999_999))
        else:
            theirs.remove(row)
            if fault == "amount":
                theirs.append(BillRow("back", row.number, row.ref, 999_999, 0, row.back_ref))
        wanted.add((fault, "back", row.number))
    assert {(one.kind, one.what, one.number) for one in compare(ours, theirs, fee_bp=60)} == wanted


def test_two_trades_of_one_number_are_two():
    """Money on top: in our books too it is no difference, whatever the order; not in our books it is extra."""
    ours = [Ours("paid", "P1", 100, "T1"), Ours("paid", "P1", 250, "T2")]
    bill = [BillRow("paid", "P1", "T2", 250), BillRow("paid", "P1", "T1", 100)]
    assert compare(ours, bill, fee_bp=0) == []
    assert compare(ours[:1], bill, fee_bp=0) == [Difference("extra", "paid", "P1", "T2", None, 250)]
    assert compare(ours, bill[1:], fee_bp=0) == [Difference("missing", "paid", "P1", "T2", 250, None)]
    same = [BillRow("paid", "P1", "T1", 100), BillRow("paid", "P1", "T9", 100)]
    assert compare(ours[:1], same, fee_bp=0) == [Difference("extra", "paid", "P1", "T9", None, 100)]


def test_two_refunds_of_the_same_sum_are_two():
    ours = [Ours("back", "P1", 100, "B1"), Ours("back", "P1", 100, "B2")]
    assert compare(ours, [BillRow("back", "P1", "", 100)], fee_bp=0) == [
        Difference("missing", "back", "P1", "B2", 100, None)
    ]


def test_a_fee_is_rounded_half_a_fen_up_without_floats():
    assert [fee_of(fen, 60) for fen in (1, 83, 84, 10_000, 12_345, 2**53 + 1)] == [
        0, 0, 1, 60, 74, ((2**53 + 1) * 60 + 5000) // 10000,
    ]  # fmt: skip


ALIPAY = """#支付宝账务明细查询
#账号：[20880000000000000156]
#---账务明细列表---
账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注
1\t,T1\t,P1\t,"茶, 一盒"\t,2026-11-01 10:00:00\t,a***@x\t,59.90\t,\t,59.90\t,支付宝\t,在线支付\t,\t
2\t,T1\t,P1\t,茶\t,2026-11-01 10:00:00\t,\t,\t,-0.36\t,59.54\t,支付宝\t,收费\t,\t
3\t,T1\t,P1\t,茶\t,2026-11-01 11:00:00\t,\t,\t,10.00\t,49.54\t,支付宝\t,交易退款\t,B1\t
4\t,T9\t,\t,提现\t,2026-11-01 12:00:00\t,\t,\t,40.00\t,9.54\t,支付宝\t,提现\t,\t
#---账务明细列表结束---
#支出合计：3笔，共50.36元
"""
WECHAT = """\ufeff交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易状态,商户退款单号,退款金额,手续费,费率,订单金额,申请退款金额
`2026-11-01 10:00:00,`wx1,`1,`4200001,`P1,`SUCCESS,`0,`0.00,`0.36000,`0.60%,`59.90,`0.00
`2026-11-01 11:00:00,`wx1,`1,`4200001,`P1,`REFUND,`B1,`10.00,`-0.06000,`0.60%,`0.00,`10.00
总交易单数,应结订单总金额,退款总金额
`2,`59.90,`10.00
"""


def test_alipays_bill_is_read_with_its_tabs_and_fees():
    assert read_bill(ALIPAY) == [
        BillRow("paid", "P1", "T1", 5990, 36),
        BillRow("back", "P1", "T1", 1000, 0, "B1"),
    ]


def test_alipays_bill_keeps_two_trades_of_one_number_apart():
    rows = ALIPAY.splitlines()
    at = next(place for place, row in enumerate(rows) if row.startswith("2\t"))
    more = ["5\t,T2\t,P1\t,茶\t,2026-11-01 10:05:00\t,\t,59.90\t,\t,1\t,支付宝\t,在线支付\t,\t"]
    more += ["6\t,T2\t,P1\t,茶\t,2026-11-01 10:05:00\t,\t,\t,-0.36\t,1\t,支付宝\t,收费\t,\t"]
    found = read_bill("\n".join([*rows[: at + 1], *more, *rows[at + 1 :]]))
    assert found[:2] == [BillRow("paid", "P1", "T1", 5990, 36), BillRow("paid", "P1", "T2", 5990, 36)]


def test_wechats_bill_is_read_without_its_summary():
    assert read_wechat(WECHAT.lstrip("\ufeff")) == [
        BillRow("paid", "P1", "4200001", 5990, 36),
        BillRow("back", "P1", "4200001", 1000, -6, "B1"),
    ]


@pytest.mark.parametrize("reader", [read_bill, read_wechat])
@pytest.mark.parametrize("text", ["", "<html>", "a,b,c\n1,2,3"])
def test_what_is_no_bill_is_refused(reader, text):
    with pytest.raises(Unreadable):
        reader(text)
