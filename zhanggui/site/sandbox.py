"""The payment sandbox beside the house: in the demo, or when ZHANGGUI_SANDBOX=1 says so; never otherwise."""

import os
import socket
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from zhanggui.site.supervisor import Child

URL = "ZHANGGUI_SANDBOX_URL"
"""Environment name: where the sandbox listens; empty means that there is none and nothing of it is believed."""
HOUSE_URL = "ZHANGGUI_URL"
_FIRST, _TRIES = 10, 50


def wanted(*, demo: bool) -> bool:
    """Whether a sandbox is to be started."""
    return demo or os.environ.get("ZHANGGUI_SANDBOX") == "1"


def name_addresses(host: str, shown: str, port: int, *, sandbox: bool) -> None:
    """Tell every process to be started how the house and its sandbox are reached."""
    house = os.environ.setdefault(HOUSE_URL, f"http://{shown}:{port}")
    if not sandbox:
        os.environ.pop(URL, None)
        return
    name = urlsplit(house).hostname or shown
    name = f"[{name}]" if ":" in name else name
    os.environ[URL] = f"http://{name}:{_free(host, port + _FIRST)}"


def child(home: Path, host: str) -> Child:
    """The sandbox's process; `name_addresses` comes first."""
    url = os.environ[URL]
    command = [sys.executable, "-m", "zhanggui.connect.payment.sandbox", "--home", str(home / "sandbox")]
    return Child(
        "sandbox", [*command, "--host", host, "--port", str(urlsplit(url).port), "--url", url], grace=2
    )


def _free(host: str, first: int) -> int:
    for port in range(first, first + _TRIES):
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, number)) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(address)
            except OSError:
                continue
            return port
    return first
