"""A child process must not outlive the one that started it, whatever killed it."""

import ctypes
import os
import signal
import sys
import threading
import time

from zhanggui.kit.numbers import whole

PARENT = "ZHANGGUI_PARENT"
"""Environment name: the process id of the parent that a child was started by."""
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """End this process at once when its parent ends. `parent`: who it should be, else the present one.

    On Linux the kernel sees to it; a watching thread does it everywhere, and closes the gap in which the
    parent died before we asked.
    """
    expected = parent or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != expected:
        os._exit(1)
    threading.Thread(target=_watch, args=(expected,), name="lineage", daemon=True).start()


def named_parent() -> int | None:
    """The parent that the environment names, if any."""
    return whole(os.environ.get(PARENT, ""))


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
