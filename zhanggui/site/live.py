"""Live streams: `GET /live/?topics=shop:3,job:12`, server-sent events that carry bells and no facts.

    id: 4711
    data: {"topic": "shop:3", "about": "order:3028689418086017"}

A page that hears a bell fetches again what it shows. After a broken line the browser sends Last-Event-ID and
gets what it missed (bells are kept an hour; older, it gets `event: reload`). A bell may come twice, never too
few times. Who may hear a topic is asked of the database when the stream begins, and again as soon as the
session, the person or the person's grants change. Each process listens with one database connection.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.db import Error as DatabaseTrouble

from zhanggui.kit import bells
from zhanggui.kit.numbers import whole
from zhanggui.site import admission

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BEAT_SECONDS = 2.5
WATCH_SECONDS = 1.0
MOST_TOPICS = 20
_WAITING_BELLS = 200  # a reader this far behind is cut off and comes back with Last-Event-ID
_OVERLAP = timedelta(seconds=3)  # bells of two processes may become visible in another order than their ids
log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Stream:
    """One open stream. `inbox`: encoded events; None ends it."""

    guest: admission.Guest
    inbox: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(_WAITING_BELLS))

    def put(self, event: bytes | None) -> None:
        """Hand over an event; a reader that does not read is cut off."""
        try:
            self.inbox.put_nowait(event)
        except asyncio.QueueFull:
            while not self.inbox.empty():
                self.inbox.get_nowait()
            self.inbox.put_nowait(None)


class Live:
    """The streams of one process."""

    def __init__(self) -> None:
        self.streams: dict[str, set[Stream]] = defaultdict(set)
        self.open: set[Stream] = set()
        self._threads = ThreadPoolExecutor(2, "live")
        self._tasks: list[asyncio.Task[None]] = []
        self._since: datetime | None = None
        self._seen: dict[int, datetime] = {}

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Listen while the process lives."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                for task in self._tasks:
                    task.cancel()
                for stream in self.open:
                    stream.put(None)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one reader until the reader or the reader's session goes."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        topics = [topic for part in query.get("topics", []) for topic in part.split(",") if topic]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] != "GET" or not topics or len(topics) > MOST_TOPICS:
            await _short(send, 405 if scope["method"] != "GET" else 422)
            return
        try:
            guest = await self._in_thread(
                partial(admission.admit, headers, (scope.get("client") or [""])[0], topics)
            )
        except admission.Turned as turned:
            await _short(send, turned.status)
            return
        except (DatabaseTrouble, psycopg.Error):
            await _short(send, 503)
            return
        after = headers.get("last-event-id") or query.get("after", [""])[0]
        stream = Stream(guest)
        self.open.add(stream)
        for topic in guest.topics:
            self.streams[topic].add(stream)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await send(_part(b"retry: 1500\n" + await self._missed(guest.topics, after)))
            await self._speak(stream, gone, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self.open.discard(stream)
            for topic in guest.topics:
                self.streams[topic].discard(stream)
                if not self.streams[topic]:
                    del self.streams[topic]

    async def health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """200 when a page could be served: the database answers within two seconds."""
        try:
            await asyncio.wait_for(self._in_thread(admission.database_answers), 2)
        except Exception:
            await _short(send, 503, b"database\n")
        else:
            await _short(send, 200, b"ok\n")

    async def _speak(self, stream: Stream, gone: "asyncio.Future[None]", send: Send) -> None:
        while not gone.done():
            took = asyncio.ensure_future(stream.inbox.get())
            both: set[asyncio.Future[Any]] = {took, gone}
            await asyncio.wait(both, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not took.done():
                took.cancel()
                if not gone.done():
                    await send(_part(b": beat\n\n"))
                continue
            events = [took.result()]
            while not stream.inbox.empty():
                events.append(stream.inbox.get_nowait())
            told = b"".join(event for event in events if event)
            if told:
                await send(_part(told))
            if None in events:
                return

    async def _missed(self, topics: Iterable[str], after: str) -> bytes:
        try:
            heard = whole(after)
            if heard is None:
                return b"id: %d\n\n" % await self._in_thread(admission.newest_bell)
            rows = await self._in_thread(partial(admission.bells_after, heard, list(topics)))
        except (DatabaseTrouble, psycopg.Error):
            return b"event: reload\ndata: {}\n\n"
        if rows is None:
            newest = await self._in_thread(admission.newest_bell)
            return b"id: %d\nevent: reload\ndata: {}\n\n" % newest
        return b"\n" + b"".join(_event(*row) for row in rows)

    async def _listen(self) -> None:
        pause = 0.2
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **bells.parameters(), autocommit=True
                ) as link:
                    await link.execute(f"LISTEN {bells.CHANNEL}")
                    pause = 0.2
                    await self._read(link)
                    while True:
                        async for _ in link.notifies(timeout=30, stop_after=1):
                            pass
                        await self._read(link)
            except (psycopg.Error, OSError) as trouble:
                log.info("the bells are not heard: %s", trouble)
            except Exception:
                log.exception("the bells are not heard")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2)

    async def _read(self, link: "psycopg.AsyncConnection[Any]") -> None:
        if self._since is None:
            cursor = await link.execute("SELECT clock_timestamp()")
            self._since = (await cursor.fetchone() or [None])[0]
            return
        cursor = await link.execute(
            "SELECT id, topic, about, rang_at FROM kit_bell WHERE rang_at >= %s ORDER BY id",
            [self._since - _OVERLAP],
        )
        for number, topic, about, rang_at in await cursor.fetchall():
            if number in self._seen:
                continue
            self._seen[number] = rang_at
            self._since = max(self._since, rang_at)
            readers = self.streams.get(topic)
            if readers:
                event = _event(number, topic, about)
                for stream in list(readers):
                    stream.put(event)
        oldest = self._since - 2 * _OVERLAP
        if len(self._seen) > 1000:
            self._seen = {number: at for number, at in self._seen.items() if at >= oldest}

    async def _watch(self) -> None:
        """End the streams whose session, person or grants changed: the browser comes back and is asked anew."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self.open:
                continue
            guests = {stream.guest for stream in self.open}
            with suppress(DatabaseTrouble, psycopg.Error):
                welcome = await self._in_thread(partial(admission.still_welcome, guests))
                for stream in list(self.open):
                    if stream.guest in guests and stream.guest not in welcome:
                        stream.put(None)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, admission.fresh, work)


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


def _event(number: int, topic: str, about: str) -> bytes:
    said = json.dumps({"topic": topic, "about": about}, ensure_ascii=False)
    return f"id: {number}\ndata: {said}\n\n".encode()


def _part(body: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _short(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
