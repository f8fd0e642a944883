"""PostgreSQL's own programs for backup and restore: the wheel's, the system's, whichever fits the server."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from zhanggui.site.database import CannotStart, binaries
from zhanggui.site.plainly import Sorry
from zhanggui.site.say import say


def folder_for(server: int) -> Path:
    """The folder with pg_dump, pg_restore and psql nearest to the server's major version, not older. Raises Sorry."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *_on_path()]
    with suppress(CannotStart):
        folders.append(binaries())
    fitting = sorted((version, str(folder)) for folder in folders if (version := _version(folder)) >= server)
    if not fitting:
        raise Sorry(
            say(
                f"找不到 PostgreSQL {server} 以上的 pg_dump 和 pg_restore，请安装 postgresql-client。",
                f"No pg_dump and pg_restore of PostgreSQL {server} or newer were found; install postgresql-client.",
            )
        )
    return Path(fitting[0][1])


def run(
    command: Sequence[object],
    *,
    stdout: IO[bytes] | None = None,
    feed: Iterable[bytes] = (),
) -> None:
    """Run one of the programs against the installation's database, with `feed` as its input.

    Raises Sorry with the program's own last words.
    """
    from django.db import connection  # noqa: PLC0415 - needs the settings

    given = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    facts = {variable: str(given[name]) for name, variable in names.items() if given.get(name) is not None}
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=stdout if stdout is not None else subprocess.DEVNULL,
            stderr=complaints,
            env=os.environ | facts | {"LC_ALL": "C.UTF-8"},
        )
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as entrance:  # it ended early: its exit code says so
            for chunk in feed:
                entrance.write(chunk)
        if process.wait():
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip()
            raise Sorry(f"{Path(str(command[0])).name}: {said[-600:]}")


def _version(folder: Path) -> int:
    if not all((folder / name).exists() for name in ("pg_dump", "pg_restore", "psql")):
        return 0
    said = subprocess.run(
        [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0


def _on_path() -> list[Path]:
    found = shutil.which("pg_dump")
    return [Path(found).parent] if found else []
