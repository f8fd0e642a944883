"""Writes whose answer nobody waits for go to the database together: many tables, one statement, one round trip.

Within `together()` the rows of `copy_in`, and changes handed to `change`, wait until something else is asked of the
database or until the block ends; then they go as one statement, each a part of its WITH. So nothing that is read in
between can miss them, and what is read and written is the same as without the block. docs/performance.md.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

MOST_ROWS = 2_000
"""Longer lists are copied."""
MOMENT = object()
"""In a row: the moment of the statement, by the database's clock."""
_ME = "{me}"


@dataclass(slots=True)
class _Waiting:
    """What waits to be written. `changed`, `filled`: tables that a waiting part updates, or inserts into."""

    rows: dict[tuple[str, tuple[str, ...]], list[Sequence[Any]]] = field(default_factory=dict)
    parts: list[tuple[list[str], list[Any]]] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)


class _Here(threading.local):
    waiting: _Waiting | None = None
    aside: frozenset[str] | None = None


_here = _Here()


@contextmanager
def together() -> Iterator[None]:
    """Let writes wait for each other. Inside of another such block it is a part of that.

    In a transaction only. An error throws away what still waits: the transaction is lost with it. A savepoint within
    the block sends what waits before it, so it may be rolled back alone.
    """
    if _here.waiting is not None:
        yield
        return
    _here.waiting = _Waiting()
    try:
        with connection.execute_wrapper(_first_what_waits):
            yield
            flush()
    finally:
        _here.waiting = None


@contextmanager
def aside(*tables: str) -> Iterator[None]:
    """What is asked of the database in here looks at these tables only: what waits for others may go on waiting."""
    before, _here.aside = _here.aside, frozenset(tables)
    try:
        yield
    finally:
        _here.aside = before


def flush() -> None:
    """Send what waits now. One statement, none for nothing."""
    waiting = _here.waiting
    if waiting is None or not (waiting.rows or waiting.parts):
        return
    _here.waiting = _Waiting()
    parts = [_insert(table, columns, rows) for (table, columns), rows in waiting.rows.items()]
    parts += waiting.parts
    texts: list[str] = []
    params: list[Any] = []
    for number, (statements, values) in enumerate(parts):
        names = [f"w{number}_{place}" for place in range(len(statements))]
        # A part that only reads what its own part before gave names it {me}.
        told = [text.replace(_ME, names[place - 1]) for place, text in enumerate(statements)]
        texts += [f"{name} AS ({text})" for name, text in zip(names, told, strict=True)]
        params += values
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(texts)} SELECT", params)


def waits() -> bool:
    """Whether a block is open here."""
    return _here.waiting is not None


def put(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bool:
    """Let rows wait to be inserted; False when they must be written at once (no block, or too many)."""
    waiting = _here.waiting
    if waiting is None:
        return False
    if len(rows) > MOST_ROWS or table in waiting.changed:
        flush()
        return put(table, columns, rows) if len(rows) <= MOST_ROWS else False
    if rows:
        waiting.filled.add(table)
        waiting.rows.setdefault((table, tuple(columns)), []).extend(rows)
    return True


def change(
    table: str, statements: str | Sequence[str], params: Sequence[Any], *, fills: bool = False
) -> None:
    """A statement that writes into one table, now or together with the others; nobody waits for what it gives.

    `statements` may be several, of which each may read as {me} what the one before returned. `fills`: it only inserts.
    It must not read what another waiting one writes, other than through {me}.
    """
    texts = [statements] if isinstance(statements, str) else list(statements)
    waiting = _here.waiting
    if waiting is None:
        with together():
            change(table, texts, params, fills=fills)
        return
    if table in waiting.changed or (not fills and table in waiting.filled):
        flush()
        waiting = _here.waiting
        assert waiting is not None
    (waiting.filled if fills else waiting.changed).add(table)
    waiting.parts.append((texts, list(params)))


def _insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[list[str], list[Any]]:
    names = ", ".join(map(connection.ops.quote_name, columns))
    places = ", ".join(
        "(" + ", ".join("statement_timestamp()" if value is MOMENT else "%s" for value in row) + ")"
        for row in rows
    )
    values = [value for row in rows for value in row if value is not MOMENT]
    return [f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES {places}"], values  # noqa: S608


def _first_what_waits(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    waiting = _here.waiting
    if waiting is not None and (_here.aside is None or _here.aside & (waiting.filled | waiting.changed)):
        flush()
    return execute(sql, params, many, context)
