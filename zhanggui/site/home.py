"""Where the installation keeps its data: ZHANGGUI_HOME, else the user's data folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

_SIGN = "open"


def home() -> Path:
    """The data folder, made if it is missing (mode 0700 for what lies inside is set where it is written)."""
    named = os.environ.get("ZHANGGUI_HOME")
    folder = (
        Path(named).expanduser() if named else Path(platformdirs.user_data_dir("zhanggui", appauthor=False))
    )
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def held_open(folder: Path, port: int = 0) -> Iterator[None]:
    """While this lasts, others see that the house is open, and at which port; a killed process gives the sign back by
    dying.
    """
    sign = os.open(folder / _SIGN, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(sign, fcntl.LOCK_SH)
        os.ftruncate(sign, 0)
        os.pwrite(sign, f"{port}\n".encode(), 0)
        os.utime(sign)
        yield
    finally:
        os.close(sign)


def open_at(folder: Path) -> int | None:
    """The port of the house that is open in this folder (the newest, of several); None when none is or tells."""
    if open_for(folder) is None:
        return None
    try:
        return int((folder / _SIGN).read_text()[:9]) or None
    except (OSError, ValueError):
        return None


def open_for(folder: Path) -> float | None:
    """For how many seconds a house has been open in this folder (the newest, of several); None when none is."""
    try:
        sign = os.open(folder / _SIGN, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return time.time() - os.fstat(sign).st_mtime
    else:
        return None
    finally:
        os.close(sign)
