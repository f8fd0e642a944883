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
    paid: dict[str, BillRow] = {}
    backs: list[BillRow] = []
    fees: dict[str, int] = {}
    for cells in rows[1:]:
        row = dict(zip(rows[0], cells, strict=False))
        income, expense = _fen(row.get(INCOME, "")), _fen(row.get(EXPENSE, ""))
        number, kind = row.get(NUMBER, ""), row.get(KIND, "")
        if kind in PAYMENTS:
            before = paid.get(number)
            amount = income + (
                before.amount_fen if before else 0
            )  # twice in one bill is a difference, so it adds
            paid[number] = BillRow("paid", number, row.get(REF, ""), amount)
        elif kind in BACKS:
            backs.append(BillRow("back", number, row.get(REF, ""), expense, back_ref=row.get(NOTE, "")))
        elif kind in FEES:
            fees[number] = fees.get(number, 0) + expense - income
    for number, fee in fees.items():
        row_paid = paid.get(number, BillRow("paid", number, "", 0))
        paid[number] = BillRow("paid", number, row_paid.ref, row_paid.amount_fen, fee)
    return [*paid.values(), *backs]


def _fen(text: str) -> int:
    return abs(parse_yuan(text)) if text else 0
