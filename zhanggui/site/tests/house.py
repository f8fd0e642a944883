"""A whole house for tests: real processes, a data folder of its own, a port of its own."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psutil
import psycopg

GIVEN_SERVER = os.environ.get("ZHANGGUI_GIVEN_SERVER", "")
"""The server that the person who runs the tests gave by DATABASE_URL, else "": then each house has its own."""


def free_port() -> int:
    """A port nobody listens on now."""
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def until(true: Callable[[], Any], seconds: float = 20, what: str = "") -> Any:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, httpx.HTTPError, psycopg.Error, psutil.Error):
            found = true()
            if found:
                return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what or true}")


class House:
    """A house in a folder. `own`: what its PostgreSQL is called when it is a given server's database."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.said: list[str] = []
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        self.env |= {"ZHANGGUI_HOME": str(home), "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"}
        if GIVEN_SERVER:
            name = f"test_house_{os.getpid()}_{home.name}".replace("-", "_").lower()[:60]
            with psycopg.connect(GIVEN_SERVER, autocommit=True) as link:
                link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                link.execute(f'CREATE DATABASE "{name}"')
            parts = urlsplit(GIVEN_SERVER)
            self.env["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))

    def up(self, *more: str, wait: bool = True) -> "House":
        """Open it and wait until it says that it is open."""
        self.said = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "zhanggui.site.cli", "up", "--port", str(self.port), *more],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._hear, args=(self.process,), daemon=True).start()
        if wait:
            try:
                until(lambda: any("Open:" in line for line in self.said), 150)
            except AssertionError as trouble:
                raise AssertionError("\n".join(["it did not open:", *self.said])) from trouble
        return self

    def _hear(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line.rstrip())

    def close(self) -> None:
        """Close it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def run(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """A command of `zhanggui` in this house."""
        return subprocess.run(
            [sys.executable, "-m", "zhanggui.site.cli", *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def python(self, code: str) -> str:
        """Run Python with the house's settings, in a process of its own; gives what it printed."""
        begin = "import django; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + code],
            env=self.env
            | {"DJANGO_SETTINGS_MODULE": "zhanggui.site.settings", "DATABASE_URL": self.database},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, -9), done.stderr
        return done.stdout

    @property
    def database(self) -> str:
        """The address of its database."""
        if "DATABASE_URL" in self.env:
            return self.env["DATABASE_URL"]
        from zhanggui.site.database import Server

        return Server(self.home).url

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask its database; rows, or nothing when there are none."""
        parts = urlsplit(self.database)
        address = urlunsplit(parts._replace(scheme="postgresql"))
        with psycopg.connect(address, autocommit=True) as link:
            cursor = link.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def children(self, word: str) -> list[psutil.Process]:
        """Its processes whose command line holds the word."""
        assert self.process is not None
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if any(word in part for part in process.cmdline()):
                    found.append(process)
        return found

    def answers(self) -> bool:
        """Whether a page could be served now."""
        return httpx.get(self.url + "/healthz", timeout=2).status_code == 200


class Ear:
    """A browser that listens to a stream, in a thread. `events`: what came, as dictionaries of fields."""

    def __init__(self, url: str, cookie: str, topics: str, last: str = "") -> None:
        self.status = 0
        self.events: list[dict[str, str]] = []
        self.beats = 0
        self.ended = threading.Event()
        self.headers = {"cookie": cookie} | ({"last-event-id": last} if last else {})
        self.address = f"{url}/live/?topics={topics}"
        self.client = httpx.Client(timeout=httpx.Timeout(30, connect=5))
        threading.Thread(target=self._run, daemon=True).start()
        until(lambda: self.status, 10, "an answer")

    def _run(self) -> None:
        with (
            suppress(httpx.HTTPError, RuntimeError),
            self.client.stream("GET", self.address, headers=self.headers) as got,
        ):
            self.status = got.status_code
            event: dict[str, str] = {}
            for line in got.iter_lines():
                if line.startswith(":"):
                    self.beats += 1
                elif line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif event:
                    self.events.append(event)
                    event = {}
        self.status = self.status or -1
        self.ended.set()

    def heard(self, about: str) -> bool:
        """Whether a bell about this came."""
        return any(f'"about": "{about}"' in event.get("data", "") for event in self.events)

    @property
    def last(self) -> str:
        """The id that a browser would send as Last-Event-ID."""
        return next((event["id"] for event in reversed(self.events) if "id" in event), "")

    def close(self) -> None:
        """Go away."""
        self.client.close()
