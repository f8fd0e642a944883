"""Alipay's bill of a day (账务明细, protocols 3.6): `#` lines around a table whose cells carry trailing tabs."""

import csv

from zhanggui.connect.payment.ports import BillRow
from zhanggui.kit.money import parse_yuan
from zhanggui.kit.refusals import Unreadable

NUMBER, REF, KIND = "商户订单号", "业务流水号", "业务类型"
INCOME, EXPENSE, NOTE = "收入金额（+元）", "支出金额（-元）", "备注"
SUMMARY = "汇总"
"""Stands in the name of the zip's other file, which only sums up."""
PAYMENTS, BACKS, FEES = {"交易付款", "在线支付"}, {"交易退款"}, {"收费"}


def read_bill(text: str) -> list[BillRow]:
    """The movements: payments with the fees that belong to them, and refunds. Raises Unreadable.

    Rows of other kinds (withdrawals, transfers) are not about payments of ours and are left out. A fee whose
    payment is not in the same bill stands alone, as a payment of nothing, so that no fee is lost.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    if not rows or not {NUMBER, REF, KIND, INCOME, EXPENSE} <= set(rows[0]):
        raise Unreadable("bill", text[:40])
    paid: dict[tuple[str, str], BillRow] = {}
    backs: list[BillRow] = []
    fees: dict[tuple[str, str], int] = {}
    for cells in rows[1:]:
        row = dict(zip(rows[0], cells, strict=False))
        income, expense = _fen(row.get(INCOME, "")), _fen(row.get(EXPENSE, ""))
        number, kind = row.get(NUMBER, ""), row.get(KIND, "")
        trade = (number, row.get(REF, ""))  # one number may have been paid by two trades
        if kind in PAYMENTS:
            before = paid.get(trade)
            amount = income + (
                before.amount_fen if before else 0
            )  # twice in one bill is a difference, so it adds
            paid[trade] = BillRow("paid", *trade, amount)
        elif kind in BACKS:
            backs.append(BillRow("back", number, row.get(REF, ""), expense, back_ref=row.get(NOTE, "")))
        elif kind in FEES:
            fees[trade] = fees.get(trade, 0) + expense - income
    for (number, ref), fee in fees.items():
        # A fee whose trade the bill does not name belongs to the number's payment.
        same = [trade for trade in paid if trade[0] == number]
        trade = (number, ref) if (number, ref) in paid or not same else same[0]
        row_paid = paid.get(trade, BillRow("paid", *trade, 0))
        paid[trade] = BillRow("paid", *trade, row_paid.amount_fen, row_paid.fee_fen + fee)
    return [*paid.values(), *backs]


def _fen(text: str) -> int:
    return abs(parse_yuan(text)) if text else 0
