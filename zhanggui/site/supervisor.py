"""Keeps the processes of one installation alive: the web server, the background worker, our own PostgreSQL.

Light on purpose (no Django in this process). A child that ends is started again, after a growing pause when it
keeps ending; a child of a killed supervisor ends by itself (lineage.py).
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

from zhanggui.site.database import CannotStart, Server
from zhanggui.site.lineage import PARENT

_TICK_SECONDS = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_STEADY_SECONDS = 20  # after so long a life a child's next end is not held against it


class Child:
    """One child process. `grace`: seconds it may take to stop before it is killed."""

    def __init__(self, name: str, command: Sequence[str], grace: float) -> None:
        self.name = name
        self.command = list(command)
        self.grace = grace
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.next_at = 0.0
        self.pause = _FIRST_PAUSE

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only the supervisor."""
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {PARENT: str(os.getpid())},
        )

    def look(self) -> int | None:
        """Start it again when it has ended and its pause is over; gives its exit code when it has just ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_at:
                self.start()
            return None
        code = self.process.poll()
        if code is not None:
            self.process = None
            self.pause = (
                _FIRST_PAUSE if now - self.began > _STEADY_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
            )
            self.next_at = now + self.pause
        return code

    def stop(self) -> None:
        """Ask it to end, wait, kill it when it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(self.grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Supervisor:
    """Runs children until it is told to stop. `tell`: where its own lines go."""

    def __init__(self, children: list[Child], server: Server | None, tell: Callable[[str], None]) -> None:
        self.children = children
        self.server = server
        self.tell = tell
        self.leaving = threading.Event()

    def catch_signals(self) -> None:
        """Let Ctrl-C, SIGTERM and a closed terminal stop everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._leave)

    def run(self, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Start the children, call `when_ready` once `ready()` holds, keep them alive, stop them at the end."""
        try:
            for child in self.children:
                child.start()
            told = False
            while not self.leaving.wait(_TICK_SECONDS):
                self._revive_database()
                for child in self.children:
                    code = child.look()
                    if code is not None:
                        self.tell(f"{child.name}: exit {code}, {child.pause:.1f} s")
                if not told and ready():
                    told = True
                    when_ready()
        finally:
            for child in self.children:
                child.stop()

    def _revive_database(self) -> None:
        if self.server is None:
            return
        try:
            if self.server.revive():
                self.tell("postgres: restarted")
        except CannotStart as trouble:
            self.tell(str(trouble))
            self.leaving.wait(2)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self.leaving.set()
