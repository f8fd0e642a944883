"""Writing many rows in one statement each, whatever the length of the list (performance.md, "What follows").

Ids are taken from the sequence first, so rows that point at each other need no round trip between them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

from zhanggui.kit import together
from zhanggui.kit.prepared import ask

_SHORT = re.compile(r"(?:varchar|char|character varying)\(\d+\)")


def take_ids(model: type[Model], many: int) -> list[int]:
    """`many` fresh primary keys of the table. One statement."""
    if many <= 0:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, _column(model, "pk"), many],
        )
        return [row[0] for row in cursor.fetchall()]


def take_ids_of(wanted: Mapping[type[Model], int]) -> dict[type[Model], list[int]]:
    """Fresh primary keys of several tables. One statement."""
    asked = {model: many for model, many in wanted.items() if many > 0}
    found: dict[type[Model], list[int]] = {model: [] for model in wanted}
    if not asked:
        return found
    models = list(asked)
    tables = [part for m in models for part in (m._meta.db_table, _column(m, "pk"), asked[m])]
    for place, pk in ask(_ids(len(models)), tables):
        found[models[place]].append(pk)
    return found


@lru_cache(maxsize=20)
def _ids(tables: int) -> str:
    one = "SELECT {}, nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s::int)"
    return " UNION ALL ".join(one.format(place) for place in range(tables))


def copy_in(model: type[Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into the model's table. One statement.

    `fields`: attribute names ("order_id", not "order") in the order of the values. Columns left out take
    the database's default, so give every column whose default only Django knows. JSON values must be
    wrapped in psycopg's Jsonb by the caller. Constraints and triggers hold as for INSERT. Within
    `together.together` a short list waits for the other writes of the transaction and costs no statement of its own.
    """
    if together.waits():
        rows = list(rows)
        if together.put(model._meta.db_table, _typed(model, tuple(fields)), rows):
            return
    columns = sql.SQL(", ").join(sql.Identifier(_column(model, name)) for name in fields)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), columns)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def update_many(
    model: type[Model],
    fields: Sequence[str],
    types: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    where: str = "",
) -> list[int]:
    """UPDATE each row, found by its first value (the primary key), with the others; gives the ids changed.

    `types`: PostgreSQL types of the values, the key first ("bigint", "text"). `where`: one more condition in
    SQL over `t` (the table) and `v` (the new values), the guard of the move; a constant, never input.
    One statement.
    """
    if not rows:
        return []
    columns = [_column(model, name) for name in fields]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    sets = sql.SQL(", ").join(sql.SQL("{0} = v.{0}").format(sql.Identifier(column)) for column in columns[1:])
    arrays = sql.SQL(", ").join(sql.SQL("%s::" + kind + "[]") for kind in types)
    guard = sql.SQL(" AND (" + where + ")") if where else sql.SQL("")
    key = sql.Identifier(columns[0])
    statement = sql.SQL(
        "UPDATE {table} t SET {sets} FROM unnest({arrays}) AS v({names}) WHERE t.{key} = v.{key}{guard} "
        "RETURNING t.{key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        sets=sets,
        arrays=arrays,
        names=names,
        key=key,
        guard=guard,
    )
    values = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def _column(model: type[Model], name: str) -> str:
    if name == "pk":
        return str(model._meta.pk.column)
    for field in model._meta.concrete_fields:
        if name in (field.attname, field.name):
            return str(field.column)
    raise LookupError(f"{model.__name__} has no column {name}")


@lru_cache(maxsize=500)
def _typed(model: type[Model], names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Columns with their types, a short text as `text`: a cast would cut one that is too long, an INSERT refuses it."""
    kinds = {field.column: str(field.db_type(connection)) for field in model._meta.concrete_fields}
    columns = [_column(model, name) for name in names]
    return tuple([(column, _SHORT.sub("text", kinds[column])) for column in columns])
