"""Where the peers live: a cache folder outside the repository with their packages, and one PostgreSQL for all."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from bench.figures import tell

HOME = Path(os.environ.get("BENCH_PEERS_HOME") or platformdirs.user_cache_path("zhanggui-peers"))
OSCAR = ("django-oscar[sorl-thumbnail]==4.2.1", "gunicorn==23.0.0", "psycopg[binary]>=3.3")
VENDURE, VENDURE_AS_OF = "3.7.3", "2026-10-01"
"""Its dependencies as they were on that day: newer ones name releases that not every mirror carries."""


@contextmanager
def database(name: str) -> Iterator[Path]:
    """An empty database of that name on a server of our own; gives the folder of its socket."""
    from zhanggui.site.database import Server, binaries

    HOME.mkdir(parents=True, exist_ok=True)
    server = Server(HOME / "postgres-home", settings=("shared_buffers=512MB", "max_connections=200"))
    server.start()
    try:
        for verb in (["dropdb", "--if-exists"], ["createdb"]):
            subprocess.run(
                [binaries() / verb[0], *verb[1:], "-h", server.sockets, "-U", "postgres", name], check=True
            )
        yield Path(server.sockets)
    finally:
        server.stop()


def python() -> Path:
    """The interpreter of a virtual environment with django-oscar; made at the first call."""
    folder = HOME / "oscar"
    if not (folder / ".ready").exists():
        tell("installing django-oscar outside the repository")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, *OSCAR], check=True, stderr=subprocess.DEVNULL)
        (folder / ".ready").touch()
    return folder / "bin" / "python"


def node() -> Path:
    """A folder with Vendure in its node_modules; made at the first call. Needs node and npm."""
    folder = HOME / "vendure"
    if not (folder / ".ready").exists():
        tell("installing Vendure outside the repository")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"name": "peer", "private": true}\n')
        subprocess.run(
            [
                "npm",
                "install",
                "--no-audit",
                "--no-fund",
                "--silent",
                f"--before={VENDURE_AS_OF}",
                f"@vendure/core@{VENDURE}",
                "pg",
            ],
            cwd=folder,
            check=True,
        )
        (folder / ".ready").touch()
    return folder


@contextmanager
def running(command: list[object], folder: Path, env: Mapping[str, str], log: str) -> Iterator[None]:
    """A process group that is ended with the block; what it says goes to a log beside it."""
    with (HOME / f"{log}.log").open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **env},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, 15)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
