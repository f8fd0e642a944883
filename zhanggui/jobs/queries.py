"""Asking about jobs: one's own, and everybody's for those who look after the system."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from zhanggui.jobs.models import Job, Outcome
from zhanggui.jobs.registry import undoer_of
from zhanggui.kit.actor import Actor
from zhanggui.kit.numbers import whole

POWER = "system.see"
PAGE = 50
ALIVE = ("waiting", "running", "paused")
DRAWER = 8


def visible_to(actor: Actor) -> QuerySet[Job]:
    """One's own jobs, those of the shops whose system one may see, or all."""
    shops = actor.shops_with(POWER)
    if shops is None:
        return Job.objects.all()
    mine = Q(staff_id=actor.staff_id) if actor.staff_id else Q(pk__in=[])
    return Job.objects.filter(mine | Q(shop_id__in=sorted(shops)))


def mine_now(actor: Actor) -> list[Job]:
    """One's own jobs for the drawer: those at work first, then the latest. One statement."""
    order = Case(When(state__in=ALIVE, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(Job.objects.filter(staff_id=actor.staff_id).order_by(order, "-pk")[:DRAWER])


def alive_count(actor: Actor) -> int:
    """How many of one's jobs are at work. One statement over the index of living jobs."""
    return Job.objects.filter(staff_id=actor.staff_id, state__in=ALIVE).count()


@dataclass(frozen=True, slots=True)
class Page:
    """One page by keyset; cursors are "" at the ends."""

    rows: list[Job]
    after: str


def page(actor: Actor, *, state: str = "", after: str = "") -> Page:
    """Jobs, newest first. One statement."""
    rows = visible_to(actor)
    if state in Job.State.values:
        rows = rows.filter(state=state)
    if (last := whole(after)) is not None:
        rows = rows.filter(pk__lt=last)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return Page(found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else "")


def results_of(job: Job) -> dict[str, int]:
    """How many rows came to each result. One statement."""
    counted = job.outcomes.values("result").annotate(many=Count("pk")).order_by("result")
    return {row["result"]: row["many"] for row in counted}


def outcomes_of(job: Job, *, result: str = "", after: str = "") -> tuple[list[Outcome], str]:
    """A page of what came of the rows, and the cursor to the next one. One statement."""
    rows = job.outcomes.all()
    if result:
        rows = rows.filter(result=result)
    if (last := whole(after)) is not None:
        rows = rows.filter(row__gt=last)
    found = list(rows.defer("before").order_by("row")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].row) if len(found) > PAGE else ""


def sheet_of(job: Job, *, result: str = "") -> Iterator[tuple[int, str, str, str]]:
    """Row, label, result and message of every outcome, streamed. One statement."""
    rows = job.outcomes.filter(result=result) if result else job.outcomes.all()
    yield from rows.order_by("row").values_list("row", "label", "result", "message").iterator(chunk_size=2000)


def undoable(job: Job) -> bool:
    """Whether this kind of job has a way back."""
    return undoer_of(job.kind) is not None
