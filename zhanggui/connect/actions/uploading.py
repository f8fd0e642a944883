"""Files handed over on the page: looked at, kept sealed until their import has ended, destroyed after some days."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files import vault
from zhanggui.connect.files.opening import tables_of
from zhanggui.connect.files.receiving import Stored
from zhanggui.connect.files.refusal import FileRefused
from zhanggui.connect.layouts.survey import survey
from zhanggui.connect.models import Export, Import, Upload
from zhanggui.connect.queries import encoding_label, preset_layouts, recognised
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotAllowed, NotNow, Refused
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop

KEEP_DAYS = 7
"""How long the content outlives the end of its import, and an export its making."""
_SURVEYED = 20 * limits.MIB
"""Files up to this size are read to their end before the preview; larger ones when the import begins."""


@action
def receive(*, by: Actor, files: Sequence[Stored], shop: Shop | None) -> Import:
    """Make an import of uploaded files. A file nobody knows the headers of is kept for the mapping screen.

    Raises NotAllowed without ORDER_IMPORT, FileRefused when one of the files cannot be read: then none is
    kept, and the sentence tells of each.
    """
    if shop is not None:
        by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
    elif not by.can_somewhere(Power.ORDER_IMPORT):
        raise NotAllowed(_("您没有导入订单的权限。"))
    if not files:
        raise FileRefused(_("请选择要导入的文件。"))
    presets = preset_layouts()
    uploads, troubles = [], []
    for file in files:
        try:
            uploads.append(_look(file, presets))
        except Refused as refusal:
            troubles.append(refusal.message)
    if troubles:
        for file in files:
            vault.remove(file.key)
        raise FileRefused("\n".join(troubles))
    made = Import.objects.create(
        key=secrets.token_hex(12), shop=shop, staff_id=by.staff_id, actor=by.name[:80]
    )
    for upload in uploads:
        upload.imported = made
    Upload.objects.bulk_create(uploads)
    return made


def _look(file: Stored, presets: Sequence[object]) -> Upload:
    name = str(file.name or "")
    source = vault.source(file.key, name, int(file.size or 0))
    upload = Upload(key=file.key, name=name, size=source.size, digest=file.digest)
    found = recognised(source, presets)  # type: ignore[arg-type]
    upload.encoding = encoding_label(found[0].table.encoding if found else tables_of(source)[0].encoding)
    if found:
        upload.layout = "+".join(table.layout.code for table in found)[:40]
        upload.header_row = found[0].header_row
        upload.headers = found[0].columns.headers
        if source.size <= _SURVEYED:
            surveys = [survey(table) for table in found]
            upload.rows = sum(one.rows for one in surveys)
            upload.orders = max(one.orders for one in surveys)
    return upload


@action
def choose_shop(*, by: Actor, imported: Import, shop: Shop) -> None:
    """Say for which shop an import is. Raises NotAllowed, NotNow once it has begun."""
    by.must(Power.ORDER_IMPORT, shop_id=shop.pk)
    won = Import.objects.filter(pk=imported.pk, job__isnull=True, dropped_at__isnull=True).update(shop=shop)
    if not won:
        raise NotNow(_("这次导入已经开始，不能再换店铺。"))
    imported.shop = shop


@action
def drop(*, by: Actor, imported: Import, at: datetime) -> None:
    """Give up an import that has not begun; its files are destroyed. Raises NotNow."""
    won = Import.objects.filter(pk=imported.pk, job__isnull=True, dropped_at__isnull=True).update(
        dropped_at=at
    )
    if not won:
        raise NotNow(_("这次导入已经开始，请取消任务。"))
    _destroy(Upload.objects.filter(imported=imported), at)
    daybook.write(
        by=by, what="import.dropped", kind="import", object_id=imported.pk, shop_id=imported.shop_id
    )


def sweep(*, at: datetime) -> int:
    """Destroy the contents that have been kept long enough; gives how many. For the background worker, daily.

    Content goes KEEP_DAYS after the import's end, or after it was handed over when it never began. What lies
    in the folder without a row, from a killed upload, goes after a day.
    """
    before = at - timedelta(days=KEEP_DAYS)
    ended = Q(imported__job__ended_at__lt=before) | Q(
        imported__job__isnull=True, imported__made_at__lt=before
    )
    many = _destroy(Upload.objects.filter(ended, removed_at__isnull=True), at)
    for export in Export.objects.filter(made_at__lt=before, removed_at__isnull=True):
        vault.remove(export.key)
        many += Export.objects.filter(pk=export.pk).update(removed_at=at)
    return many + _orphans(at)


def _destroy(uploads: object, at: datetime) -> int:
    keys = list(uploads.values_list("key", flat=True))  # type: ignore[attr-defined]
    for key in keys:
        vault.remove(key)
    return Upload.objects.filter(key__in=keys).update(removed_at=at)


def _orphans(at: datetime) -> int:
    known = set(Upload.objects.filter(removed_at__isnull=True).values_list("key", flat=True))
    known |= set(Export.objects.filter(removed_at__isnull=True).values_list("key", flat=True))
    many = 0
    for path in vault.folder().iterdir():
        if path.name not in known and path.stat().st_mtime < (at - timedelta(days=1)).timestamp():
            path.unlink(missing_ok=True)
            many += 1
    return many
