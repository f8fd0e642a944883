"""G1.2: orders come in and are marked over HTTP while web, worker and database are killed with SIGKILL.

Clients send again what was not acknowledged, as people and programs do. Afterwards: nothing acknowledged is missing,
nothing is there twice, no piece is sold twice, the books balance. `storm` is the harness for every such story;
tests/killing_shop.py tells the one of buyers who place and pay.
"""

import csv
import io
import json
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from zhanggui.connect.tests.samples import JD_30
from zhanggui.site.tests.house import House, until

STOCK = 60
"""Pieces on the shelf; more are ordered."""
ORDERS_A_FILE = 25
PASSWORD = "kai-men-da-ji"
_LAY = f"""
from zhanggui.kit.actor import system
from zhanggui.people.actions.staff import found_house
from zhanggui.shops.models import Merchant, Shop
from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.stock.models import Warehouse
from zhanggui.stock.actions.movements import Inbound, receive_many
by = system("test", "test")
found_house(by=by, work_no="boss", name="掌柜", password="{PASSWORD}")
merchant = Merchant.objects.create(name="killing")
Shop.objects.create(merchant=merchant, code="K01", name="K01", kind="mall", platform="jd", city="420100")
skus = add_skus(by=by, merchant_id=merchant.pk, rows=[NewSku("TEA", "茶", "TEA"), NewSku("RICE", "米", "RICE")])
shelf = Warehouse.objects.create(merchant_id=merchant.pk, name="仓", city="420100")
receive_many(by=by, rows=[Inbound(sku, {STOCK}, shelf.pk) for sku in skus.values()])
"""
_TRUTH = """
import json
from django.db import connection
from zhanggui.ledger.books import unbalanced
from zhanggui.stock.queries import unexplained
from zhanggui.journal.news import waiting
def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
print(json.dumps({
    "numbers": [n for n, in ask("SELECT number FROM orders_order")],
    "without_receiver": ask("SELECT o.number FROM orders_order o LEFT JOIN orders_receiver r ON r.order_id = o.id WHERE r.order_id IS NULL"),
    "wrong_lines": ask("SELECT o.number FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id GROUP BY 1 HAVING count(*) <> 2"),
    "told_twice": ask("SELECT object_id FROM journal_entry WHERE what = 'order.placed' GROUP BY 1 HAVING count(*) <> 1"),
    "untold": ask("SELECT o.number FROM orders_order o WHERE NOT EXISTS (SELECT 1 FROM journal_entry e WHERE e.kind = 'order' AND e.object_id = o.id AND e.what = 'order.placed')"),
    "unpaid_in_the_books": ask("SELECT o.number FROM orders_order o WHERE coalesce((SELECT sum(p.amount_fen) FROM ledger_posting p JOIN ledger_transfer t ON t.id = p.transfer_id WHERE t.order_id = o.id AND p.account = 'escrow'), 0) <> o.paid_fen"),
    "held": ask("SELECT sku_id, sum(pieces) FROM stock_promise WHERE state = 'held' GROUP BY 1"),
    "short": ask("SELECT count(*) FROM orders_orderline WHERE stock = 'short'")[0][0],
    "free": ask("SELECT sum(on_hand - promised) FROM stock_balance")[0][0],
    "marks": ask("SELECT text, count(*) FROM orders_mark WHERE off_at IS NULL AND template = 'free' GROUP BY 1"),
    "unbalanced": unbalanced(), "unexplained": unexplained(), "waiting": waiting(),
}))
"""


@dataclass
class Acked:
    """What clients were told is done."""

    numbers: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)


