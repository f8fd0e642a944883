"""The bill of a day: a zip with a GBK table and a summary, as the platform's classic 账务明细."""

import csv
import io
import time
import zipfile
from typing import Any

HEADER = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"


def zipped(app: str, day: str, rows: list[dict[str, Any]]) -> bytes:
    """The file to download. `rows`: kind, number, trade_no, fen (negative: taken), at, note."""
    out = io.StringIO()
    out.write("#支付宝账务明细查询\r\n")
    out.write(f"#账号：[{app}]\r\n")
    out.write(f"#起始日期：[{_said(day)} 00:00:00]   终止日期：[{_said(day)} 24:00:00]\r\n")
    out.write(
        "#-----------------------------------------账务明细列表----------------------------------------\r\n"
    )
    out.write(HEADER + "\r\n")
    writer = csv.writer(out, lineterminator="\r\n")
    balance = 0
    for place, row in enumerate(rows, 1):
        balance += row["fen"]
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(row["at"] + 8 * 3600))
        cells = [
            f"{day.replace('-', '')}{place:012d}",
            row["trade_no"],
            row["number"],
            "订单",
            at,
            "bu***@sandbox",
        ]
        cells += [_yuan(row["fen"]) if row["fen"] > 0 else "", _yuan(-row["fen"]) if row["fen"] < 0 else ""]
        cells += [_yuan(balance), "支付宝", row["kind"], row["note"]]
        writer.writerow([f"{cell}\t" for cell in cells])
    out.write(
        "#-----------------------------------------账务明细列表结束------------------------------------\r\n"
    )
    taken, given = [r["fen"] for r in rows if r["fen"] < 0], [r["fen"] for r in rows if r["fen"] > 0]
    sums = f"#支出合计：{len(taken)}笔，共{_yuan(-sum(taken))}元\r\n#收入合计：{len(given)}笔，共{_yuan(sum(given))}元\r\n"
    out.write(sums)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr(_entry(f"{app}_{day}_账务明细.csv"), out.getvalue().encode("gb18030"))
        folder.writestr(_entry(f"{app}_{day}_账务明细(汇总).csv"), sums.encode("gb18030"))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))


def _said(day: str) -> str:
    year, month, date = day.split("-")
    return f"{year}年{month}月{date}日"


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
