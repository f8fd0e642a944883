"""The web server: `python -m zhanggui.site.web HOST PORT WORKERS`, a child of the supervisor."""

import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from zhanggui.site.lineage import die_with_parent, named_parent

_THREADS = 64
"""Pages that all processes together answer at the same time: so many buyers press a button at once, and so many
connections to the database there may be.
"""
_FEWEST = 8
_STOP_SECONDS = 4  # open streams end at once, a page in the making may finish


def main() -> None:
    """Serve until told to stop."""
    die_with_parent(named_parent())
    host, port, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ.setdefault("ZHANGGUI_THREADS", str(max(_FEWEST, _THREADS // workers)))
    Granian(
        "zhanggui.site.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        log_level=LogLevels.error,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
