"""Importing files of orders: in one go for the command line, as a job for the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhanggui.connect import pouring
from zhanggui.connect.files.opening import tables_of
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.files.sources import Source, on_disk
from zhanggui.connect.layouts.layout import Kind, Layout, Recognised
from zhanggui.connect.layouts.registry import recognise
from zhanggui.connect.pouring import Counts, Result
from zhanggui.connect.queries import preset_layouts
from zhanggui.journal import daybook
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import now
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


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

    pouring.pour(by=by, shop=shop, made=made, folder=spool_folder(), at=lambda: at or now(), keep=keep)
    note(by=by, shop=shop, counts=counts.as_dict(), files=len(paths))
    return counts


def opened(source: Source, presets: Sequence[Layout]) -> list[Recognised]:
    """The tables of a file that hold orders or their articles. Raises FileRefused when none is recognised."""
    found = [table for table in (recognise(each, presets) for each in tables_of(source)) if table]
    orders = [table for table in found if table.layout.kind is not Kind.SHIPPING]
    if not orders:
        raise FileRefused(
            _("不认识「%(name)s」的表头。请在导入页面为它建立列对应关系，或在平台重新导出订单。")
            % {"name": source.name}
        )
    return orders


def spool_folder() -> Path:
    """The data folder's place for uploads and what is put aside while importing; mode 0700."""
    folder = Path(settings.HOME) / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


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
