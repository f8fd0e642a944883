"""Where handed-over and exported files lie: sealed with AES-256-GCM in the data folder, a piece at a time.

A file is `ZGV1`, the key's number, eight random bytes, then pieces of up to 256 KiB, each sealed with its
number and whether it is the last one, so pieces can be neither swapped nor cut off. Memory stays flat.
"""

import hashlib
import io
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from zhanggui.connect.files.sources import Source
from zhanggui.kit.sealed import Broken

_MAGIC = b"ZGV1"
_PIECE = 1 << 18
_LENGTH = struct.Struct(">I")


def folder() -> Path:
    """The data folder's place for these files; mode 0700."""
    place = Path(settings.HOME) / "uploads"
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def path_of(key: str) -> Path:
    """Where the file of a key lies."""
    if not key.isalnum():
        raise ValueError("not a key")
    return folder() / key


class Writer:
    """Seals what is written, under a new random key. `close` makes it whole, `drop` leaves nothing behind."""

    def __init__(self) -> None:
        self.key = secrets.token_hex(16)
        self.size = 0
        self._digest = hashlib.sha256()
        number, key = settings.SEALING_KEYS[0]
        self._cipher = AESGCM(key)
        self._prefix = os.urandom(8)
        self._count = 0
        self._waiting = bytearray()
        self._file = os.fdopen(os.open(path_of(self.key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._file.write(_MAGIC + bytes([number]) + self._prefix)

    @property
    def digest(self) -> str:
        """SHA-256 of the plain content so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Add content."""
        self.size += len(data)
        self._digest.update(data)
        self._waiting += data
        while len(self._waiting) > _PIECE:
            self._put(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]

    def close(self) -> None:
        """Write the last piece and put everything on the disk."""
        if self._file.closed:
            return
        self._put(bytes(self._waiting), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def drop(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        remove(self.key)

    def _put(self, piece: bytes, *, last: bool) -> None:
        nonce = self._prefix + _LENGTH.pack(self._count)
        sealed = self._cipher.encrypt(nonce, piece, b"last" if last else b"more")
        self._count += 1
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.drop()


class _Pieces(io.RawIOBase):
    """The plain content of a sealed file as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        many = min(len(into), len(self._left))
        into[:many] = self._left[:many]
        self._left = self._left[many:]
        return many


def pieces(key: str) -> Iterator[bytes]:
    """The plain content of a stored file, a piece at a time. Raises Broken, FileNotFoundError."""
    with path_of(key).open("rb") as file:
        head = file.read(13)
        keys = dict(settings.SEALING_KEYS)
        if len(head) < 13 or head[:4] != _MAGIC or head[4] not in keys:
            raise Broken("the stored file cannot be opened with this installation's keys")
        cipher, count, last = AESGCM(keys[head[4]]), 0, False
        while not last:
            length = file.read(4)
            if len(length) < 4:
                raise Broken("the stored file was cut off")
            sealed = file.read(_LENGTH.unpack(length)[0])
            last = not file.peek(1)
            nonce = head[5:13] + _LENGTH.pack(count)
            try:
                yield cipher.decrypt(nonce, sealed, b"last" if last else b"more")
            except InvalidTag:
                raise Broken("the stored file was changed or cut off") from None
            count += 1


@contextmanager
def opened(key: str) -> Iterator[BinaryIO]:
    """A stream of the plain content of a stored file."""
    stream = io.BufferedReader(_Pieces(pieces(key)), 1 << 16)
    try:
        yield cast(BinaryIO, stream)
    finally:
        stream.close()


def source(key: str, name: str, size: int) -> Source:
    """A stored file as something tables are read from."""
    return Source(name, size, lambda: opened(key))


def remove(key: str) -> None:
    """Destroy a stored file, if it is there."""
    path_of(key).unlink(missing_ok=True)
