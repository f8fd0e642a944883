"""Whose address a request has, when it comes through a proxy: ZHANGGUI_PROXIES names the proxies that are believed.

The budget of tries to sign in counts by address; behind a proxy that nobody named, all people share the proxy's.
"""

import os
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

Networks = Sequence[IPv4Network | IPv6Network]


def named(text: str) -> Networks:
    """Addresses and networks ("127.0.0.1, 10.0.0.0/8"). Raises ValueError, which names the wrong one."""
    return [ip_network(word.strip(), strict=False) for word in text.split(",") if word.strip()]


def seen_through(scope: dict[str, Any], proxies: Networks) -> dict[str, Any]:
    """The connection with its client's address in place of a believed proxy's.

    X-Forwarded-For is read from its end, over every believed proxy: what stands before was written by strangers.
    """
    client = scope.get("client")
    if not proxies or not client or not _believed(client[0], proxies):
        return scope
    lines = [
        value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"x-forwarded-for"
    ]
    hops = [hop.strip() for hop in ",".join(lines).split(",") if hop.strip()]
    for hop in reversed(hops):
        try:
            address = str(ip_address(hop))
        except ValueError:
            break
        if not _believed(address, proxies):
            return scope | {"client": (address, 0)}
    return scope


def _believed(address: str, proxies: Networks) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in proxies)


PROXIES = named(os.environ.get("ZHANGGUI_PROXIES", ""))
