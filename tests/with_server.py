"""Run a command with DATABASE_URL naming a fresh PostgreSQL of the system: `python -m tests.with_server COMMAND…`.

The oldest server of 15 or newer under /usr/lib/postgresql (or the one on PATH) is taken: the product promises it.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = 15


def main() -> int:
    """Start the server, run the command, stop the server; gives the command's exit code."""
    found = _binaries()
    if found is None:
        print(
            "No PostgreSQL 15 or newer of the system was found (Debian: the package postgresql).",
            file=sys.stderr,
        )
        return 1
    folder = Path(tempfile.mkdtemp(prefix="zg-server-"))
    folder.chmod(0o755)
    user = _user(folder)
    data = folder / "data"
    _call(
        [found / "initdb", "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"], user
    )
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
    _call([found / "pg_ctl", "-D", data, "-o", options, "-l", data / "log", "-w", "start"], user)
    try:
        _call([found / "createdb", "-h", folder, "-U", "tester", "zhanggui"], user)
        address = f"postgres://tester@/zhanggui?host={str(folder).replace('/', '%2F')}"
        print(f"== {found}: {address}", flush=True)
        return subprocess.run(
            sys.argv[1:], env=os.environ | {"DATABASE_URL": address}, check=False
        ).returncode
    finally:
        _call([found / "pg_ctl", "-D", data, "-m", "immediate", "stop"], user)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    on_path = shutil.which("pg_ctl")
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(on_path).parent] if on_path else [])]
    versions = []
    for folder in folders:
        said = subprocess.run(
            [folder / "initdb", "--version"], capture_output=True, text=True, check=False
        ).stdout
        number = re.search(r"(\d+)", said)
        if number and int(number[1]) >= OLDEST:
            versions.append((int(number[1]), folder))
    return min(versions)[1] if versions else None


def _user(folder: Path) -> dict[str, object]:
    """PostgreSQL does not run as root: then the system's user `postgres` runs it."""
    if os.geteuid() != 0:
        return {}
    them = pwd.getpwnam("postgres")
    os.chown(folder, them.pw_uid, them.pw_gid)
    return {"user": them.pw_uid, "group": them.pw_gid, "extra_groups": []}


def _call(command: list[object], user: dict[str, object]) -> None:
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd="/", **user)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
