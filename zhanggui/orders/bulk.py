"""Bulk acts on many orders as jobs: in pieces, each with its outcomes in one transaction, undone where it can be.

What a job is about is frozen when it is opened: pairs of order id and the version that was shown. A row whose
version moved since then is refused and listed, never overwritten.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhanggui.jobs.actions.opening import open_job, start
from zhanggui.jobs.actions.running import Beat, record_outcomes
from zhanggui.jobs.models import Job, Outcome
from zhanggui.jobs.registry import runner, undoer
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders.actions import marks
from zhanggui.orders.actions.closing import close_many
from zhanggui.orders.actions.owners import assign_many
from zhanggui.orders.actions.receipt import extend_many
from zhanggui.orders.models import Order, OrderSet
from zhanggui.orders.outcomes import Outcome as Came
from zhanggui.orders.queries.pages import MOST_CHOSEN
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.people.powers import Power

PIECE = 1000
"""Orders in one transaction."""

_KEYED, _UNKEYED = timedelta(hours=1), timedelta(seconds=10)

Undo = Mapping[str, Any]
Verb = Callable[[Actor, Sequence[int], Mapping[str, Any]], tuple[Sequence[Came], Undo | None]]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that may be done to many orders. `label`: message id of the job's title."""

    code: str
    label: str
    power: Power
    do: Verb
    undo: Callable[[Actor, Undo], Sequence[Came]] | None = None


def _flag(by: Actor, ids: Sequence[int], how: Mapping[str, Any]) -> tuple[Sequence[Came], Undo | None]:
    done = marks.flag_many(by=by, order_ids=ids, flag=int(how["flag"]), at=now())
    return done.outcomes, done.undo


def _mark(by: Actor, ids: Sequence[int], how: Mapping[str, Any]) -> tuple[Sequence[Came], Undo | None]:
    done = marks.mark_many(
        by=by,
        order_ids=ids,
        template=how["template"],
        wish=how.get("wish", ""),
        flag=how.get("flag"),
        must_read=bool(how.get("must_read")),
        at=now(),
    )
    return done.outcomes, done.undo


def _unmark(by: Actor, undo: Undo) -> Sequence[Came]:
    return marks.undo_many(by=by, undo=undo, at=now()).outcomes


def _assign(by: Actor, ids: Sequence[int], how: Mapping[str, Any]) -> tuple[Sequence[Came], Undo | None]:
    before = dict(Order.objects.filter(pk__in=list(ids)).values_list("pk", "owner_id"))
    came = assign_many(by=by, order_ids=ids, staff_id=how.get("owner"), at=now())
    moved = [one.order_id for one in came if one.result == "done"]
    return came, {"owners": [[pk, before[pk]] for pk in moved], "ours": how.get("owner")}


def _unassign(by: Actor, undo: Undo) -> Sequence[Came]:
    wanted: dict[int | None, list[int]] = {}
    for pk, owner in undo["owners"]:
        wanted.setdefault(owner, []).append(pk)
    came: list[Came] = []
    for owner, ids in wanted.items():
        # an order that somebody gave on in the meantime stays with whom they gave it to
        still = Order.objects.filter(pk__in=ids, owner_id=undo["ours"]).values_list("pk", flat=True)
        came += assign_many(by=by, order_ids=sorted(still), staff_id=owner, at=now())
    return came


def _close(by: Actor, ids: Sequence[int], how: Mapping[str, Any]) -> tuple[Sequence[Came], Undo | None]:
    return close_many(by=by, order_ids=ids, reason=how["reason"], at=now()), None


def _extend(by: Actor, ids: Sequence[int], how: Mapping[str, Any]) -> tuple[Sequence[Came], Undo | None]:
    return extend_many(by=by, order_ids=ids, days=int(how["days"]), at=now()), None


ACTS = {
    act.code: act
    for act in (
        Act("flag", "批量插旗", Power.ORDER_MARK, _flag, _unmark),
        Act("mark", "批量备注", Power.ORDER_MARK, _mark, _unmark),
        Act("assign", "批量指派", Power.ORDER_ASSIGN, _assign, _unassign),
        Act("close", "批量关闭未付款订单", Power.ORDER_CLOSE, _close),
        Act("extend", "批量延长收货", Power.ORDER_EXTEND, _extend),
    )
}


