"""The one way out to payment providers (reliability B2.9).

Only to the hosts the caller names; the name is looked up once and the connection goes to that address, so it cannot
change its mind; addresses inside our own network are refused unless the caller stands for the sandbox; no redirects;
five seconds and some megabytes at most; never inside a transaction.
"""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import connection

from zhanggui.connect.payment.ports import Unreachable

SECONDS = 5.0
MOST_BYTES = 1_000_000
MOST_BILL_BYTES = 64_000_000


class Forbidden(Exception):
    """An address this process must not speak to; a mistake in the settings or an attack, never transient."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    url: str,
    *,
    hosts: Collection[str],
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    inside: bool = False,
    most: int = MOST_BYTES,
) -> Reply:
    """One request, one answer. `hosts`: "name" or "name:port" that are allowed. `inside`: private addresses too.

    Raises Unreachable, Forbidden.
    """
    if connection.in_atomic_block:
        raise RuntimeError("no network call inside a transaction")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not inside):
        raise Forbidden(f"scheme {parts.scheme!r}")
    if host not in hosts and f"{host}:{parts.port}" not in hosts:
        raise Forbidden(f"host {host!r}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    until = time.monotonic() + SECONDS
    link = _Pinned(host, _address(host, port, inside=inside), port, tls=parts.scheme == "https")
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request(method, path, body=body, headers=dict(headers or {}))
        answer = link.getresponse()
        taken = bytearray()
        while piece := answer.read1(65_536):
            taken += piece
            if len(taken) > most:
                raise Unreachable("the answer is too long")
            if time.monotonic() > until:
                raise Unreachable("the answer took too long")
            if link.sock is not None:
                link.sock.settimeout(max(0.05, until - time.monotonic()))
        return Reply(answer.status, dict(answer.headers), bytes(taken))
    except (OSError, http.client.HTTPException) as trouble:
        raise Unreachable(type(trouble).__name__) from trouble
    finally:
        with suppress(OSError):
            link.close()


def _address(host: str, port: int, *, inside: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as trouble:
        raise Unreachable("the name cannot be looked up") from trouble
    for *_kind, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if inside or address.is_global:
            return str(address)
    raise Forbidden(f"{host!r} is an address of our own network")


class _Pinned(http.client.HTTPConnection):
    """Speaks to one address while asking for a host by name (also in TLS)."""

    def __init__(self, host: str, address: str, port: int, *, tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._address = address
        self._tls = tls
        if tls:
            self.default_port = 443

    def connect(self) -> None:
        """Connect to the pinned address."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._tls else plain
        )
