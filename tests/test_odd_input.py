"""What nobody types but somebody sends: no answer is a server error (reliability G7.3).

The walk goes over the table of routes. What a page or form reads is learnt by watching it read, so a new
parameter is walked without being listed; every one of them then gets every odd text.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from tests.cast import sign_in
from tests.routes import ROUTES, Route, Stage
from zhanggui.people.seeds import OWNER

pytestmark = pytest.mark.django_db
NUL, LONG = "a\x00b", "长" * 20_000
ODD = {
    "nul": NUL,
    "squared": "²",
    "digits": "9" * 5000,
    "bigint": "9" * 19,
    "power": "1e999999",
    "negative": "-1",
    "long": LONG,
    "tsquery": "'; DROP TABLE x; -- %s {} !&|():* <-> ''' \\ a:*B",
    "bidi": "\u202e\u0645\u0631\u062d\u0628\u0627\u200f🧧👨‍👩‍👧\ufffd\uffff",
    "lastday": "9999-12-31",
    "surrogate": '{"a": ["\\ud800"]}',
    "pair": "1.²",
}
"""Each of them, in every place. `surrogate` is escaped, as JSON carries it."""

MORE = {
    "arabic": "٣",
    "nan": "NaN",
    "infinite": "-Infinity",
    "zero": "0",
    "firstday": "0001-01-01",
    "year": "99999-01-01",
    "brackets": "[" * 100_000,
    "json": '{"a": {"b": [1]}, "c": 1e999}',
    "blank": " \t\r\n",
    "link": "//evil.example/\\x:y",
    "template": "{{ 7|add:7 }}{% now 'Y' %}<script>alert(1)</script>",
}
"""Sent too, into all fields at once."""

GOOD = {
    "page": "orders:list",
    "act": "flag",
    "flag": "1",
    "ids": "1.1",
    "place": "orders/1",
    "fields": "{}",
    "name": "甲",
    "reason": "理由",
    "answer": "yes",
    "fee": "1.00",
    "amount": "1.00",
    "to": "北京市",
    "since": "",
    "until": "",
    "before": "",
    "after": "",
    "day": "",
    "all": "",
    "view": "",
    "sort": "",
    "q": "",
    "shown": "",
    "next": "",
    "back": "",
}
"""What stands in the fields that are not being tried, so that a form is read to its end."""

SHARP = ("squared", "digits")
"""Those that are sent to one field at a time; the others go into all fields at once."""

RAW = (
    "%ED%A0%80",
    "%FF%FE",
    "%00",
    "%",
    "%C2%B2",
    "..%2F..%2F",
    "%E2%80%AE",
    "'",
    "9" * 5000,
    "-1",
    "a" * 3000,
)
"""Pieces of an address as they go over the wire: a lone surrogate, broken UTF-8, NUL, and the like."""

_LEAVES = {"people:sign-out", "people:my-visits-ending"}
"""They end the walker's own session."""


@contextmanager
def watched() -> Iterator[set[str]]:
    """The names that anybody asks a query or a form for, meanwhile."""
    asked: set[str] = set()
    kept = {name: getattr(QueryDict, name) for name in ("__getitem__", "__contains__", "get", "getlist")}

    def watching(method: Callable[..., Any]) -> Callable[..., Any]:
        def watch(self: Any, key: Any, *args: Any, **also: Any) -> Any:
            if isinstance(key, str):
                asked.add(key)
            return method(self, key, *args, **also)

        return watch

    for name, method in kept.items():
        setattr(QueryDict, name, watching(method))
    try:
        yield asked
    finally:
        for name, method in kept.items():
            if name in ("get", "getlist", "__getitem__"):
                setattr(QueryDict, name, method)
            else:
                delattr(QueryDict, name)


