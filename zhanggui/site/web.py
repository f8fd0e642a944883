"""The web server: `python -m zhanggui.site.web HOST PORT WORKERS`, a child of the supervisor.

The program is read once, by the process that watches, and its workers are made of it by fork: they share its memory,
and one that was killed is there again at once.
"""

import gc
import os
import sys
import threading
import time
from collections.abc import Set
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from zhanggui.site.lineage import die_with_parent, named_parent

_THREADS = 64
"""Pages that all processes together answer at the same time: so many buyers press a button at once, and so many
connections to the database there may be.
"""
_FEWEST = 8
_LOOK_SECONDS = 1.0
_STOP_SECONDS = 4  # open streams end at once, a page in the making may finish


def main() -> None:
    """Serve until told to stop."""
    die_with_parent(named_parent())
    host, port, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.setdefault("ZHANGGUI_THREADS", str(max(_FEWEST, _THREADS // workers)))
    _read_all()
    server = Granian(
        "zhanggui.site.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.error,
        websockets=False,
    )
    threading.Thread(target=_watch, args=(server,), name="watch", daemon=True).start()
    server.serve(target_loader=_in_worker, wrap_loader=False)


def _read_all() -> None:
    """Read the whole program with every address, before there is a worker; no connection is opened."""
    from zhanggui.site import asgi  # noqa: PLC0415 - after the number of threads is named

    asgi.read_all()
    gc.collect()
    gc.freeze()  # what a worker never throws away is not looked through, so it stays shared


def _in_worker() -> Any:
    """What each worker runs."""
    die_with_parent()
    from zhanggui.site.asgi import application  # noqa: PLC0415 - read already, but for where processes cannot fork

    return application


def _watch(server: Any) -> None:
    missed: set[Any] = set()
    while True:
        time.sleep(_LOOK_SECONDS)
        missed = _look(server, missed)


def _look(server: Any, missed: Set[Any]) -> set[Any]:
    """Have the server make those workers again that were dead at the last look already: of two that end in the same
    instant it may overlook one. Gives those that are dead now.
    """
    workers = list(server.wrks)
    dead = {one for one in workers if one.inner.pid and not one.is_alive()}
    for place, one in enumerate(workers):
        if one in dead & missed and place not in server.interrupt_children:
            server.interrupt_children.append(place)
            server.main_loop_interrupt.set()
    return dead


if __name__ == "__main__":
    main()
