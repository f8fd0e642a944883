"""Announcements: told in the transaction of the act, heard after commit, never lost, heard at least once."""

import dataclasses
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from psycopg.types.json import Jsonb

from zhanggui.journal.models import Announcement, Delivery
from zhanggui.kit import together
from zhanggui.kit.bells import WORKER_TOPIC, ring
from zhanggui.kit.bulk import copy_in, take_ids

log = logging.getLogger(__name__)
_MOST_TRIES = 15
_kinds: dict[str, type] = {}
_listeners: dict[str, dict[str, Callable[[Any], None]]] = {}
_encode = DjangoJSONEncoder(ensure_ascii=False).encode
T = TypeVar("T")


def news(kind: type[T]) -> type[T]:
    """Register a frozen dataclass as a kind of announcement (class decorator in a room's events.py).

    Fields are plain JSON values, lists of them, dates and moments.
    """
    _kinds[kind.__name__] = kind
    return kind


def listen(kind: type[T]) -> Callable[[Callable[[T], None]], Callable[[T], None]]:
    """Register a function as listener of that kind. It must be idempotent: it may hear the same news twice."""

    def register(listener: Callable[[T], None]) -> Callable[[T], None]:
        _listeners.setdefault(kind.__name__, {})[f"{listener.__module__}.{listener.__qualname__}"] = listener
        return listener

    return register


def announce(*events: Any) -> None:
    """Tell the news within the caller's transaction. Three statements however many events, none of their own within
    `kit.together`."""
    if not events:
        return
    if together.waits():
        _announce_together(events)
        return
    ids = take_ids(Announcement, len(events))
    copy_in(
        Announcement,
        ("id", "name", "news"),
        (
            (pk, type(event).__name__, Jsonb(_values(event), dumps=_encode))
            for pk, event in zip(ids, events, strict=True)
        ),
    )
    deliveries = [
        (pk, listener, 0, "")
        for pk, event in zip(ids, events, strict=True)
        for listener in _listeners.get(type(event).__name__, {})
    ]
    if deliveries:
        copy_in(Delivery, ("announcement_id", "listener", "tries", "trouble"), deliveries)
        ring(WORKER_TOPIC, "news")


def _announce_together(events: Sequence[Any]) -> None:
    names = [type(event).__name__ for event in events]
    heard = [(name, listener) for name in sorted(set(names)) for listener in _listeners.get(name, {})]
    fresh = (
        "INSERT INTO journal_announcement (name, news) "
        "SELECT * FROM unnest(%s::text[], %s::jsonb[]) RETURNING id, name"
    )
    params: list[Any] = [names, [Jsonb(_values(event), dumps=_encode) for event in events]]
    copies = (
        "INSERT INTO journal_delivery (announcement_id, listener, tries, trouble) "
        "SELECT a.id, v.listener, 0, '' FROM {me} a "
        "JOIN unnest(%s::text[], %s::text[]) AS v(name, listener) ON v.name = a.name"
    )
    if heard:
        params += [[name for name, _listener in heard], [listener for _name, listener in heard]]
        ring(WORKER_TOPIC, "news")
    together.change("journal_announcement", [fresh, copies] if heard else fresh, params, fills=True)


def _values(event: Any) -> dict[str, Any]:
    # not asdict: it copies a list of ten thousand ids one by one
    return {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}


def deliver_due(most: int = 100) -> int:
    """Deliver what is due to its listeners; gives how many copies were handled. Called by the worker.

    Each copy is claimed with SKIP LOCKED, and the listener's effect commits together with the mark that it
    was heard. A listener that fails is tried again later, up to fifteen times over about two days.
    """
    handled = 0
    while handled < most and _deliver_one():
        handled += 1
    return handled


def _deliver_one() -> bool:
    with transaction.atomic():
        copy = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("announcement")
            .filter(done_at__isnull=True, next_at__lte=Now(), tries__lt=_MOST_TRIES)
            .order_by("next_at", "id")
            .first()
        )
        if copy is None:
            return False
        listener = _listeners.get(copy.announcement.name, {}).get(copy.listener)
        kind = _kinds.get(copy.announcement.name)
        if listener is None or kind is None:
            Delivery.objects.filter(pk=copy.pk).update(done_at=Now(), trouble="nobody listens any more")
            return True
        try:
            with transaction.atomic():
                listener(_read(kind, copy.announcement.news))
        except Exception as trouble:
            if isinstance(trouble, DatabaseError) and not connection.is_usable():
                raise
            log.exception("listener %s failed on announcement %s", copy.listener, copy.announcement_id)
            wait = min(4**copy.tries, 6 * 3600)
            Delivery.objects.filter(pk=copy.pk).update(
                tries=F("tries") + 1, trouble=repr(trouble)[:500], next_at=Now() + timedelta(seconds=wait)
            )
        else:
            Delivery.objects.filter(pk=copy.pk).update(done_at=Now(), tries=F("tries") + 1, trouble="")
    return True


def _read(kind: type[T], values: dict[str, Any]) -> T:
    hints = {field.name: field.type for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    ready = {}
    for name, value in values.items():
        if name not in hints:
            continue
        if hints[name] in (datetime, "datetime") and isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif hints[name] in (date, "date") and isinstance(value, str):
            value = date.fromisoformat(value)
        ready[name] = tuple(value) if isinstance(value, list) else value
    return kind(**ready)


def waiting() -> int:
    """How many copies are not heard yet, for `doctor`. One statement."""
    return Delivery.objects.filter(done_at__isnull=True).count()


def listeners_of(kinds: Iterable[type]) -> dict[str, list[str]]:
    """Who listens to what, for the architecture page and tests."""
    return {kind.__name__: sorted(_listeners.get(kind.__name__, {})) for kind in kinds}


def forget(*, older_than: timedelta) -> int:
    """Delete announcements made longer ago that every listener has heard; gives how many, at most 50,000 at
    a time. Three statements."""
    unheard = Delivery.objects.filter(announcement=OuterRef("pk"), done_at__isnull=True)
    old = list(
        Announcement.objects.filter(~Exists(unheard), made_at__lt=Now() - older_than).values_list(
            "pk", flat=True
        )[:50_000]
    )
    with transaction.atomic():
        Delivery.objects.filter(announcement__in=old)._raw_delete("default")
        Announcement.objects.filter(pk__in=old)._raw_delete("default")
    return len(old)