class Browser:
    """The owner's browser with a form's token, as in life: the CSRF check reads the form before the view."""

    def __init__(self, stage: Stage) -> None:
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        sign_in(self.client, stage.person_of(OWNER))
        self.client.cookies["csrf"] = self.token = "a" * 32
        self.troubles: list[str] = []

    def ask(self, method: str, address: str, fields: dict[str, Any], told: str, **headers: Any) -> int:
        """Ask, take back what it did, and keep a server error. Gives the status."""
        with transaction.atomic():
            if method == "GET":
                answer = self.client.get(f"{address}?{urlencode(fields)}" if fields else address, **headers)
            else:
                body = urlencode(fields | {"csrfmiddlewaretoken": self.token})
                kind = "application/x-www-form-urlencoded"
                answer = self.client.post(address, body, content_type=kind, **headers)
            try:
                if answer.streaming:
                    b"".join(answer.streaming_content)
            except Exception as trouble:
                self.troubles.append(f"{told}: broke off with {trouble!r}"[:300])
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            cause = answer.exc_info[1] if getattr(answer, "exc_info", None) else ""
            self.troubles.append(f"{told}: {answer.status_code} {cause!r}"[:300])
        return int(answer.status_code)

    def read_by(self, method: str, address: str, fields: dict[str, Any]) -> list[str]:
        """The names that a page or form reads, asked again until nothing new is read."""
        names: set[str] = set(fields)
        for _ in range(3):
            with watched() as asked:
                self.ask(method, address, {name: good(name, fields) for name in names}, "plain")
            asked -= {"csrfmiddlewaretoken"}
            if asked <= names:
                break
            names |= asked
        return sorted(names)


def good(name: str, fields: dict[str, Any]) -> str:
    return str(fields.get(name, GOOD.get(name, "1")))


@pytest.fixture
def stage(settings: Any) -> Stage:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Stage()


THOROUGH = pytest.mark.skipif(
    not os.environ.get("ZHANGGUI_THOROUGH"), reason="walks every field of every route: ZHANGGUI_THOROUGH=1"
)
LISTED = [pytest.param(route, id=route.name) for route in ROUTES if route.name not in _LEAVES]


@THOROUGH
@pytest.mark.parametrize("route", LISTED)
def test_no_odd_text_in_any_field_is_a_server_error(route: Route, stage: Stage):
    browser = Browser(stage)
    address = reverse(route.name, kwargs=route.sample(stage))
    for method in route.methods.split():
        names = browser.read_by(method, address, route.data)
        plain = {name: good(name, route.data) for name in names}
        for kind, text in (ODD | MORE).items():
            browser.ask(method, address, dict.fromkeys(names, text), f"{method} all={kind}")
            for name in names if kind in SHARP else ():
                browser.ask(method, address, plain | {name: text}, f"{method} {name}={kind}")
    assert browser.troubles == []


@THOROUGH
def test_no_odd_piece_of_an_address_is_a_server_error(stage: Stage):
    browser = Browser(stage)
    for route in ROUTES:
        for name, value in route.sample(stage).items():
            address = reverse(route.name, kwargs=route.sample(stage))
            front, _slash, rear = address.rpartition(f"/{value}/")
            for raw in RAW:
                for method in route.methods.split():
                    browser.ask(method, f"{front}/{raw}/{rear}", {}, f"{route.name} {name}={raw[:12]}")
    assert browser.troubles == []


@THOROUGH
def test_no_odd_header_is_a_server_error(stage: Stage):
    browser = Browser(stage)
    for header in (
        "HX-Current-URL",
        "HX-Target",
        "Accept",
        "User-Agent",
        "Accept-Language",
        "Cookie",
        "Referer",
    ):
        for text in (
            "\xb2",
            "%00",
            "'\"<x>;=,",
            "9" * 5000,
            "http://[",
            "zhanggui=\xff; csrf=; zg-language=\xb2",
        ):
            for address in ("/", "/views/?page=orders:list", "/orders/", "/sign-in/", "/daybook/"):
                given = {"HTTP_HX_REQUEST": "true", f"HTTP_{header.upper().replace('-', '_')}": text}
                browser.ask("GET", address, {}, f"{address} {header}={text[:12]}", **given)
    assert browser.troubles == []


def test_the_walk_does_find_what_is_read_and_what_breaks(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    """The control: it learns the names of a page's fields, and a guard taken away shows."""
    browser = Browser(stage)
    assert {"who", "until", "before"} <= set(browser.read_by("GET", "/daybook/", {}))
    assert {"place", "fields"} <= set(browser.read_by("POST", "/drafts/", {}))
    monkeypatch.setattr("zhanggui.journal.queries.whole", int)
    assert browser.ask("GET", "/daybook/", {"before": "²"}, "unguarded") == 500
    assert len(browser.troubles) == 1
