"""WeChat Pay's trade bill of a day (交易账单)."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from zhanggui.connect.payment.ports import BillRow
from zhanggui.kit.refusals import Unreadable


def read_bill(text: str) -> list[BillRow]:
    """The movements of a trade bill (ALL): every cell begins with a backtick; the summary is left out.

    Raises Unreadable. A refund's row tells the payment too; it counts as a refund only.
    """
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or not {"商户订单号", "交易状态", "手续费", "订单金额", "商户退款单号"} <= set(rows[0]):
        raise Unreadable("bill", text[:40])
    found = []
    for cells in rows[1:]:
        if not cells or not cells[0].startswith("`"):
            break  # the summary's header
        row = dict(zip(rows[0], (cell.lstrip("`").strip() for cell in cells), strict=False))
        number, ref, fee = row["商户订单号"], row.get("微信订单号", ""), _fen(row["手续费"])
        if row["交易状态"] == "REFUND":
            amount = abs(_fen(row.get("申请退款金额") or row.get("退款金额", "")))
            found.append(BillRow("back", number, ref, amount, fee, row["商户退款单号"]))
        else:
            found.append(BillRow("paid", number, ref, _fen(row["订单金额"]), fee))
    return found


def _fen(text: str) -> int:
    """WeChat writes fees with five decimals ("0.06000"): half a fen is rounded up, no float on the way."""
    try:
        return int((Decimal(text or "0") * 100).quantize(Decimal(1), ROUND_HALF_UP))
    except InvalidOperation:
        raise Unreadable("bill", text[:40]) from None
