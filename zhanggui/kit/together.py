"""Writes whose answer nobody waits for go to the database together: many tables, one statement, one round trip.

Within `together()` the rows of `copy_in`, and changes handed to `change`, wait until something else is asked of the
database or until the block ends; then they go as one statement, each a part of its WITH. So nothing that is read in
between can miss them, and what is read and written is the same as without the block. docs/performance.md.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection

from zhanggui.kit.prepared import array_of, ask

MOST_ROWS = 2_000
"""Longer lists are copied."""
MOMENT = object()
"""In a row: the moment of the statement, by the database's clock."""
_ME = "{me}"


@dataclass(slots=True)
class _Waiting:
    """What waits to be written. `changed`, `filled`: tables that a waiting part updates, or inserts into."""

    rows: dict[tuple[str, tuple[tuple[str, str], ...]], list[Sequence[Any]]] = field(default_factory=dict)
    parts: list[tuple[tuple[str, ...], list[Any]]] = field(default_factory=list)
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
    ask(_one(tuple([texts for texts, _values in parts])), [value for _texts, more in parts for value in more])


@lru_cache(maxsize=500)
def _one(parts: tuple[tuple[str, ...], ...]) -> str:
    """One statement of many parts. There are a few dozen sets of parts, whatever the number of rows in each, so the
    text, some 6 kB, is put together once and the database plans it once."""
    texts = []
    for number, statements in enumerate(parts):
        for place, text in enumerate(statements):
            # A part that only reads what its own part before gave names it {me}.
            told = text.replace(_ME, f"w{number}_{place - 1}")
            texts.append(f"w{number}_{place} AS ({told})")
    return f"WITH {', '.join(texts)} SELECT"


def waits() -> bool:
    """Whether a block is open here."""
    return _here.waiting is not None


def put(table: str, columns: tuple[tuple[str, str], ...], rows: Sequence[Sequence[Any]]) -> bool:
    """Let rows wait to be inserted; False when they must be written at once (no block, or too many).

    `columns`: their names and types.
    """
    waiting = _here.waiting
    if waiting is None:
        return False
    if len(rows) > MOST_ROWS or table in waiting.changed:
        flush()
        return put(table, columns, rows) if len(rows) <= MOST_ROWS else False
    if rows:
        waiting.filled.add(table)
        waiting.rows.setdefault((table, columns), []).extend(rows)
    return True


def change(
    table: str, statements: str | Sequence[str], params: Sequence[Any], *, fills: bool = False
) -> None:
    """A statement that writes into one table, now or together with the others; nobody waits for what it gives.

    `statements` may be several, of which each may read as {me} what the one before returned. `fills`: it only inserts.
    It must not read what another waiting one writes, other than through {me}.
    """
    texts = (statements,) if isinstance(statements, str) else tuple(statements)
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


def _insert(
    table: str, columns: tuple[tuple[str, str], ...], rows: Sequence[Sequence[Any]]
) -> tuple[tuple[str, ...], list[Any]]:
    """Rows as one array for each column: the same text for one row as for a thousand."""
    by_column = list(zip(*rows, strict=True))
    moments = tuple([place for place, values in enumerate(by_column) if values[0] is MOMENT])
    values = [array_of(values) for place, values in enumerate(by_column) if place not in moments]
    return (_insertion(table, columns, moments),), values


@lru_cache(maxsize=500)
def _insertion(table: str, columns: tuple[tuple[str, str], ...], moments: tuple[int, ...]) -> str:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(name) for name, _type in columns)
    given = [(place, name, kind) for place, (name, kind) in enumerate(columns) if place not in moments]
    # An array of arrays would fall apart into one: those go as text.
    arrays = ", ".join(f"%s::{'text' if kind.endswith('[]') else kind}[]" for _place, _name, kind in given)
    wanted = ", ".join(
        "statement_timestamp()"
        if place in moments
        else f"v.{quoted(name)}" + (f"::{kind}" if kind.endswith("[]") else "")
        for place, (name, kind) in enumerate(columns)
    )
    return (
        f"INSERT INTO {quoted(table)} ({names}) SELECT {wanted} "  # noqa: S608 (names of our own)
        f"FROM unnest({arrays}) AS v({', '.join(quoted(name) for _place, name, _kind in given)})"
    )


def _first_what_waits(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    waiting = _here.waiting
    if waiting is not None and (_here.aside is None or _here.aside & (waiting.filled | waiting.changed)):
        flush()
    return execute(sql, params, many, context)
