"""The tests' database: DATABASE_URL's server when it is given, else our own server in a folder of its own.

The server outlives one run and is stopped by the last one that uses it; each xdist worker has a database.
Set ZHANGGUI_TEST_DB to a name of one's own to run two checkouts or two people's tests side by side.
"""

import os
import tempfile
from pathlib import Path

import pytest

_home = Path(
    os.environ.get("ZHANGGUI_TEST_HOME", Path(tempfile.gettempdir()) / f"zhanggui-test-{os.getuid()}")
)
_home.mkdir(exist_ok=True)
os.environ["ZHANGGUI_HOME"] = str(_home)
_server = None
# Asked before our own address is put there; the processes of a parallel run inherit the answer.
os.environ.setdefault("ZHANGGUI_GIVEN_SERVER", os.environ.get("DATABASE_URL", ""))

if not os.environ.get("DATABASE_URL"):
    from zhanggui.site.database import Server

    # A crash of the machine may lose this data, a killed process may not: fine for tests.
    _server = Server(
        _home, ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
    )
    _server.start()
    os.environ["DATABASE_URL"] = _server.url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        from django.db import connections

        connections.close_all()
        _server.stop()
