"""Writing lines into the daybook."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from psycopg.types.json import Jsonb

from zhanggui.journal.models import Entry
from zhanggui.kit import together
from zhanggui.kit.actor import Actor
from zhanggui.kit.bulk import copy_in
from zhanggui.kit.clock import database_now

_FIELDS = (
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
_encode = DjangoJSONEncoder(ensure_ascii=False).encode

Change = Mapping[str, Sequence[Any]]
"""What became of the columns: {name: [before, after]}. Never personal data."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line to write: about which thing, and what became of it."""

    kind: str
    object_id: int | None
    shop_id: int | None = None
    change: Change = field(default_factory=dict)
    reason: str = ""
    what: str = ""


def write(
    *,
    by: Actor,
    what: str,
    on: Model | None = None,
    kind: str = "",
    object_id: int | None = None,
    shop_id: int | None = None,
    change: Change | None = None,
    reason: str = "",
) -> None:
    """Write one line, in the caller's transaction. One statement.

    `what`: noun and verb, "order.closed". `on`: the row it is about; kind, id and shop are read from it.
    """
    if on is not None:
        kind = kind or on._meta.model_name or ""
        object_id = on.pk
        shop_id = shop_id if shop_id is not None else getattr(on, "shop_id", None)
    write_many(by=by, what=what, lines=[Line(kind, object_id, shop_id, change or {}, reason)])


def write_many(*, by: Actor, what: str, lines: Iterable[Line]) -> None:
    """Write many lines of the same kind of act. Two statements however many (the clock, and a COPY), none of their own
    within `kit.together`."""
    lines = list(lines)
    if not lines:
        return
    at = together.MOMENT if together.waits() and len(lines) <= together.MOST_ROWS else database_now()
    copy_in(
        Entry,
        _FIELDS,
        (
            (
                at,
                line.what or what,
                line.kind,
                line.object_id,
                line.shop_id,
                by.staff_id,
                by.name[:80],
                by.work_no,
                by.source,
                by.address[:64],
                Jsonb(dict(line.change), dumps=_encode),
                line.reason,
            )
            for line in lines
        ),
    )
