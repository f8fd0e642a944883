"""Buyers who shop over HTTP in a whole house (real processes), and what must be true in it afterwards.

`lay` and `truth` run inside a process of the house; `Shopper` is a browser without scripts.
"""

import json
import re
import sqlite3
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from tests.racing import race
from zhanggui.site.tests.house import House
from zhanggui.storefront.tests.forms import fields_of

PLACED, SOLD_OUT, PRICE_CHANGED, OFFER_GONE, OTHER = (
    "placed",
    "sold_out",
    "price_changed",
    "offer_gone",
    "other",
)
Line = tuple[int, int, int]
"""Shop, SKU, pieces."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of pressing the button. `numbers`: of the orders; `page`: of a refusal, to be sent again."""

    result: str
    numbers: tuple[str, ...] = ()
    said: str = ""
    page: httpx.Response | None = None


class Shopper:
    """A browser in which a buyer of `lay` has signed in. Every answer of 500 and above raises AssertionError."""

    def __init__(self, house: House, session: str, *, timeout: float = 30) -> None:
        self.house = house
        self.web = httpx.Client(base_url=house.url, timeout=timeout, cookies={"zg-buyer": session})

    def get(self, path: str) -> httpx.Response:
        answer = self.web.get(path)
        assert answer.status_code < 500, (path, answer.status_code)
        return answer

    def post(self, path: str, data: dict[str, Any]) -> httpx.Response:
        token = self.web.cookies.get("csrf", "")
        answer = self.web.post(path, data=data, headers={"X-CSRFToken": token, "Referer": self.house.url})
        assert answer.status_code < 500, (path, answer.status_code)
        return answer

    def form(self, lines: Iterable[Line], message: str = "") -> dict[str, Any]:
        """The checkout's form for these things, as it would be sent; raises AssertionError when there is none."""
        query = urllib.parse.urlencode([("buy", f"{shop}-{sku}-{pieces}") for shop, sku, pieces in lines])
        page = self.get(f"/checkout/?{query}")
        assert page.status_code == 200, page.status_code
        given = form_of(page)
        for name in given:
            if name.startswith("message-"):
                given[name] = message
        return given

    def place(self, form: dict[str, Any]) -> Answer:
        """Press the button once."""
        answer = self.post("/checkout/", form | {"do": "place"})
        if answer.status_code in (302, 303):
            where = urllib.parse.urlsplit(answer.headers["Location"])
            return Answer(PLACED, tuple(urllib.parse.parse_qs(where.query).get("order", ())))
        said = re.search(r'id="refused"><p><strong>([^<]*)<', answer.text)
        return Answer(_result(said[1] if said else ""), said=said[1] if said else answer.text, page=answer)

    def insist(self, form: dict[str, Any], times: int = 6) -> Answer:
        """Press the button, and accept new prices as they are shown."""
        answer = self.place(form)
        while answer.result in (PRICE_CHANGED, OFFER_GONE) and times and answer.page is not None:
            times -= 1
            answer = self.place(form_of(answer.page))
        return answer

    def open_payment(self, numbers: Sequence[str]) -> str:
        """The number of one payment for these orders, "" when they cannot be paid any more."""
        query = urllib.parse.urlencode([("order", number) for number in numbers])
        self.get(f"/pay/?{query}")
        answer = self.post("/pay/", {"order": list(numbers), "provider": "sandbox"})
        found = re.search(r"/pay/(\w+)/", answer.headers.get("Location", ""))
        return found[1] if found else ""

    def cashier(self, payment: str) -> str:
        """The signed address at the provider, "" when it is not open any more."""
        page = self.get(f"/pay/{payment}/?go=1")
        found = re.search(r'href="([^"]*)" id="go"', page.text)
        return found[1].replace("&amp;", "&") if found else ""


def pay_at(cashier: str) -> bool:
    """Pay at the provider's own page; False when it takes no money for this any more. Raises OSError."""
    with urllib.request.urlopen(cashier, timeout=5) as answer:
        text = answer.read().decode()
    action = re.search(r"action='(/cashier/\d+/)'", text)
    if action is None:
        return False
    where = urllib.parse.urljoin(cashier, action[1])
    with urllib.request.urlopen(
        where, urllib.parse.urlencode({"result": "ok"}).encode(), timeout=5
    ) as answer:
        return "role=status" in answer.read().decode()


def form_of(answer: httpx.Response) -> dict[str, Any]:
    """The page's big form as a browser without a script would send it."""
    return dict(fields_of(answer.text))


def _result(said: str) -> str:
    words = (
        (SOLD_OUT, ("售罄", "只剩", "不能下单")),
        (PRICE_CHANGED, ("价格", "合计", "金额")),
        (OFFER_GONE, ("优惠", "名额", "券", "红包", "活动")),
    )
    return next((result for result, found in words if any(word in said for word in found)), OTHER)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """All from one starting shot; whatever one of them raises is raised."""
    results = race(*acts)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def press_together(shoppers: Sequence[Shopper], forms: Sequence[dict[str, Any]]) -> list[Answer]:
    """Everybody presses the button at the same instant."""
    return at_once(*[partial(one.insist, form) for one, form in zip(shoppers, forms, strict=True)])