class Client:
    """A person at a browser who signs in and sends again what was not acknowledged."""

    def __init__(self, house: House, acked: Acked, stop: threading.Event) -> None:
        self.house, self.acked, self.stop = house, acked, stop
        self.web = httpx.Client(base_url=house.url, timeout=10, follow_redirects=True)
        self.signed_in = False

    def insist(self, act: "object") -> bool:
        """Do it until it is acknowledged; False when the round is over first."""
        while not self.stop.is_set():
            try:
                if not self.signed_in:
                    self._sign_in()
                act()  # type: ignore[operator]
                return True
            except (httpx.HTTPError, AssertionError) as trouble:
                self.acked.troubles.append(repr(trouble)[:200])
            time.sleep(0.1)
        return False

    def post(self, path: str, **sent: object) -> httpx.Response:
        """POST a form with its token; anything but success or a redirect is not acknowledged."""
        answer = self.web.post(
            path,
            headers={"X-CSRFToken": self.web.cookies.get("csrf", ""), "Referer": self.house.url},
            **sent,
        )  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.status_code
        return answer

    def _sign_in(self) -> None:
        self.web.get("/sign-in/")
        self.post("/sign-in/", data={"work_no": "boss", "password": PASSWORD})
        assert self.web.get("/orders/", follow_redirects=False).status_code == 200
        self.signed_in = True


def import_files(client: Client, place: int) -> None:
    """Hand file after file over and wait for each until the page says that it is imported."""
    count = 0
    while not client.stop.is_set():
        numbers = [f"{place}{count * ORDERS_A_FILE + n:010d}" for n in range(ORDERS_A_FILE)]
        count += 1
        text = _file(numbers)

        def hand_over(text: bytes = text) -> None:
            shown = client.post(
                "/imports/", data={"shop": "K01"}, files={"files": ("orders.csv", text, "text/csv")}
            )
            assert re.search(r"/imports/[\w-]{6,}/$", shown.url.path), shown.url.path
            client.post(f"{shown.url.path}job/", data={"shop": "K01"})
            end = time.monotonic() + 30
            while time.monotonic() < end:
                page = client.web.get(f"{shown.url.path}progress/")
                if page.status_code == 200 and "badge-ok" in page.text:
                    return
                time.sleep(0.1)
            raise AssertionError("not imported yet")

        if client.insist(hand_over):
            client.acked.numbers.update(numbers)


def put_marks(client: Client, place: int) -> None:
    """Mark orders with words of their own."""
    dice, count = random.Random(place), 0
    while not client.stop.is_set():
        known = list(client.acked.numbers)
        if not known:
            time.sleep(0.1)
            continue
        number, words = dice.choice(known), f"第{place}位的第{count}条"
        count += 1
        if client.insist(
            lambda n=number, w=words: client.post(
                f"/orders/K01/{n}/marks/", data={"template": "free", "wish": w}
            )
        ):
            client.acked.marks.add(words)


