"""What a killed restore left in the data folder: its scratch, and the keys of data that it may have committed.

A restore lays the backup's keys beside keys.json before it touches the tables, and writes the same mark on the schema
in the transaction that brings the tables. So the next command knows which keys the data needs.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import psycopg

from zhanggui.site.plainly import Sorry
from zhanggui.site.say import say

SCRATCH = ".restore-"
_LENT = ".keys-of-restore-"
_SEAL = "newest-seal"  # anchors.NAME, whose module needs the settings


@contextmanager
def restoring(home: Path) -> Iterator[None]:
    """One restore at a time; while it lasts nobody tidies. Raises Sorry."""
    lock = os.open(home / "restore.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Sorry(
                say("另一个恢复正在进行，请等它结束。", "Another restore is running; wait for it.")
            ) from None
        yield
    finally:
        os.close(lock)


def tidy(home: Path) -> None:
    """Finish or forget what a killed restore left. The database must be reachable when there are keys to decide on."""
    lent = list(home.glob(_LENT + "*"))
    left = list(home.glob(SCRATCH + "*"))
    if not lent and not left:
        return
    with suppress(Sorry), restoring(home):
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        if lent:
            mark = _mark_of_the_data()
            for file in lent:
                if mark == _mark(file.name.removeprefix(_LENT)):
                    put_in_place(home, file.read_bytes(), present_keys(home))
                    (home / _SEAL).unlink(missing_ok=True)
            forget_lent(home)


def lend(home: Path, keys: bytes) -> str:
    """Lay the backup's keys beside keys.json; gives the SQL that marks the data as theirs."""
    token = secrets.token_hex(8)
    write(home / f"{_LENT}{token}", keys)
    return f"COMMENT ON SCHEMA public IS '{_mark(token)}';"


def forget_lent(home: Path) -> None:
    """The data has its keys in keys.json."""
    for file in home.glob(_LENT + "*"):
        file.unlink()


def present_keys(home: Path) -> bytes | None:
    """What keys.json holds, None when there is none."""
    path = home / "keys.json"
    return path.read_bytes() if path.exists() else None


def put_in_place(home: Path, keys: bytes, before: bytes | None) -> None:
    """Make these the keys; `before`, those that were there, are kept aside when they differ."""
    if before is not None and before != keys:
        write(home / f"keys.{datetime.now():%Y%m%d-%H%M%S}.json", before)
    write(home / "keys.json", keys)


def write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".draft-{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)


def _mark(token: str) -> str:
    return f"zhanggui restore {token}"


def _mark_of_the_data() -> str:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
        row = link.execute(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'public'"
        ).fetchone()
    return (row and row[0]) or ""
