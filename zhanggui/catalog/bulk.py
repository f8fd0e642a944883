"""Bulk acts on many listings as jobs, with an outcome for each and a way back where there is one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zhanggui.catalog.actions import listings
from zhanggui.catalog.actions.categories import file
from zhanggui.catalog.actions.listings import Came
from zhanggui.catalog.models import Listing
from zhanggui.jobs.actions.opening import open_job, start
from zhanggui.jobs.actions.running import Beat, record_outcomes
from zhanggui.jobs.models import Job, Outcome
from zhanggui.jobs.registry import runner, undoer
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.actors import actor_of
from zhanggui.people.models import Staff
from zhanggui.shops.models import Shop

AT_ONCE = 60
MOST = 5000
PIECE = 500
ACTS = {
    "on": "批量上架",
    "off": "批量下架",
    "shown": "批量橱窗推荐",
    "unshown": "批量取消橱窗推荐",
    "into": "批量放入分类",
    "out_of": "批量移出分类",
}
"""Act → its name, a message id."""


def begin(*, by: Actor, act: str, how: Mapping[str, Any], ids: Sequence[int]) -> Job:
    """Open the job of a bulk act; more than AT_ONCE is started in the background. Raises Invalid."""
    if act not in ACTS:
        raise Invalid(_("没有这种批量操作。"), "act")
    if not ids:
        raise Invalid(_("还没有选中商品。"), "ids")
    if len(ids) > MOST:
        raise Invalid(_("一次最多处理 %(most)s 件商品，请缩小筛选范围。") % {"most": MOST}, "ids")
    title = f"{_(ACTS[act])} · " + _("%(many)s 件商品") % {"many": len(ids)}
    with transaction.atomic():
        job = open_job(
            by=by,
            kind=f"goods.{act}",
            title=title,
            order={"how": dict(how), "ids": sorted(ids), "address": by.address},
            total=len(ids),
        )
        if len(ids) > AT_ONCE:
            start(job)
    return job


def _do(by: Actor, act: str, how: Mapping[str, Any], ids: Sequence[int]) -> Came:
    at = now()
    if act == "on":
        return listings.put_on(
            by=by, listing_ids=ids, at=at, on_at=_moment(how.get("on_at")), off_at=_moment(how.get("off_at"))
        )
    if act == "off":
        return listings.take_off(by=by, listing_ids=ids, at=at, off_at=_moment(how.get("off_at")))
    if act in ("shown", "unshown"):
        return listings.show(by=by, listing_ids=ids, shown=act == "shown", at=at)
    shop = Shop.objects.get(pk=how["shop"])
    own = list(Listing.objects.filter(shop=shop, pk__in=list(ids)).values_list("pk", flat=True))
    file(by=by, shop=shop, listing_ids=own, at=at, **{act: [how["category"]]})
    refused = {pk: _("它不在这家店") for pk in ids if pk not in own}
    return Came(own, refused)


def _run(act: str, job: Job, beat: Beat) -> None:
    ids = [int(pk) for pk in job.order["ids"]]
    counts = {"done": 0, "refused": 0} | dict(job.counts)
    place = job.place
    while place < len(ids):
        piece = ids[place : place + PIECE]
        with transaction.atomic():
            came = _do(_actor(job), act, job.order["how"], piece)
            titles = dict(Listing.objects.filter(pk__in=piece).values_list("pk", "product__code"))
            rows = [
                Outcome(
                    row=place + number,
                    label=titles.get(pk, str(pk)),
                    result="refused" if pk in came.refused else "done",
                    message=came.refused.get(pk, ""),
                    before=_plain(came.before[pk]) | {"id": pk} if pk in came.before else None,
                )
                for number, pk in enumerate(piece, 1)
            ]
            record_outcomes(job, rows)
            for row in rows:
                counts[row.result] += 1
            place += len(piece)
            beat.tick(done=place, failed=counts["refused"], place=place, counts=counts)


def _undo(job: Job, beat: Beat) -> None:
    rows = list(Outcome.objects.filter(job=job, before__isnull=False, row__gt=beat.job.place).order_by("row"))
    done, failed = beat.job.done, beat.job.failed
    for start_at in range(0, len(rows), PIECE):
        piece = rows[start_at : start_at + PIECE]
        with transaction.atomic():
            before = {int(row.before["id"]): row.before for row in piece if row.before}
            came = listings.put_back(by=_actor(beat.job), before=before, at=now())
            labels = {int(row.before["id"]): (row.row, row.label) for row in piece if row.before}
            record_outcomes(
                beat.job,
                [
                    Outcome(
                        row=row,
                        label=label,
                        result="refused" if pk in came.refused else "undone",
                        message=came.refused.get(pk, ""),
                    )
                    for pk, (row, label) in labels.items()
                ],
            )
            done, failed = done + len(came.done), failed + len(came.refused)
            beat.tick(done=done, failed=failed, place=piece[-1].row)


def _actor(job: Job) -> Actor:
    person = Staff.objects.filter(pk=job.staff_id or 0, is_active=True).first()
    if person is None:
        raise NotNow(_("发起任务的账号已停用。"))
    return actor_of(person, source="web", address=job.order.get("address", ""))


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told.isoformat() if isinstance(told, datetime) else told for name, told in state.items()}


def _register(act: str) -> None:
    @runner(f"goods.{act}")
    def run(job: Job, beat: Beat) -> None:
        _run(act, job, beat)

    if act in ("on", "off", "shown", "unshown"):
        undoer(f"goods.{act}")(_undo)


for _act in ACTS:
    _register(_act)
