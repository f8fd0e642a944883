"""Bodies are awaited without a thread, within limits, and never lie plain on the disk."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from a2wsgi.wsgi import Body

import zhanggui
from zhanggui.site.bodies import EACH, SMALL, Bodies, Gone, Permit, Spool, Turned
from zhanggui.site.bridge import Bridge
from zhanggui.site.threads import Threads

LARGE = 3 * SMALL


def scope(length=None, path="/"):
    headers = (
        [(b"transfer-encoding", b"chunked")]
        if length is None
        else [(b"content-length", str(length).encode())]
    )
    return {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1",
        "headers": headers, "client": ("127.0.0.1", 1),
    }  # fmt: skip


class Sender:
    """Sends these pieces; then says nothing more, or goes away."""

    def __init__(self, *pieces, ends=True, goes=False):
        self.pieces, self.ends, self.goes, self.asked = list(pieces), ends, goes, 0

    async def __call__(self):
        self.asked += 1
        if self.pieces:
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces) or not self.ends}
        if self.goes:
            return {"type": "http.disconnect"}
        return await asyncio.Future()


def bodies(ask=None, **more):
    return Bodies(ThreadPoolExecutor(1), ask, **more)


def taken(some, sender, length=None):
    async def take():
        body, size = await some.take(scope(length), sender)
        with body:
            return body.read(), size

    return asyncio.run(take())


def test_a_large_body_comes_whole_and_leaves_nothing(tmp_path: Path):
    some = bodies(lambda scope: Permit(LARGE, "staff:1"), folder=tmp_path)
    pieces = [bytes([n]) * SMALL for n in range(3)]
    assert taken(some, Sender(*pieces), LARGE) == (b"".join(pieces), LARGE)
    assert taken(some, Sender(*pieces)) == (b"".join(pieces), LARGE), "of unknown length"
    assert not some.held
    assert not list(tmp_path.iterdir())


def test_what_lies_on_the_disk_is_not_plain():
    spool = Spool(None)
    spool.add([b"secret " * 1000, b"more"])
    spool._file.seek(0)
    assert b"secret" not in spool._file.read()
    with spool.begin() as body:
        assert body.readline() == b"secret " * 1000 + b"more"


@pytest.mark.parametrize("length", [LARGE, None])
def test_who_may_not_send_so_much_is_not_read_on(length):
    def nobody(scope):
        raise Turned(403, "no")

    sender = Sender(*[b"x" * SMALL] * 9)
    with pytest.raises(Turned) as turned:
        taken(bodies(nobody), sender, length)
    assert turned.value.status == 403
    assert sender.asked == (0 if length else 2)


def test_more_than_is_permitted_is_refused_before_it_is_read_or_as_soon_as_it_shows():
    some = bodies(lambda scope: Permit(2 * SMALL, "staff:1"))
    sender = Sender(*[b"x" * SMALL] * 9)
    with pytest.raises(Turned) as turned:
        taken(some, sender, LARGE)
    assert (turned.value.status, sender.asked) == (413, 0)
    with pytest.raises(Turned) as turned:
        taken(some, sender)
    assert (turned.value.status, sender.asked) == (413, 3)
    assert not some.held


def test_a_view_that_refuses_in_its_own_words_is_asked_with_nothing_read():
    sender = Sender(b"x" * SMALL)
    some = bodies(lambda scope: Permit(SMALL, "staff:1", unread=True))
    assert taken(some, sender, 5_000_000_000) == (b"", 5_000_000_000)
    assert sender.asked == 0


@pytest.mark.parametrize("length", [10, LARGE, None])
def test_who_sends_nothing_more_is_sent_away(length):
    some = bodies(idle_seconds=0.05)
    with pytest.raises(Turned) as turned:
        taken(some, Sender(b"a=1", ends=False), length)
    assert turned.value.status == 408


def test_who_sends_a_byte_now_and_then_is_sent_away_too():
    class Trickle(Sender):
        async def __call__(self):
            self.asked += 1
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(Turned) as turned:
        taken(bodies(idle_seconds=60, grace_seconds=0.1), Trickle(), LARGE)
    assert turned.value.status == 408


@pytest.mark.parametrize("length", [10, LARGE, None])
def test_a_body_that_breaks_off_is_nobodys(length):
    with pytest.raises(Gone):
        taken(bodies(), Sender(b"a=1", ends=False, goes=True), length)


def test_one_person_has_only_so_many_at_once():
    some = bodies(lambda scope: Permit(LARGE, "buyer:1"))

    async def many():
        held = [await some.take(scope(LARGE), Sender(*[b"x" * SMALL] * 3)) for _ in range(EACH)]
        with pytest.raises(Turned) as turned:
            await some.take(scope(LARGE), Sender(*[b"x" * SMALL] * 3))
        assert (turned.value.status, turned.value.again > 0) == (429, True)
        held[0][0].close()
        again, _size = await some.take(scope(LARGE), Sender(*[b"x" * SMALL] * 3))
        for body in (again, *(one for one, _size in held)):
            body.close()

    asyncio.run(many())
    assert not some.held


class Waiting(Bodies):
    """As it was: a large body is awaited in the thread that answers. The control of the test below."""

    async def take(self, scope, receive):
        async def received():
            return await receive()

        return Unclosed(asyncio.get_running_loop(), received), LARGE


class Unclosed(Body):
    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        pass


def pages_answered_beside_idle_senders(kind):
    """Whether a page answers while more senders than threads send nothing more."""

    def page(environ, start_response):
        environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"here"]

    async def tried():
        threads = Threads(2)
        bridge = Bridge(page, threads)
        bridge.bodies = kind(threads)
        idle = [
            asyncio.create_task(bridge(scope(LARGE), Sender(b"a=1", ends=False, goes=False), None))
            for _ in range(3)
        ]
        await asyncio.sleep(0.1)
        sent = []

        async def send(message):
            sent.append(message)

        other = asyncio.create_task(bridge(scope(3), Sender(b"b=2"), send))
        await asyncio.wait([other], timeout=2)
        for task in (*idle, other):
            task.cancel()
        return [message.get("body") for message in sent]

    return asyncio.run(tried())


def test_idle_senders_hold_no_thread():
    assert pages_answered_beside_idle_senders(Bodies)[-1:] == [b"here"]


def test_control_when_threads_wait_nobody_is_answered():
    assert pages_answered_beside_idle_senders(Waiting) == []


def test_every_view_that_reads_files_says_how_many_bytes_it_takes():
    package = Path(zhanggui.__file__).parent
    read = [path for path in package.rglob("views/**/*.py") if "request.FILES" in path.read_text()]
    assert read
    assert [str(path) for path in read if "@takes_files(" not in path.read_text()] == []
