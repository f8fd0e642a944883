"""Stops our PostgreSQL when nobody uses it any more, also when its last user was killed.

Runs as a small process of its own beside the server, with the standard library only. Whoever uses the server
holds a shared lock on `postgres.users`; the keeper stops the server once it can have that lock for itself.
"""

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

USERS = "postgres.users"
_LOOK_SECONDS = 0.5


def postmaster(data: Path) -> int | None:
    """The running postmaster of a data folder, else None. A pid that another program got is not ours."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        if Path("/proc/self").exists():
            return (
                pid if str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") else None
            )
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def stopping(data: Path) -> bool:
    """Whether the server of a data folder was told to stop and has not ended yet: it lets nobody in any more."""
    try:
        return (data / "postmaster.pid").read_text().split("\n")[7].strip() == "stopping"
    except (OSError, IndexError):
        return False


def paused(data: Path) -> int | None:
    """The postmaster that somebody stopped with SIGSTOP (a debugger, a full terminal), else None. Linux only."""
    pid = postmaster(data)
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return None
    return pid if state in ("T", "t") else None


def stop(data: Path, seconds: float = 30) -> None:
    """Stop the server of a data folder: fast shutdown, which rolls back, writes out and leaves."""
    pid = postmaster(data)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    until = time.monotonic() + seconds
    while postmaster(data) and time.monotonic() < until:
        time.sleep(0.05)


def end_orphans(data: Path) -> None:
    """End the working processes that a killed server left behind; they stand in its data folder."""
    if postmaster(data):
        return
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if (folder / "cwd").readlink() == data and (folder / "comm").read_text().strip() == "postgres":
                os.kill(int(folder.name), signal.SIGQUIT)


def main() -> None:
    """keeper.py HOME PID: watch until the server has ended or nobody uses it."""
    home, pid = Path(sys.argv[1]), int(sys.argv[2])
    users = os.open(home / USERS, os.O_RDWR)
    while True:
        time.sleep(_LOOK_SECONDS)
        if postmaster(home / "postgres") != pid:
            return
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        stop(home / "postgres")
        return


if __name__ == "__main__":
    main()
