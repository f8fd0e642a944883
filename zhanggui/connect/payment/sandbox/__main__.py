"""`python -m zhanggui.connect.payment.sandbox --port … --home …`: the sandbox as a process of its own."""

import argparse
import logging
import os
import threading
import time
from pathlib import Path

from zhanggui.connect.payment.sandbox.notices import SCHEDULES
from zhanggui.connect.payment.sandbox.server import Options, Server


def main() -> None:
    """Serve until told to stop. Says `ready <url>` when it listens."""
    parser = argparse.ArgumentParser(prog="sandbox")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--url", default="", help="how browsers reach it, when that is not host and port")
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="alipay")
    parser.add_argument(
        "--factor", type=float, default=0.05, help="how much of the real waiting between notices"
    )
    parser.add_argument("--faults", action="store_true", help="let /admin/ make it misbehave; for tests only")
    given = parser.parse_args()
    logging.basicConfig(level=os.environ.get("ZHANGGUI_LOG", "WARNING"))
    parent = os.environ.get("ZHANGGUI_PARENT", "")
    if parent.isdigit():
        threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    server = Server(Options(**vars(given)))
    if not parent:  # beside a house the terminal is the house's
        print(f"ready {server.url}", flush=True)
    server.begin()


def _end_with(parent: int) -> None:
    """A supervisor that was killed leaves no sandbox behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
