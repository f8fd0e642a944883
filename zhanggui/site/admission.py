"""Who may hear which topic. Plain synchronous code over the same middleware as every page; run in threads.

A topic is a kind and an id. To add one: a line in `TOPICS`.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from zhanggui.jobs.models import Job
from zhanggui.kit.actor import EVERYWHERE, Actor
from zhanggui.kit.models import Bell
from zhanggui.people.powers import Power

T = TypeVar("T")
_GUARDS = ("django.contrib.sessions.", "zhanggui.people.")
_OVERLAP = timedelta(seconds=3)


class Turned(Exception):
    """The stream is refused: 401 nobody is signed in, 404 no such topic for this person."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Guest:
    """A reader that was let in. `mark`: changes with the person's standing and grants."""

    staff_id: int
    session_key: str
    mark: str
    topics: tuple[str, ...]


def _shop(actor: Actor, number: int) -> bool:
    return actor.almighty or bool(actor.powers.get(EVERYWHERE) or actor.powers.get(number))


def _staff(actor: Actor, number: int) -> bool:
    return actor.staff_id == number


def _job(actor: Actor, number: int) -> bool:
    job = Job.objects.filter(pk=number).values_list("staff_id", "shop_id").first()
    if job is None:
        return False
    mine = job[0] is not None and job[0] == actor.staff_id
    return mine or actor.can(Power.SYSTEM_SEE, job[1] or EVERYWHERE)


TOPICS: Mapping[str, Callable[[Actor, int], bool]] = {"shop": _shop, "staff": _staff, "job": _job}


def admit(headers: Mapping[str, str], address: str, topics: list[str]) -> Guest:
    """Let a reader in. Raises Turned. A handful of statements, once per stream."""
    request = _through_the_guards(headers, address)
    actor: Actor | None = getattr(request, "actor", None)
    owes = getattr(request, "owes", "")
    if actor is None or actor.staff_id is None or owes or not request.session.session_key:
        raise Turned(401)
    for topic in topics:
        kind, _, number = topic.partition(":")
        if (
            kind not in TOPICS
            or not number.isdecimal()
            or len(number) > 18
            or not TOPICS[kind](actor, int(number))
        ):
            raise Turned(404)
    mark = _marks([actor.staff_id]).get(actor.staff_id)
    if mark is None:
        raise Turned(401)
    return Guest(actor.staff_id, request.session.session_key, mark, tuple(sorted(set(topics))))


def still_welcome(guests: Iterable[Guest]) -> set[Guest]:
    """Those whose session, person and grants are as they were. Two statements however many guests."""
    guests = list(guests)
    marks = _marks(sorted({guest.staff_id for guest in guests}))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_key FROM django_session WHERE session_key = ANY(%s) AND expire_date > clock_timestamp()",
            [sorted({guest.session_key for guest in guests})],
        )
        sessions = {row[0] for row in cursor.fetchall()}
    return {
        guest for guest in guests if guest.session_key in sessions and marks.get(guest.staff_id) == guest.mark
    }


def bells_after(number: int, topics: list[str]) -> list[tuple[int, str, str]] | None:
    """The bells of these topics since one that was heard; None when that one is no longer kept. Two statements.

    Begins a moment earlier than the bell heard: bells may become visible in another order than their ids.
    """
    heard = Bell.objects.filter(pk__lte=number).order_by("-pk").first()
    if heard is None:
        return None
    rows = Bell.objects.filter(topic__in=topics, rang_at__gte=heard.rang_at - _OVERLAP).exclude(pk=number)
    return list(rows.order_by("pk").values_list("pk", "topic", "about")[:1000])


def newest_bell() -> int:
    """The number of the last bell that rang, 0 before the first. One statement."""
    return Bell.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def database_answers() -> None:
    """Raise when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def fresh(work: Callable[[], T]) -> T:
    """Run with a database connection that is known to live or to be new."""
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _marks(staff_ids: list[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, md5(concat(s.session_epoch, s.password, s.must_change_password, s.two_factor_owed, (SELECT string_agg(concat(g.shop_id, ':', r.powers), ';' "
            "ORDER BY g.id) FROM people_grant g JOIN people_role r ON r.id = g.role_id WHERE g.staff_id = s.id))) "
            "FROM people_staff s WHERE s.id = ANY(%s) AND s.is_active",
            [staff_ids],
        )
        return dict(cursor.fetchall())


def _through_the_guards(headers: Mapping[str, str], address: str) -> Any:
    """The request as the session's and the people's middleware leave it; without an actor when they refuse it."""
    facts = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/live/",
        "REMOTE_ADDR": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
    }
    for name, value in headers.items():
        facts["HTTP_" + name.upper().replace("-", "_")] = value
    request = WSGIRequest(facts)
    let_in: list[HttpRequest] = []

    def inside(passed: HttpRequest) -> HttpResponse:
        let_in.append(passed)
        return HttpResponse()

    handler: Callable[[HttpRequest], Any] = inside
    for name in reversed(settings.MIDDLEWARE):
        if name.startswith(_GUARDS):
            handler = import_string(name)(handler)
    handler(request)
    if not let_in:
        raise Turned(401)
    return let_in[0]
