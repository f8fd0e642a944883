"""Between the event loop and Django's threads nothing is lost, small or large."""

import asyncio
import io
import threading

import pytest

from zhanggui.site import bridge
from zhanggui.site.bridge import SMALL, Bridge
from zhanggui.site.threads import Threads


def answered(application, *pieces, headers=()):
    """What is sent when these pieces of a body come."""
    sent, left = [], list(pieces) or [b""]

    async def receive():
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/订单/", "query_string": b"a=1", "http_version": "1.1",
        "headers": list(headers), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(Bridge(application, Threads(2))(scope, receive, send))
    return sent


def echo(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Said", "hm ")])
    yield environ["wsgi.input"].read()


def whole(sent):
    assert [message["type"] for message in sent][0] == "http.response.start"
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    return b"".join(message["body"] for message in sent[1:])


def test_a_page_comes_and_goes_in_one_piece():
    sent = answered(echo, b"one", b"two", headers=[(b"content-length", b"6")])
    assert whole(sent) == b"onetwo"
    assert len(sent) == 2
    assert sent[0]["status"] == 200
    assert sent[0]["headers"] == [(b"content-type", b"text/plain"), (b"x-said", b"hm")]


@pytest.mark.parametrize(
    "headers", [[(b"content-length", str(5 * SMALL).encode())], [(b"transfer-encoding", b"chunked")]]
)
def test_what_is_large_flows_both_ways(headers):
    pieces = [bytes([65 + n]) * SMALL for n in range(5)]
    sent = answered(echo, *pieces, headers=headers)
    assert whole(sent) == b"".join(pieces)


def test_a_large_answer_is_sent_before_its_end_is_made():
    seen = []

    def many(environ, start_response):
        start_response("206 Partial Content", [])
        for n in range(6):
            seen.append(n)
            yield b"x" * SMALL

    sent = answered(many)
    assert len(whole(sent)) == 6 * SMALL
    assert len(sent) > 3
    assert sent[0]["status"] == 206


def test_what_was_opened_for_an_answer_is_closed_and_trouble_is_told():
    closed = []

    class Broken:
        def __iter__(self):
            return self

        def __next__(self):
            raise ZeroDivisionError

        def close(self):
            closed.append(True)

    with pytest.raises(ZeroDivisionError):
        answered(lambda environ, start: start("200 OK", []) and Broken())
    assert closed == [True]


def asked(application, send, **more):
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "http_version": "1.1",
        "headers": [], "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    return asyncio.run(Bridge(application, Threads(2), **more)(scope, receive, send))


@pytest.mark.parametrize("size", [0, 10, SMALL, SMALL + 1, 5 * SMALL])
def test_a_file_is_sent_whole_and_closed(size):
    file, sent = io.BytesIO(b"x" * size), []

    def application(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](file, 4096)

    async def send(message):
        sent.append(message)

    asked(application, send)
    assert whole(sent) == b"x" * size
    assert file.closed


def test_a_large_file_is_read_by_no_page_thread():
    readers = set()

    class File(io.BytesIO):
        def read(self, size=-1):
            readers.add(threading.current_thread().name)
            return super().read(size)

    async def send(message):
        pass

    def application(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](File(b"x" * 5 * SMALL))

    asked(application, send)
    assert [name for name in readers if name != "page"], "the loop's own threads read on"


def test_an_answer_that_nobody_takes_ends(monkeypatch):
    monkeypatch.setattr(bridge, "LEAST_RATE", 10**9)  # else what was sent before earns two minutes
    closed, sent = [], []

    def endless(environ, start_response):
        start_response("200 OK", [])
        try:
            while True:
                yield b"x" * SMALL
        finally:
            closed.append(True)

    async def send(message):
        sent.append(message)
        if len(sent) > 4:
            await asyncio.Future()

    asked(endless, send, patience_seconds=0.05)
    assert closed == [True]
    assert sent[-1]["more_body"], "its reader sees that it is not whole"
