"""From the server's event loop to Django's threads and back, once each way for an ordinary page.

`a2wsgi` passes every piece of a body and of an answer between the loop and the thread by itself: four times or more for
each page, and while other threads work each passing waits for its turn. Here a small body is read before the thread
begins, and a small answer is handed back whole. Large uploads and downloads flow piece by piece as before.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import Any

from a2wsgi.wsgi import Body, build_environ

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]

SMALL = 256 * 1024
"""Bytes of a body or an answer that are held in one piece."""


class Bridge:
    """An ASGI application that has a WSGI application answer in the threads of `executor`."""

    def __init__(self, application: Wsgi, executor: Executor) -> None:
        self.application = application
        self.executor = executor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()
        body: Any
        if _length(scope) <= SMALL:
            body = io.BytesIO(await _whole(receive))
        else:
            body = Body(loop, _as_coroutine(receive))  # type: ignore[arg-type]
        answer = _Answer(loop, send)
        environ: Any = build_environ(scope, body)  # type: ignore[arg-type]
        await loop.run_in_executor(self.executor, answer.make, self.application, environ)
        for message in answer.held:
            await send(message)


class _Answer:
    """What the application answers: held until it is whole, or sent on from the thread once it is no small one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Send) -> None:
        self.loop = loop
        self.send = send
        self.held: list[dict[str, Any]] = []
        self.start: dict[str, Any] | None = None
        self.many = 0

    def make(self, application: Wsgi, environ: dict[str, Any]) -> None:
        """In a thread: let the application answer."""
        pieces = application(environ, self._started)
        body = bytearray()
        try:
            for piece in pieces:
                body += piece
                if len(body) > SMALL:
                    self._pass_on(bytes(body), more=True)
                    body.clear()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        if self.many:
            self._pass_on(bytes(body), more=False)
        else:
            assert self.start is not None, "an answer without a beginning"
            self.held = [self.start, {"type": "http.response.body", "body": bytes(body)}]

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
            asyncio.run_coroutine_threadsafe(_sent(self.send, message), self.loop).result()


async def _sent(send: Send, message: dict[str, Any]) -> None:
    await send(message)


def _length(scope: Scope) -> int:
    """The bytes of the body as its sender says; more than small when they cannot be known. 0 for none."""
    said = {
        name: value for name, value in scope["headers"] if name in (b"content-length", b"transfer-encoding")
    }
    if b"transfer-encoding" in said:
        return SMALL + 1
    text = said.get(b"content-length", b"0")
    return int(text) if text.isdigit() and len(text) < 19 else SMALL + 1


async def _whole(receive: Receive) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(pieces)


def _as_coroutine(receive: Receive) -> Receive:
    """The server's `receive` gives a future; `Body` hands it to another thread and insists on a coroutine."""

    async def received() -> dict[str, Any]:
        return await receive()

    return received