def begin(
    *,
    by: Actor,
    act: str,
    how: Mapping[str, Any],
    chosen: Sequence[tuple[int, int]],
    key: str = "",
    run: bool = True,
) -> Job:
    """Open and start the job of a bulk act. `chosen`: order ids with the versions that were shown.

    `key`: of the page the form stood on. The same form sent again gives the same job (reliability G7):
    within an hour with a key, within ten seconds without one. Raises Invalid for an unknown act, for nothing
    chosen or for more than MOST_CHOSEN.
    """
    wanted = ACTS.get(act)
    if wanted is None:
        raise Invalid(_("没有这种批量操作。"), "act")
    if not chosen:
        raise Invalid(_("还没有选中订单。"), "ids")
    if len(chosen) > MOST_CHOSEN:
        raise Invalid(_("一次最多处理 %(most)s 个订单，请缩小筛选范围。") % {"most": MOST_CHOSEN}, "ids")
    title = f"{_(wanted.label)} · " + _("%(many)s 个订单") % {"many": len(chosen)}
    pairs = [list(pair) for pair in chosen]
    form = hashlib.sha256(json.dumps([key, act, dict(how), pairs], sort_keys=True).encode()).hexdigest()
    with transaction.atomic():
        same = _same_form(by, f"orders.{act}", form, _KEYED if key else _UNKEYED)
        if same is not None:
            return same
        job = open_job(
            by=by,
            kind=f"orders.{act}",
            title=title,
            order={"how": dict(how), "chosen": pairs, "address": by.address, "form": form},
            total=len(chosen),
        )
        if run:
            start(job)
    return job


def _same_form(by: Actor, kind: str, form: str, within: timedelta) -> Job | None:
    """The job that this form opened before, unless it came to nothing. The lock lets one of a double click in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind} {by.staff_id} {form}"]
        )
    jobs = Job.objects.filter(staff_id=by.staff_id, kind=kind, order__form=form, undone_at=None)
    jobs = jobs.exclude(state__in=(Job.State.FAILED, Job.State.CANCELLED))
    return jobs.filter(made_at__gt=Now() - within).order_by("pk").first()


def chosen_of(rows: OrderSet) -> list[tuple[int, int]]:
    """Every order of a filter with its version, at most one more than a bulk act takes. One statement."""
    return list(rows.order_by("pk").values_list("pk", "version")[: MOST_CHOSEN + 1])


def _actor(job: Job) -> Actor:
    person = Staff.objects.filter(pk=job.staff_id or 0, is_active=True).first()
    if person is None:
        raise NotNow(_("发起任务的账号已停用。"))
    return actor_of(person, source="web", address=job.order.get("address", ""))


def _run(act: Act, job: Job, beat: Beat) -> None:
    how = job.order["how"]
    chosen = [(int(pk), int(version)) for pk, version in job.order["chosen"]]
    counts = {"done": 0, "unchanged": 0, "refused": 0} | dict(job.counts)
    place = job.place
    while place < len(chosen):
        piece = chosen[place : place + PIECE]
        with transaction.atomic():
            # read anew for every piece: a role withdrawn or an account disabled meanwhile holds for the rest
            rows = _piece(act, _actor(job), how, piece, place)
            record_outcomes(job, rows)
            for row in rows:
                counts[row.result] = counts.get(row.result, 0) + 1
            place += len(piece)
            beat.tick(done=place, failed=counts["refused"], place=place, counts=counts)


def _piece(
    act: Act, by: Actor, how: Mapping[str, Any], piece: Sequence[tuple[int, int]], place: int
) -> list[Outcome]:
    ids = [pk for pk, _version in piece]
    locked = Order.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    now_at = {pk: (number, version) for pk, number, version in locked.values_list("pk", "number", "version")}
    fit = [pk for pk, version in piece if now_at.get(pk, ("", -1))[1] == version]
    came, undo = act.do(by, fit, how) if fit else ([], None)
    by_order = {one.order_id: one for one in came}
    rows = []
    for index, (pk, _version) in enumerate(piece, start=place + 1):
        one = by_order.get(pk)
        if one is not None:
            rows.append(Outcome(row=index, label=one.number, result=one.result, message=one.message))
        else:
            known = pk in now_at
            rows.append(
                Outcome(
                    row=index,
                    label=now_at[pk][0] if known else str(pk),
                    result="refused",
                    message=_("选中之后被别人改动过，没有处理。") if known else _("没有这个订单。"),
                )
            )
    if undo and rows and any(undo.values()):
        rows[0].before = dict(undo)  # of the whole piece; the undo reads pieces, not rows
    return rows


def _undo(act: Act, job: Job, beat: Beat) -> None:
    pieces = list(
        Outcome.objects.filter(job=job, before__isnull=False).order_by("row").values_list("row", "before")
    )
    done, failed = beat.job.done, beat.job.failed
    for row, before in pieces:
        if row <= beat.job.place:
            continue
        with transaction.atomic():
            came = act.undo(_actor(beat.job), before or {}) if act.undo else []
            record_outcomes(
                beat.job,
                [
                    Outcome(row=row * 10_000 + n, label=one.number, result=one.result, message=one.message)
                    for n, one in enumerate(came)
                ],
            )
            done += sum(one.result != "refused" for one in came)
            failed += sum(one.result == "refused" for one in came)
            beat.tick(done=done, failed=failed, place=row)


def _register(act: Act) -> None:
    @runner(f"orders.{act.code}")
    def run(job: Job, beat: Beat) -> None:
        _run(act, job, beat)

    if act.undo is not None:

        @undoer(f"orders.{act.code}")
        def undo(job: Job, beat: Beat) -> None:
            _undo(act, job, beat)


for _act in ACTS.values():
    _register(_act)
