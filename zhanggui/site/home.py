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
def held_open(folder: Path) -> Iterator[None]:
    """While this lasts, others see that the house is open; a killed process gives the sign back by dying."""
    sign = os.open(folder / _SIGN, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(sign, fcntl.LOCK_SH)
        os.utime(sign)
        yield
    finally:
        os.close(sign)


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