def kill_something(house: House, dice: random.Random) -> str:
    """SIGKILL the web server, the worker, the postmaster, or all three."""
    what = dice.choice(["web", "worker", "database", "everything"])
    victims = []
    if what in ("web", "everything"):
        victims += [process.pid for process in house.children("zhanggui.site.web")]
    if what in ("worker", "everything"):
        victims += [process.pid for process in house.children("zhanggui.site.worker")]
    if what in ("database", "everything"):
        with suppress(OSError, ValueError):
            victims.append(int((house.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return what


@dataclass(frozen=True, slots=True)
class Story:
    """Who does what while things are killed. `lay`: before; `runners`: each with its place, until `stop` is set;
    `begun`: whether the first effect was acknowledged; `settle`: after the last kill; `truth`: what stands then.
    """

    lay: Callable[[House], Any]
    runners: Sequence[Callable[[House, Any, threading.Event, Any, int], None]]
    acked: Callable[[], Any]
    begun: Callable[[Any], Any]
    truth: Callable[[House], Any]
    settle: Callable[[House, Any], None] = lambda house, acked: None
    env: Mapping[str, str] = field(default_factory=dict)


def storm(folder: Path, rounds: int, seed: int, story: "Story | None" = None) -> dict[str, Any]:
    """Run so many kills under load in a new house; gives what the clients were told and what is true afterwards."""
    story = story or IMPORTING
    dice = random.Random(seed)
    house, acked, stop = House(folder), story.acked(), threading.Event()
    house.env |= story.env
    try:
        house.up("--workers", "2")
        laid = story.lay(house)
        threads = [
            threading.Thread(target=run, args=(house, acked, stop, laid, place))
            for place, run in enumerate(story.runners, 1)
        ]
        for thread in threads:
            thread.start()
        kills, slowest = [], 0.0
        try:
            until(lambda: story.begun(acked), 60, "the first that is acknowledged")
        except AssertionError as trouble:
            raise AssertionError(f"{acked.troubles[-3:]}") from trouble
        for _ in range(rounds):
            time.sleep(dice.uniform(0, 2.5))
            kills.append(kill_something(house, dice))
            began = time.monotonic()
            until(
                lambda: httpx.get(house.url + "/sign-in/", timeout=3).status_code == 200,
                60,
                "back in service",
            )
            slowest = max(slowest, time.monotonic() - began)
        time.sleep(3)
        stop.set()
        for thread in threads:
            thread.join(timeout=60)
        story.settle(house, acked)
        _all_jobs_end(house)
        until(
            lambda: house.sql(
                "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM journal_delivery WHERE done_at IS NULL)"
            ),
            60,
            "all news delivered",
        )
        truth = story.truth(house)
    finally:
        stop.set()
        house.close()
    return {"acked": acked, "truth": truth, "kills": kills, "slowest_return": slowest}


def _all_jobs_end(house: House) -> None:
    open_jobs = "SELECT id, state, done, beat_at, clock_timestamp() FROM jobs_job WHERE state IN ('waiting', 'running')"
    try:
        until(lambda: not house.sql(open_jobs), 120)
    except AssertionError as trouble:
        queue = house.sql(
            "SELECT id, status, attempts, args, worker_id FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        )
        raise AssertionError(
            f"jobs that did not end: {house.sql(open_jobs)}, queue: {queue}, said: {house.said[-40:]}"
        ) from trouble


def _lay_shop(house: House) -> None:
    house.sql("DELETE FROM people_grant")
    house.sql("DELETE FROM people_device")
    house.sql("DELETE FROM people_staff")
    house.python(_LAY)


def _as_clerk(
    work: Callable[[Client, int], None],
) -> Callable[[House, Acked, threading.Event, Any, int], None]:
    return lambda house, acked, stop, laid, place: work(Client(house, acked, stop), place)


IMPORTING = Story(
    lay=_lay_shop,
    runners=[_as_clerk(import_files), _as_clerk(import_files), _as_clerk(put_marks), _as_clerk(put_marks)],
    acked=Acked,
    begun=lambda acked: acked.numbers,
    truth=lambda house: json.loads(house.python(_TRUTH)),
)


def _file(numbers: list[str]) -> bytes:
    """A JD order file: two articles an order, all paid."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(JD_30)
    for number in numbers:
        for code, price in (("TEA", "10.00"), ("RICE", "20.00")):
            row = dict.fromkeys(JD_30, "") | {
                "订单号": number,
                "商品ID": "1",
                "商品名称": code,
                "订购数量": "1",
                "支付方式": "在线支付",
                "下单时间": "2026-11-10 09:00:00",
                "京东价": price,
                "订单金额": "30.00",
                "结算金额": "30.00",
                "余额支付": "0.00",
                "应付金额": "30.00",
                "订单状态": "等待出库",
                "下单帐号": f"jd{number[-3:]}",
                "客户姓名": "张三",
                "客户地址": "湖北武汉市洪山区珞喻路1号",
                "联系电话": "13800000000",
                "运费金额": "0.00",
                "付款确认时间": "2026-11-10 09:05:00",
                "货号": code,
            }
            writer.writerow([row[name] for name in JD_30])
    return out.getvalue().encode("gb18030")
