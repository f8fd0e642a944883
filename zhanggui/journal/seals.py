"""The hash chain over the daybook: proves that no line was altered, deleted, inserted or reordered.

Lines are sealed a moment later, in ranges, so that writing them never waits in a queue. A range is sealed
only when no transaction is left that could still add a line into it (`seal_new` says how that is known).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from zhanggui.journal.models import Entry, Seal

_LOCK = 7_315_001
_COLUMNS = (
    "id",
    "at",
    "what",
    "kind",
    "object_id",
    "shop_id",
    "staff_id",
    "actor",
    "work_no",
    "source",
    "address",
    "change",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the chain found. `broken_at`: the first seal that does not hold, else None."""

    seals: int
    entries: int
    broken_at: int | None


def seal_new(most: int = 50_000, *, patience: float = 5) -> int:
    """Seal the lines that are safe to seal; gives how many. Half a dozen statements.

    A line's number is given while its transaction runs, so a lower number may become visible after a higher one.
    Whoever writes a line holds ROW EXCLUSIVE on the table from before the number is given until after the line
    is visible. So: take the highest visible number, note who holds that lock, and seal once these have ended.
    Writers who came later have higher numbers and are not waited for; `patience`: seconds to wait at most.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = Seal.objects.order_by("-id").first()
        start = last.last_id if last else 0
        before = bytes(last.digest) if last else b""
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM journal_entry WHERE id > %s ORDER BY id LIMIT %s) fresh",
            [start, most],
        )
        end = cursor.fetchone()[0]
        if end is None or not _writers_ended(_writers(cursor), cursor, patience):
            return 0
        digest, count = _digest(before, start, end)
        Seal.objects.create(first_id=start + 1, last_id=end, entries=count, before=before, digest=digest)
        return count


def _writers(cursor: CursorWrapper) -> set[str]:
    """The transactions of others that have written, or are about to write, lines and are not over."""
    cursor.execute(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
        "AND relation = 'journal_entry'::regclass AND pid IS DISTINCT FROM pg_backend_pid()"
    )
    return {row[0] for row in cursor.fetchall()}


def _writers_ended(seen: set[str], cursor: CursorWrapper, patience: float) -> bool:
    until = time.monotonic() + patience
    while seen:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
        seen &= _writers(cursor)
    return True


def verify() -> Verdict:
    """Walk the whole chain and compare. Streams; one statement per seal."""
    before, seals, entries, reached = b"", 0, 0, 0
    for seal in Seal.objects.order_by("id").iterator(chunk_size=500):
        digest, count = _digest(before, seal.first_id - 1, seal.last_id)
        broken = (
            bytes(seal.before) != before
            or bytes(seal.digest) != digest
            or count != seal.entries
            or seal.first_id != reached + 1
        )
        if broken:
            return Verdict(seals, entries, seal.pk)
        before, seals, entries, reached = digest, seals + 1, entries + count, seal.last_id
    return Verdict(seals, entries, None)


def _digest(before: bytes, after_id: int, last_id: int) -> tuple[bytes, int]:
    chain = hashlib.sha256(before)
    count = 0
    for row in _rows(after_id, last_id):
        chain.update(hashlib.sha256(row.encode()).digest())
        count += 1
    return chain.digest(), count


def _rows(after_id: int, last_id: int) -> Iterator[str]:
    rows = Entry.objects.filter(pk__gt=after_id, pk__lte=last_id).order_by("pk").values_list(*_COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        yield "\x1f".join(_plain(value) for value in row)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return "\x00" if value is None else str(value)
