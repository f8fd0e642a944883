"""Cold start of the whole house and what it needs in memory, as a person meets it: `zhanggui up` in a data folder."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.figures import say, tell


def measure() -> None:
    """First start in an empty folder, then a second one; then the memory of all its processes at rest."""
    folder = Path(tempfile.mkdtemp(prefix="zhanggui-start-"))
    try:
        for name, target in (("start.first_time", 10), ("start.after_that", 3)):
            tell(f"starting the house ({name})")
            port = _free_port()
            seconds, house = _start(folder, port)
            say(name, seconds, "s", target=target, beside="target")
            if name == "start.after_that":
                time.sleep(5)
                say("memory.idle", _memory(house.pid) / 1024, "MiB PSS", target=400, beside="target")
            house.send_signal(signal.SIGTERM)
            house.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, port: int) -> tuple[float, subprocess.Popen[bytes]]:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "ZHANGGUI_HOME": str(folder)
    }
    began = time.perf_counter()
    house = subprocess.Popen(
        [str(Path(sys.executable).parent / "zhanggui"), "up", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while time.perf_counter() - began < 120:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5).read()
            return time.perf_counter() - began, house
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TimeoutError("the house did not open its door")


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _memory(pid: int) -> int:
    """PSS in KiB of a process and all that descend from it, and of the house's own PostgreSQL."""
    import psutil

    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(_pss(process.pid) for process in {process.pid: process for process in family}.values())


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
