"""The body of a request, awaited in the event loop: no thread waits for a slow sender, and nobody's large body is read
before it is known whose it is.

A small one is held in the memory, a larger one in a file without a name, under a key that only this process knows: uploads
hold personal data, and nothing plain of them touches the disk.
"""

import asyncio
import io
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import IO, Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

SMALL = 256 * 1024
"""Bytes of a body or an answer that are held in one piece. A larger body is taken of somebody signed in only."""
IDLE_SECONDS = 20.0
"""Between two pieces of a body."""
GRACE_SECONDS = 30.0
LEAST_RATE = 8 * 1024
"""Bytes a second that a body comes with, after the grace."""
EACH = 4
"""Large bodies of one person that one process reads or holds at once."""
ALTOGETHER = 16
"""… of all staff, and as many of all buyers: buyers, who may be anybody, do not keep the staff from importing."""


@dataclass(frozen=True, slots=True)
class Permit:
    """How many bytes somebody may send. `person`: "staff:3", "buyer:7". `unread`: a body announced as larger is left
    unread and the view told so, because it refuses it in its own words.
    """

    most: int
    person: str = ""
    unread: bool = False


class Turned(Exception):
    """The body is not read (further). `again`: seconds after which asking again is worth it; 0: it is not."""

    def __init__(self, status: int, said: str, *, again: int = 0) -> None:
        super().__init__(status, said)
        self.status, self.said, self.again = status, said, again


class Gone(Exception):
    """The sender went before the body was whole."""


Ask = Callable[[Scope], Permit]
"""Called in a thread before a large body is read; raises Turned."""


class Bodies:
    """Takes the bodies of one process. `ask`: who may send a large one; None: anybody, of any size."""

    def __init__(
        self,
        executor: Executor,
        ask: Ask | None = None,
        *,
        folder: Path | None = None,
        idle_seconds: float = IDLE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.executor = executor
        self.ask = ask
        self.folder = folder
        self.idle_seconds = idle_seconds
        self.grace_seconds = grace_seconds
        self.held: Counter[str] = Counter()

    async def take(self, scope: Scope, receive: Receive) -> tuple[IO[bytes], int]:
        """The whole body, to be closed by the caller, and its length in bytes. Raises Turned and Gone."""
        announced = length_of(scope)
        if announced is not None and announced <= SMALL:
            return await self._read(receive, announced, None)
        permit = await self._permit(scope) if announced is not None else None
        if permit is not None and announced is not None and announced > permit.most:
            if permit.unread:
                return io.BytesIO(), announced
            raise _too_large(permit.most)
        return await self._read(receive, announced, permit, scope)

    async def _read(
        self, receive: Receive, announced: int | None, permit: Permit | None, scope: Scope | None = None
    ) -> tuple[IO[bytes], int]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pieces: list[bytes] = []
        waiting = size = 0
        spool: Spool | None = None
        try:
            while True:
                patience = self.grace_seconds + size / LEAST_RATE - (loop.time() - begun)
                try:
                    async with asyncio.timeout(min(self.idle_seconds, patience)):
                        message = await receive()
                except TimeoutError:
                    raise Turned(408, _SLOW) from None
                if message["type"] != "http.request":
                    raise Gone
                piece = message.get("body", b"")
                pieces.append(piece)
                size += len(piece)
                waiting += len(piece)
                if size > SMALL and permit is None and scope is not None:
                    permit = await self._permit(scope)
                if permit is not None and size > permit.most:
                    raise _too_large(permit.most)
                if announced is not None and size > announced:
                    raise Gone
                more = message.get("more_body", False)
                if waiting > SMALL or (spool is not None and not more):
                    if spool is None:
                        spool = self._spool(permit)
                    try:
                        await loop.run_in_executor(None, spool.add, pieces)
                    except OSError:
                        raise Turned(503, _FULL, again=60) from None
                    pieces, waiting = [], 0
                if not more:
                    break
            if announced is not None and size != announced:
                raise Gone
            if spool is None:
                return io.BytesIO(b"".join(pieces)), size
            return spool.begin(), size
        except BaseException:
            if spool is not None:
                spool.close()
            raise

    async def _permit(self, scope: Scope) -> Permit:
        if self.ask is None:
            return Permit(1 << 62)
        return await asyncio.get_running_loop().run_in_executor(self.executor, self.ask, scope)

    def _spool(self, permit: Permit | None) -> "Spool":
        person = permit.person if permit is not None else ""
        names = [person, person.partition(":")[0]] if person else []
        if names and (self.held[names[0]] >= EACH or self.held[names[1]] >= ALTOGETHER):
            raise Turned(429, _BUSY, again=30)
        try:
            spool = Spool(self.folder, lambda: self._free(names))
        except OSError:
            raise Turned(503, _FULL, again=60) from None
        self.held.update(names)
        return spool

    def _free(self, names: list[str]) -> None:
        for name in names:
            self.held[name] -= 1
            if not self.held[name]:
                del self.held[name]


class Spool(io.RawIOBase):
    """A large body in a file without a name. `ended` is called once, when it is closed."""

    def __init__(self, folder: Path | None, ended: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed in close()
        self._ended = ended
        cipher = Cipher(AES(token_bytes(32)), CTR(bytes(16)))  # the key is used once, so any nonce is new
        self._seal, self._open = cipher.encryptor(), cipher.decryptor()

    def add(self, pieces: list[bytes]) -> None:
        """Write on. Raises OSError for a full disk."""
        for piece in pieces:
            self._file.write(self._seal.update(piece))

    def begin(self) -> IO[bytes]:
        """Read from the beginning; nothing is added any more."""
        self._file.seek(0)
        return io.BufferedReader(self, 64 * 1024)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, target: Any) -> int:
        """Into a buffer; 0 at the end."""
        piece = self._open.update(self._file.read(len(target)))
        target[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Free the room on the disk."""
        if not self.closed:
            try:
                self._file.close()
            finally:
                super().close()
                self._ended()


def length_of(scope: Scope) -> int | None:
    """The bytes of the body as its sender says, 0 where it says none; None when they cannot be known."""
    announced = b"0"
    if scope["http_version"].startswith("2"):
        announced = b""  # the end of such a stream is known by its end
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            announced = value
    return int(announced) if announced.isdigit() and len(announced) < 19 else None


_SLOW = "内容传得太慢，已经中断，请换个网络再试。 / The body came too slowly and was broken off."  # not a text: both languages
_BUSY = "同时上传的文件太多，请稍后再试。 / Too many uploads at once, try again in a moment."  # not a text: both languages
_FULL = "服务器现在存不下这个文件，请稍后再试。 / There is no room for this file now, try again later."  # not a text: both languages


def _too_large(most: int) -> Turned:
    if most < 1024 * 1024:
        amount = f"{most // 1024} KB"
    else:
        amount = f"{most // (1024 * 1024)} MB"
    said = f"这次提交的内容太大，最多 {amount}。 / Too large: at most {amount}."  # not a text: both languages
    return Turned(413, said)
