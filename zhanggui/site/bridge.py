"""From the server's event loop to Django's threads and back, once each way for an ordinary page.

`a2wsgi` passes every piece of a body and of an answer between the loop and the thread by itself: four times or more for
each page, and while other threads work each passing waits for its turn. Here a body is whole before the thread begins
(`site/bodies.py`), and an answer is handed back whole. Files are sent by the loop alone. What is made while it is sent (exports)
flows piece by piece out of its thread, for a reader who reads.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from a2wsgi.wsgi import build_environ

from zhanggui.site.bodies import LEAST_RATE, SMALL, Ask, Bodies, Gone, Receive, Scope, Turned

__all__ = ["SMALL", "Bridge"]

Send = Callable[[dict[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

FILE_SECONDS = 120.0
"""A reader of a file takes a piece within."""
PATIENCE_SECONDS = 60.0
"""A thread that makes an answer waits so long for its reader, all in all, and a second more for each LEAST_RATE bytes."""


class Bridge:
    """An ASGI application that has a WSGI application answer in the threads of `executor`.

    `ask`: who may send a large body, called in a thread (`site/doors.py`); None: anybody. `folder`: where large ones lie.
    """

    def __init__(
        self,
        application: Wsgi,
        executor: Executor,
        ask: Ask | None = None,
        *,
        folder: Path | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.application = application
        self.executor = executor
        self.bodies = Bodies(executor, ask, folder=folder)
        self.patience_seconds = patience_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            body, length = await self.bodies.take(scope, receive)
        except Turned as turned:
            await _say(send, turned)
            return
        except Gone:
            return
        with body:
            loop = asyncio.get_running_loop()
            answer = _Answer(loop, send, self.patience_seconds)
            environ: Any = build_environ(scope, body)  # type: ignore[arg-type]
            environ["wsgi.file_wrapper"] = _File
            environ.setdefault("CONTENT_LENGTH", str(length))  # one that came in chunks is whole now
            try:
                await loop.run_in_executor(self.executor, answer.make, self.application, environ)
            except Unread:
                return
        for message in answer.held:
            await send(message)
        if answer.file is not None:
            with suppress(Unread):
                await _send_file(answer.file, send)


class Unread(Exception):
    """The other end does not take its answer."""


class _File:
    """An answer that is a file, as WSGI knows them."""

    def __init__(self, file: IO[bytes], _piece: int = 0) -> None:
        self.file = file

    def close(self) -> None:
        """Close it, and what Django keeps open with it."""
        self.file.close()


class _Answer:
    """What the application answers: held until it is whole, or sent on from the thread while it is being made."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, send: Send, patience: float = PATIENCE_SECONDS
    ) -> None:
        self.loop = loop
        self.send = send
        self.patience = patience
        self.held: list[dict[str, Any]] = []
        self.file: _File | None = None
        self.start: dict[str, Any] | None = None
        self.many = 0

    def make(self, application: Wsgi, environ: dict[str, Any]) -> None:
        """In a thread: let the application answer."""
        pieces = application(environ, self._started)
        if isinstance(pieces, _File):
            self._hold_file(pieces)
            return
        streaming = getattr(pieces, "streaming", True)  # a page of Django's is whole already
        body = bytearray()
        try:
            for piece in pieces:
                body += piece
                if len(body) > SMALL and streaming:
                    self._pass_on(bytes(body), more=True)
                    body.clear()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        if self.many:
            self._pass_on(bytes(body), more=False)
        else:
            self._hold(bytes(body))

    def _hold(self, body: bytes, *, more: bool = False) -> None:
        assert self.start is not None, "an answer without a beginning"
        self.held = [self.start, {"type": "http.response.body", "body": body, "more_body": more}]

    def _hold_file(self, file: _File) -> None:
        """A small one whole; of a large one the beginning, and the loop reads on."""
        try:
            body = file.file.read(SMALL)
            self._hold(body, more=len(body) == SMALL)
        except BaseException:
            file.close()
            raise
        if len(body) == SMALL:
            self.file = file
        else:
            file.close()

    def _started(
        self, status: str, headers: list[tuple[str, str]], _trouble: Any = None
    ) -> Callable[..., None]:
        self.start = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.strip().encode("latin1").lower(), value.strip().encode("latin1"))
                for name, value in headers
            ],
        }
        return self._written

    def _written(self, piece: bytes) -> None:
        raise NotImplementedError("Django answers by what it returns")

    def _pass_on(self, piece: bytes, *, more: bool) -> None:
        messages = [{"type": "http.response.body", "body": piece, "more_body": more}]
        if not self.many and self.start is not None:
            messages.insert(0, self.start)
        self.many += 1
        for message in messages:
            waited = asyncio.run_coroutine_threadsafe(
                _sent(self.send, message, self.patience), self.loop
            ).result()
            self.patience += len(piece) / LEAST_RATE - waited


async def _sent(send: Send, message: dict[str, Any], patience: float) -> float:
    """Send; gives the seconds it took. Raises Unread."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(patience):
            await send(message)
    except TimeoutError:
        raise Unread from None
    return loop.time() - begun


async def _send_file(file: _File, send: Send) -> None:
    loop = asyncio.get_running_loop()
    try:
        more = True
        while more:
            piece = await loop.run_in_executor(None, file.file.read, SMALL)
            more = len(piece) == SMALL
            message = {"type": "http.response.body", "body": piece, "more_body": more}
            await _sent(send, message, FILE_SECONDS)
    finally:
        await loop.run_in_executor(None, file.close)


async def _say(send: Send, turned: Turned) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),  # what is still on its way belongs to no further request
    ]
    if turned.again:
        headers.append((b"retry-after", b"%d" % turned.again))
    with suppress(OSError):
        await send({"type": "http.response.start", "status": turned.status, "headers": headers})
        await send({"type": "http.response.body", "body": f"{turned.said}\n".encode(), "more_body": False})
