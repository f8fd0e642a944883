"""Importing files of orders: in one go for the command line, as a job for the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhanggui.connect import pouring
from zhanggui.connect.acting import actor_of_job
from zhanggui.connect.actions.shipping import ship_told, told
from zhanggui.connect.files import vault
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.files.sources import Source, on_disk
from zhanggui.connect.layouts.layout import Kind, Layout, Recognised
from zhanggui.connect.layouts.survey import survey
from zhanggui.connect.models import Import
from zhanggui.connect.pouring import Counts, Result
from zhanggui.connect.queries import layouts_for, preset_layouts, recognised, source_of
from zhanggui.jobs.actions import Beat, open_job, record_outcomes, runner, start
from zhanggui.jobs.models import Job, Outcome
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

KIND = "connect.import"
_SHIPPED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: orders done of (about) so many, and the counts so far."""

    done: int
    total: int
    counts: Counts


def import_file(
    *,
    by: Actor,
    path: Path | str,
    shop: Shop,
    progress: Callable[[Progress], None] | None = None,
    at: datetime | None = None,
) -> Counts:
    """Import one file from the machine's disk into a shop. See `import_files`."""
    return import_files(by=by, paths=[path], shop=shop, progress=progress, at=at)


def import_files(
    *,
    by: Actor,
    paths: Sequence[Path | str],
    shop: Shop,
    progress: Callable[[Progress], None] | None = None,
    at: datetime | None = None,
) -> Counts:
    """Import files from the machine's disk; a list and its detail file are joined whatever their order.

    Every thousand orders are one transaction. The same file again changes nothing. `at`: the moment of
    arrival, else the clock's. Raises NotAllowed without ORDER_IMPORT in the shop, FileRefused (a Refused with
    a sentence) when a file cannot be taken: then nothing was written. Rows that cannot be taken are counted
    as refused, with their reasons in `Counts.reasons`.
    """
    by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
    presets = preset_layouts()
    tables = [table for path in paths for table in opened(on_disk(_there(Path(path))), presets)]
    made = pouring.plan(tables, shop)
    counts = Counts()

    def keep(results: list[Result], place: int) -> None:
        counts.add(results)
        if progress:
            progress(Progress(place, max(made.orders, place), counts))

    pouring.pour(
        by=lambda: by, shop=shop, made=made, folder=vault.folder(), at=lambda: at or now(), keep=keep
    )
    note(by=by, shop=shop, counts=counts.as_dict(), files=len(paths))
    return counts


def opened(source: Source, presets: Sequence[Layout]) -> list[Recognised]:
    """The tables of a file that hold orders or their articles. Raises FileRefused when none is recognised."""
    found = recognised(source, presets)
    orders = [table for table in found if table.layout.kind is not Kind.SHIPPING]
    if found and not orders:
        raise FileRefused(_("「%(name)s」是发货单，请在导入页面上传。") % {"name": source.name})
    if not orders:
        raise FileRefused(
            _("不认识「%(name)s」的表头。请在导入页面为它建立列对应关系，或在平台重新导出订单。")
            % {"name": source.name}
        )
    return orders


@action
def begin(*, by: Actor, imported: Import, at: datetime) -> Job:
    """Start the import that was looked at, as a background job; gives the job.

    Raises Invalid without a shop or with a file whose columns nobody has explained, NotAllowed without
    ORDER_IMPORT in the shop, NotNow when it has begun or was given up. A dozen statements.
    """
    if imported.shop is None:
        raise Invalid(_("请选择店铺。"), "shop")
    by.must(Power.ORDER_IMPORT, shop_id=imported.shop_id or 0)
    uploads = list(imported.files.order_by("id"))
    unknown = [upload.name for upload in uploads if not upload.layout]
    if unknown:
        raise Invalid(_("请先为「%(name)s」建立列对应关系。") % {"name": "、".join(unknown)})
    title = _("导入 %(files)s 到 %(shop)s") % {
        "files": "、".join(upload.name for upload in uploads)[:120],
        "shop": imported.shop.code,
    }
    job = open_job(
        by=by,
        kind=KIND,
        title=title,
        order={"import": imported.pk},
        shop_id=imported.shop_id,
        total=sum(upload.orders or 0 for upload in uploads),
    )
    won = Import.objects.filter(pk=imported.pk, job__isnull=True, dropped_at__isnull=True).update(job=job)
    if not won:
        raise NotNow(_("这次导入已经开始或已放弃。"))
    imported.job = job
    start(job)
    return job


@runner(KIND)
def run(job: Job, beat: Beat) -> None:
    """Do an import's job from where it stands; each chunk's orders, outcomes and place are one transaction.

    The person's powers are read again for every chunk: who loses them, or is disabled, imports no further.
    """
    imported = Import.objects.select_related("shop").get(pk=job.order["import"])
    shop = imported.shop
    assert shop is not None
    by, language = actor_of_job(job, source="import")
    with override(language):
        by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
        presets = preset_layouts()
        uploads = list(imported.files.order_by("id"))
        found = [recognised(source_of(upload), layouts_for(upload, presets)) for upload in uploads]
        shipping = [table for tables in found for table in tables if table.layout.kind is Kind.SHIPPING]
        tables = [table for tables in found for table in tables if table.layout.kind is not Kind.SHIPPING]
        if not tables:
            _ship(job, beat, shop, shipping)
            return
        made = pouring.plan(tables, shop)
        beat.tick(total=made.orders)
        counts = _counted(job)

        def keep(results: list[Result], place: int) -> None:
            record_outcomes(job, map(_outcome, results))
            counts.add(results)
            beat.tick(
                done=place,
                failed=counts.refused,
                place=place,
                counts=counts.as_dict(),
                total=max(made.orders, place),
            )

        pouring.pour(
            by=lambda: actor_of_job(job, source="import")[0],
            shop=shop,
            made=made,
            folder=vault.folder(),
            at=now,
            keep=keep,
            skip=job.place,
        )
        note(by=by, shop=shop, counts=counts.as_dict(), files=len(uploads))


def _ship(job: Job, beat: Beat, shop: Shop, tables: list[Recognised]) -> None:
    """Do the job of shipping files alone."""
    for table in tables:
        survey(table)
    rows = told(tables)
    counts = _counted(job)
    for start_at in range(job.place, len(rows), _SHIPPED_AT_ONCE):
        part = rows[start_at : start_at + _SHIPPED_AT_ONCE]
        place = start_at + len(part)
        with transaction.atomic():
            results = ship_told(by=actor_of_job(job, source="import")[0], shop=shop, rows=part, at=now())
            record_outcomes(job, map(_outcome, results))
            counts.add(results)
            beat.tick(
                done=place, failed=counts.refused, place=place, counts=counts.as_dict(), total=len(rows)
            )


def _outcome(result: Result) -> Outcome:
    return Outcome(row=result.row, label=result.number, result=result.result, message=result.message)


def _counted(job: Job) -> Counts:
    """What a run before this one wrote, after a kill."""
    counts = Counts()
    for row in job.outcomes.values("result").annotate(many=Count("id")) if job.place else ():
        setattr(counts, row["result"], row["many"])
    return counts


def note(*, by: Actor, shop: Shop, counts: dict[str, int], files: int) -> None:
    """Write the daybook's line of an import."""
    daybook.write(
        by=by,
        what="orders.imported",
        on=shop,
        shop_id=shop.pk,
        change={name: [0, many] for name, many in counts.items()} | {"files": [0, files]},
    )


def _there(path: Path) -> Path:
    if not path.is_file():
        raise FileRefused(_("找不到文件「%(name)s」。") % {"name": str(path)})
    return path
