"""Statements of the hot paths: written by hand, parsed and planned once per connection, their values sent as text.

The ORM takes 0.3 to 1 ms to compile a SELECT of a wide table, again and again for the same text, and PostgreSQL takes
longer to parse and plan such a statement than to run it: of an order alone that was two thirds of all its cost
(docs/performance.md). Here the text is a constant, the driver prepares it, and the plan is kept (site/settings.py).

Values go as text and the statement says their types where it matters ("%s::bigint[]"), so the same statement has the
same types whatever it is given. A list is an array. What is asked goes through Django's own frame of a cursor: errors,
captured queries and `kit.together` see it like everything else.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from json import JSONEncoder
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Model
from psycopg import RawCursor
from psycopg.types.json import Json, Jsonb

LONG = 500
"""Arrays beyond this are planned for what they are: the kept plan was made for a few."""
_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
_encode = JSONEncoder(ensure_ascii=False).encode
M = TypeVar("M", bound=Model)


def ask(statement: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement of constant text; gives its rows. JSON comes as text, as from any raw cursor. One statement.

    `params`: for "%s", or by name for "%(name)s": int, str, bool, None, moments, bytes, Json, and lists of these.
    """
    wrapper = connections["default"]
    if isinstance(params, Mapping):
        values: Any = {name: text_of(value) for name, value in params.items()}
        given: Any = params.values()
    else:
        values, given = [text_of(value) for value in params], params
    # Who captures queries is shown them with their values, which only Django's own cursor does.
    if wrapper.queries_logged or any(type(value) is list and len(value) > LONG for value in given):
        with wrapper.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    raw = _cursor(wrapper)
    wrapper.make_cursor(raw).execute(statement, values)  # type: ignore[arg-type]  # a cursor of the driver
    # A row number says that there are rows; the description would be made of an object per column, a tenth of the cost.
    return [] if raw.rownumber is None else raw.fetchall()


class Rows(Generic[M]):
    """Rows of a model, found by what follows FROM: `Rows(Order, "WHERE t.id = ANY(%s::bigint[])")([7, 8])`.

    `tail`: SQL over the table `t`, a constant. `skip`: columns that are not read (deferred, as `defer` has it).
    `also`: more columns in SQL, put on the rows under these names. `beside`: rows that `tail` joins, by the name of
    their key: {"warehouse": (Warehouse, "h")} where h is their table.
    """

    def __init__(
        self,
        model: type[M],
        tail: str,
        *,
        skip: Sequence[str] = (),
        also: Mapping[str, str] | None = None,
        beside: Mapping[str, tuple[type[Model], str]] | None = None,
    ) -> None:
        self.model, self.tail, self.skip = model, tail, frozenset(skip)
        self.also, self.beside = dict(also or {}), dict(beside or {})

    def __call__(self, *params: Any) -> list[M]:
        """The rows. One statement."""
        found = []
        for values in ask(self._statement, params):
            row = self._own(values, 0)
            place = self._own.many
            for name, value in zip(self.also, values[place : place + len(self.also)], strict=True):
                setattr(row, name, value)
            place += len(self.also)
            for name, other in self._others.items():
                setattr(row, name, other(values, place))
                place += other.many
            found.append(row)
        return found

    @cached_property
    def _own(self) -> "_Reader[M]":
        return _Reader(self.model, "t", self.skip)

    @cached_property
    def _others(self) -> "dict[str, _Reader[Any]]":
        return {name: _Reader(model, table) for name, (model, table) in self.beside.items()}

    @cached_property
    def _statement(self) -> str:
        columns = [*self._own.columns, *self.also.values()]
        columns += [column for other in self._others.values() for column in other.columns]
        table = self.model._meta.db_table
        return f'SELECT {", ".join(columns)} FROM "{table}" t {self.tail}'  # noqa: S608 (names of our own)


class _Reader(Generic[M]):
    """Makes rows of a model out of a statement's values."""

    def __init__(self, model: type[M], table: str, skip: frozenset[str] = frozenset()) -> None:
        fields = [field for field in model._meta.concrete_fields if field.attname not in skip]
        self.model, self.many = model, len(fields)
        self.names = [field.attname for field in fields]
        self.columns = [f'{table}."{field.column}"' for field in fields]
        self.converters: list[tuple[int, Callable[..., Any]]] = [
            (place, field.from_db_value)
            for place, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def __call__(self, values: Sequence[Any], start: int) -> M:
        mine = list(values[start : start + self.many])
        for place, convert in self.converters:
            mine[place] = convert(mine[place], None, None)
        return self.model.from_db("default", self.names, mine)


def text_of(value: Any) -> str | None:
    """A value as PostgreSQL reads it from text."""
    if type(value) is str or value is None:
        return value
    return _TEXTS.get(type(value), _other)(value)


def array_of(values: Sequence[Any]) -> str:
    """The text of an array of plain values. An array within it stands as its own text."""
    return "{" + ",".join([_ELEMENTS.get(type(value), _quoted)(value) for value in values]) + "}"


def _quoted(value: Any) -> str:
    return _quoted_text(_TEXTS.get(type(value), _other)(value))


def _quoted_text(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    return f'"{text}"'


def _json(value: Json | Jsonb) -> str:
    made = _encode(value.obj) if value.dumps is None else value.dumps(value.obj)
    return made if isinstance(made, str) else bytes(made).decode()


def _other(value: Any) -> str:
    """Kinds of text, numbers and moments that have a type of their own, as `TextChoices`."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a value for a statement")


_TEXTS: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: lambda value: "\\x" + value.hex(),
    Json: _json,
    Jsonb: _json,
    list: array_of,
    tuple: array_of,
}
_ELEMENTS: dict[type, Callable[[Any], str]] = {
    int: int.__repr__,
    bool: lambda value: "t" if value else "f",
    str: _quoted_text,
    type(None): lambda _value: "NULL",
}


class _Prepared(RawCursor[tuple[Any, ...]]):
    """A cursor that prepares what it runs. It is used again and again: each run is read before the next begins."""

    def execute(self, query: Any, params: Any = None, **_how: Any) -> "_Prepared":
        statement, names = _numbered(query)
        if names:
            params = [params[name] for name in names]
        super().execute(statement, params, prepare=True)
        return self


def _cursor(wrapper: Any) -> _Prepared:
    """The connection's own cursor of this kind: making one anew takes longer than many a statement."""
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    held: _Prepared | None = wrapper.__dict__.get("_prepared")
    if held is None or held.connection is not wrapper.connection:
        with wrapper.wrap_database_errors:
            held = wrapper.__dict__["_prepared"] = _Prepared(wrapper.connection)
    return held


@lru_cache(maxsize=1000)
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """A statement with $1, $2 for its "%s", or for its names; gives these in their order."""
    names: dict[str, int] = {}
    count = 0

    def number(place: re.Match[str]) -> str:
        nonlocal count
        if place[0] == "%%":
            return "%"
        if place[1] is None:
            count += 1
            return f"${count}"
        return f"${names.setdefault(place[1], len(names) + 1)}"

    text = _PLACE.sub(number, statement)
    if count and names:
        raise ValueError("a statement's places are named or in order, not both")
    return text.encode(), tuple(names)
