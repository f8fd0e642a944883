"""Import of an order list of 100,000 orders: rows a second and peak memory, beside COPY of the very same rows.

The file has the layout of 2018 (54 columns, GBK); every order has a receiver whose data is sealed. The limit is what
PostgreSQL needs to COPY all the rows that the import wrote, into the same tables with the same indexes.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from bench.figures import say, tell
from bench.house import psql
from zhanggui.connect.tests.samples import TAOBAO_54

ORDERS = int(os.environ.get("BENCH_IMPORT_ORDERS", "100000"))
STATES = ("等待买家付款", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭")
PLACES = (
    "浙江省 杭州市 西湖区 文一西路",
    "广东省 深圳市 南山区 科技园路",
    "上海 上海市 浦东新区 世纪大道",
    "湖北省 武汉市 洪山区 珞喻路",
)
TABLES = (
    "customers_buyer",
    "orders_order",
    "orders_orderline",
    "orders_receiver",
    "orders_parcel",
    "orders_parcelline",
    "orders_timer",
    "ledger_transfer",
    "ledger_posting",
    "journal_entry",
    "journal_announcement",
    "journal_delivery",
    "jobs_outcome",
)


def write_file(path: Path, orders: int, first: int = 0) -> None:
    """An order list as Taobao exports it, all of it invented."""
    began = datetime(2026, 11, 1)
    with path.open("w", encoding="gb18030", newline="") as file:
        file.write(",".join(f'"{name}"' for name in TAOBAO_54) + "\r\n")
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        for i in range(first, first + orders):
            state = STATES[i % 5]
            placed = began + timedelta(seconds=7 * i)
            open_ = state == "等待买家付款"
            paid = "" if open_ or state == "交易关闭" else (placed + timedelta(minutes=9)).isoformat(" ")
            goods, postage = 1990 + i * 7919 % 30000, i % 3 * 500
            money = f"{(goods + postage) / 100:.2f}"
            waybill = f"No:{680000000000 + i}" if i % 5 in (2, 3) else ""
            row = dict.fromkeys(TAOBAO_54, "") | {
                "买家会员名": f"买家{i % 40000}",
                "买家支付宝账号": f"b{i % 40000}@example.com",
                "买家应付货款": f"{goods / 100:.2f}",
                "买家应付邮费": f"{postage / 100:.2f}",
                "买家支付积分": "0",
                "总金额": money,
                "返点积分": "0",
                "买家实际支付金额": money if paid else "0.00",
                "买家实际支付积分": "0",
                "订单状态": state,
                "买家留言": "周末配送" if i % 11 == 0 else "",
                "收货人姓名": f"收件{i % 9973}",
                "收货地址 ": f"{PLACES[i % 4]}{i % 400}号(310000)",
                "运送方式": "快递",
                "联系电话 ": "'",
                "联系手机": f"'138{i % 100000000:08d}",
                "订单创建时间": placed.isoformat(" "),
                "订单付款时间 ": paid,
                "宝贝标题 ": "速干T恤 男款" + ("，运动袜" if i % 4 == 0 else ""),
                "宝贝种类 ": "2" if i % 4 == 0 else "1",
                "物流单号 ": waybill,
                "物流公司": "中通快递" if waybill else "",
                "订单备注": "'改发顺丰" if i % 9 == 0 else "'",
                "宝贝总数量": "2" if i % 4 == 0 else "1",
                "店铺Id": "0",
                "店铺名称": "示例旗舰店",
                "订单关闭原因": "买家拍错了" if state == "交易关闭" else "订单未关闭",
                "卖家服务费": "0",
                "买家服务费": "0元",
                "是否手机订单": "手机订单",
                "特权订金订单id": "0",
                "修改后的收货地址": "null",
                "退款金额": "0.00",
                "打款商家金额": "0.00元",
            }
            writer.writerow(
                [f"\x00{3028689418000000 + i}" if name == "订单编号" else row[name] for name in TAOBAO_54]
            )
    text = path.read_bytes().replace(b'"\x00', b'="')
    path.write_bytes(text)


_CHILD = """
import json, resource, sys, time
import django; django.setup()
from zhanggui.connect.actions.importing import import_file
from zhanggui.kit.actor import system
from zhanggui.shops.models import Shop
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
counts = import_file(by=system("bench", "bench"), path=sys.argv[1], shop=Shop.objects.get(code=sys.argv[2]))
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "before": before, "peak": peak, "new": counts.new,
                  "unchanged": counts.unchanged, "refused": counts.refused}))
"""


def _run(path: Path, shop: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), shop], check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def copy_seconds(folder: Path) -> tuple[float, int]:
    """COPY all rows of the import out, and into empty twins of its tables with all their indexes; seconds and rows."""
    rows = 0
    psql("DROP SCHEMA IF EXISTS twin CASCADE; CREATE SCHEMA twin;")
    for table in TABLES:
        psql(
            f"COPY {table} TO '{folder}/{table}.copy' (FORMAT binary); "
            f"CREATE TABLE twin.{table} (LIKE {table} INCLUDING ALL);"
        )
        rows += int(psql(f"SELECT count(*) FROM {table}"))
    began = time.perf_counter()
    psql(
        "BEGIN; "
        + " ".join(f"COPY twin.{table} FROM '{folder}/{table}.copy' (FORMAT binary);" for table in TABLES)
        + " COMMIT;"
    )
    seconds = time.perf_counter() - began
    psql("DROP SCHEMA twin CASCADE;")
    return seconds, rows


def measure(shop: str) -> None:
    """Import a large and a small file and the large one again; then COPY the same rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        tell(f"writing an order list of {ORDERS:,} orders")
        write_file(folder / "list.csv", ORDERS)
        write_file(folder / "small.csv", ORDERS // 10, first=ORDERS)
        tell("importing it")
        large = _run(folder / "list.csv", shop)
        psql("CHECKPOINT; VACUUM ANALYZE;")
        tell("COPY of the same rows")
        seconds, rows = copy_seconds(folder)
        tell("importing it again, and a tenth of it for the memory")
        again = _run(folder / "list.csv", shop)
        small = _run(folder / "small.csv", shop)
    say(
        "import.orders_per_second",
        large["new"] / large["seconds"],
        "orders/s",
        limit=ORDERS / seconds,
        beside=f"COPY of the same {rows:,} rows of {len(TABLES)} tables with their indexes",
        target=0.15,
        refused=large["refused"],
    )
    say(
        "import.again_orders_per_second",
        again["unchanged"] / again["seconds"],
        "orders/s",
        limit=large["new"] / large["seconds"],
        beside="the first import of the same file",
    )
    say(
        "import.peak_memory",
        large["peak"] / 1024,
        "MiB",
        limit=small["peak"] / 1024,
        better="lower",
        beside=f"the same import of a file a tenth as long ({ORDERS // 10:,} orders)",
    )
