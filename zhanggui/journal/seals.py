"""The hash chain over the daybook: proves that no line was altered, deleted, inserted or reordered.

Lines are sealed a moment later, in ranges, so that writing them never waits in a queue. A range is sealed
only when no transaction is left that could still add a line into it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

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


def seal_new(most: int = 50_000) -> int:
    """Seal the lines that are safe to seal; gives how many. Half a dozen statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = Seal.objects.order_by("-id").first()
        start = last.last_id if last else 0
        before = bytes(last.digest) if last else b""
        cursor.execute(
            "SELECT max(id) FROM (SELECT id, xmin FROM journal_entry WHERE id > %s ORDER BY id LIMIT %s) fresh "
            "WHERE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_xid IS NOT NULL AND pid <> pg_backend_pid())",
            [start, most],
        )
        end = cursor.fetchone()[0]
        if end is None:
            return 0
        digest, count = _digest(before, start, end)
        Seal.objects.create(first_id=start + 1, last_id=end, entries=count, before=before, digest=digest)
        return count


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