def lay(
    buyers: int, goods: dict[str, int], offers: Sequence[dict[str, Any]] = (), packets: int = 0
) -> dict[str, Any]:
    """Two open shops, SKUs with so many pieces (by code, in both shops), buyers with an address and a session.

    `offers`: kind, terms and more, of both shops; `packets`: a red packet of so many fen for each buyer.
    """
    from django.contrib.sessions.backends.db import SessionStore

    from tests.cast import HOUSE, merchant
    from zhanggui.checkout.tests import cast
    from zhanggui.connect.payment.sandbox.setup import ensure_account
    from zhanggui.customers.models import Account
    from zhanggui.customers.sessions import BUYER, EPOCH, MERCHANT
    from zhanggui.customers.tests import cast as customers
    from zhanggui.storefront.tests.buying import open_shop

    shops = [open_shop("OW01"), open_shop("OW02")]
    ensure_account(by=HOUSE, merchant_id=merchant().pk)
    skus = {code: cast.goods(code, pieces=many, in_shops=shops).pk for code, many in goods.items()}
    made = {
        one["name"]: cast.offer(one.pop("kind"), one.pop("terms"), shop_ids=[s.pk for s in shops], **one).pk
        for one in [dict(row) for row in offers]
    }
    sessions = []
    for n in range(buyers):
        person = cast.buyer(f"买家{n}")
        Account.objects.create(
            buyer=person, merchant_id=merchant().pk, sealed_phone=b"", phone_trace=str(n).encode(),
            masked_phone="138****0000", password="!",
        )  # fmt: skip
        customers.address(person)
        if packets:
            cast.red_packet(person, packets, ref=str(n))
        session = SessionStore()
        session[BUYER], session[EPOCH], session[MERCHANT] = person.pk, 1, merchant().pk
        session.save()
        sessions.append(session.session_key)
    return {"shops": [shop.pk for shop in shops], "skus": skus, "offers": made, "sessions": sessions}


def laid(house: House, *given: Any, **also: Any) -> dict[str, Any]:
    """`lay`, in a process of the house."""
    code = f"import json; from tests.shopping import lay; print(json.dumps(lay(*{given!r}, **{also!r})))"
    found: dict[str, Any] = json.loads(house.python(code))
    return found


def truth() -> dict[str, Any]:
    """What must be empty, and what stands, in a house where buyers bought."""
    from django.db import connection

    from zhanggui.checkout.models import MoneyBack, Payment
    from zhanggui.journal.news import waiting
    from zhanggui.ledger.books import balances, unbalanced
    from zhanggui.ledger.models import Account
    from zhanggui.orders import rules
    from zhanggui.orders.models import Order
    from zhanggui.promotions.models import Offer, RedPacket
    from zhanggui.promotions.queries import balance
    from zhanggui.stock.models import Balance
    from zhanggui.stock.queries import unexplained

    def ask(sql: str) -> list[list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [list(row) for row in cursor.fetchall()]

    wrong_books = []
    orders = list(Order.objects.filter(source=rules.OWN).defer("words").order_by("pk"))
    mine = {
        Account.GOODS_DUE,
        Account.POSTAGE_DUE,
        Account.RED_PACKET_COST,
        Account.DISCOUNT_GIVEN,
        Account.COUPON_COST,
    }
    for order in orders:
        stands = balances(order_id=order.pk)
        wrong_books += [
            [order.number, str(account), stands.get(account, 0), fen]
            for account, fen in rules.position(order).items()
            if account in mine and stands.get(account, 0) != fen
        ]
    payments = []
    for payment in Payment.objects.prefetch_related("parts", "backs").order_by("pk"):
        parts = [[part.amount_fen, part.booked] for part in payment.parts.all()]
        backs = [[back.ref, back.amount_fen, back.state] for back in payment.backs.all()]
        payments.append([payment.number, payment.state, payment.amount_fen, parts, backs])
    return {
        "orders": [[o.number, o.buyer_message, o.shop_id, o.state, o.due_fen, o.red_fen] for o in orders],
        "payments": payments,
        "escrow": balances().get(Account.ESCROW, 0),
        "stray": balances().get(Account.STRAY, 0),
        "backs_open": MoneyBack.objects.exclude(state="done").count(),
        "left": {row.sku_id: row.on_hand - row.promised - row.safety for row in Balance.objects.all()},
        "red_left": sum(RedPacket.objects.values_list("left_fen", flat=True)),
        "used": {offer.name: [offer.used_times, offer.claimed, offer.times] for offer in Offer.objects.all()},
        "wanted": ask(
            "SELECT p.sku_id, count(*) FROM stock_promise p JOIN orders_orderline l ON l.id = p.line_id "
            "JOIN orders_order o ON o.id = l.order_id WHERE p.state = 'held' AND o.state LIKE 'closed%' GROUP BY 1"
        ),
        "waiting": waiting(),
        # From here on: always empty.
        "wrong": {
            "oversold": ask("SELECT sku_id FROM stock_balance WHERE promised > on_hand"),
            "unexplained stock": unexplained(),
            "promises that are not the shelf's": ask(
                "SELECT b.sku_id FROM stock_balance b WHERE b.promised <> (SELECT coalesce(sum(pieces), 0) "
                "FROM stock_promise p WHERE p.sku_id = b.sku_id AND p.state = 'held')"
            ),
            "held without an open order": ask(
                "SELECT p.id FROM stock_promise p LEFT JOIN orders_orderline l ON l.id = p.line_id "
                "LEFT JOIN orders_order o ON o.id = l.order_id WHERE p.state = 'held' "
                "AND (o.id IS NULL OR o.state LIKE 'closed%')"
            ),
            "orders whose goods are not held": ask(
                "SELECT o.number FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id "
                "WHERE o.state IN ('unpaid', 'paid') AND l.hold = 'order' AND NOT EXISTS "
                "(SELECT 1 FROM stock_promise p WHERE p.line_id = l.id AND p.state = 'held' AND p.pieces = l.pieces)"
            ),
            "books": wrong_books,
            "unbalanced": unbalanced(),
            "escrow of orders": ask(
                "SELECT o.number FROM orders_order o WHERE o.state = 'paid' AND o.paid_fen - o.red_fen <> coalesce(("
                "SELECT sum(p.amount_fen) FROM ledger_posting p JOIN ledger_transfer t ON t.id = p.transfer_id "
                "WHERE t.order_id = o.id AND p.account = 'escrow'), 0)"
            ),
            "told not once": ask(
                "SELECT o.number FROM orders_order o WHERE 1 <> (SELECT count(*) FROM journal_entry e "
                "WHERE e.kind = 'order' AND e.object_id = o.id AND e.what = 'order.placed')"
            ),
            "offers": balance.unexplained_offers(),
            "coupons": balance.unexplained_coupons(),
            "red packets": balance.unexplained_packets(),
            "deadlocks": ask(
                "SELECT 1 FROM pg_stat_database WHERE datname = current_database() AND deadlocks > 0"
            ),
        },
    }


def stands(house: House) -> dict[str, Any]:
    """`truth`, in a process of the house; asserts that nothing is wrong."""
    found: dict[str, Any] = json.loads(
        house.python("import json; from tests.shopping import truth; print(json.dumps(truth()))")
    )
    for name, rows in found["wrong"].items():
        assert not rows, (name, rows)
    return found


@dataclass(frozen=True, slots=True)
class AtProvider:
    """What the sandbox knows: fen paid by payment number, refunds by ref, still to be told."""

    paid: dict[str, int]
    refunds: dict[str, int]


def at_provider(house: House) -> AtProvider:
    """Read the sandbox's own memory, behind everybody's back."""
    with closing(sqlite3.connect(house.home / "sandbox" / "sandbox.sqlite3")) as link:
        paid = dict(link.execute("SELECT number, fen FROM trades WHERE paid IS NOT NULL"))
        rows = link.execute("SELECT ref, fen FROM refunds").fetchall()
    assert len({ref for ref, _fen in rows}) == len(rows), "a ref was paid out for two trades"
    return AtProvider(paid, dict(rows))


def money_agrees(found: dict[str, Any], provider: AtProvider) -> None:
    """Every payment that the provider took is booked exactly once or given back exactly once; nothing else is."""
    ours = {number: (state, fen, parts, backs) for number, state, fen, parts, backs in found["payments"]}
    for number, fen in provider.paid.items():
        state, amount, parts, backs = ours[number]
        assert (state, amount) == ("paid", fen), (number, state, amount, fen)
        assert all(booked in ("paid", "stray") for _fen, booked in parts), (number, parts)
        stray = sum(part for part, booked in parts if booked == "stray")
        given_back = sum(back for _ref, back, done in backs if done == "done")
        assert given_back >= stray, (number, "paid for nothing, and not given back", parts, backs)
    for number, (state, amount, _parts, _backs) in ours.items():
        assert state != "paid" or not amount or number in provider.paid, (number, "paid here, not there")
    asked = {
        ref: fen
        for _n, _s, _f, _p, backs in found["payments"]
        for ref, fen, state in backs
        if state == "done"
    }
    assert asked == provider.refunds
    assert found["stray"] == 0
    assert found["escrow"] == sum(provider.paid.values()) - sum(provider.refunds.values())


def patiently(act: Callable[[], Any], stop: threading.Event, troubles: list[str]) -> Any:
    """Do it until there is an answer, as people do; None when the time is over first."""
    while not stop.is_set():
        try:
            return act()
        except (httpx.HTTPError, OSError, urllib.error.URLError, AssertionError) as trouble:
            troubles.append(repr(trouble)[:200])
        time.sleep(0.1)
    return None
