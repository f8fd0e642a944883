"""Saying what the columns of an unknown layout mean, once or as a preset for the next time."""

from collections.abc import Mapping

from django.db import IntegrityError
from django.utils.translation import gettext as _

from zhanggui.connect.layouts.fields import BY_NAME
from zhanggui.connect.layouts.preset import MONEY, NEEDS
from zhanggui.connect.models import Import, Preset, Upload
from zhanggui.connect.queries import layouts_for, recognised, source_of, unknown
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders.states import State
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform


@action
def map_columns(
    *,
    by: Actor,
    upload: Upload,
    columns: Mapping[str, str],
    states: Mapping[str, str],
    kind: str,
    platform: str,
    header_row: int,
    save_as: str = "",
) -> Preset | None:
    """Say what the headers of a file mean; with `save_as` it is remembered as a preset and recognised by them.

    `columns`: our field -> their header. `states`: their word -> our state. `kind`: "orders" (one order a row)
    or "rows" (one article a row). Raises Invalid naming what is missing, NotAllowed (a preset needs
    MAPPING_EDIT), NotNow once the import has begun.
    """
    shop_id = upload.imported.shop_id or 0
    if not by.can(Power.ORDER_IMPORT, shop_id) and not by.can_somewhere(Power.ORDER_IMPORT):
        by.must(Power.ORDER_IMPORT, shop_id=shop_id)
    if not Import.objects.filter(pk=upload.imported_id, job__isnull=True, dropped_at__isnull=True).exists():
        raise NotNow(_("这次导入已经开始。"))
    headers = unknown(source_of(upload), header_row).headers
    chosen = {name: header for name, header in columns.items() if name in BY_NAME and header in headers}
    _check(chosen, states, kind, platform)
    upload.mapping = {"columns": chosen, "states": dict(states), "kind": kind, "platform": platform}
    upload.headers, upload.header_row = headers, header_row
    found = recognised(source_of(upload), layouts_for(upload, []))
    if not found:
        raise Invalid(_("按这样的对应关系读不到订单，请检查表头所在的行。"), "header_row")
    upload.layout = "mapped"
    upload.save(update_fields=["mapping", "headers", "header_row", "layout"])
    if not save_as.strip():
        return None
    if not by.can_somewhere(Power.MAPPING_EDIT):
        by.must(Power.MAPPING_EDIT)
    return _save(by, save_as.strip()[:60], upload)


def _check(columns: Mapping[str, str], states: Mapping[str, str], kind: str, platform: str) -> None:
    for name in NEEDS:
        if name not in columns:
            raise Invalid(_("请指明「%(field)s」在哪一列。") % {"field": _(BY_NAME[name].label)}, name)
    if not any(name in columns for name in MONEY):
        raise Invalid(_("请至少指明一列金额：应付、实付、商品金额或单价。"), "due")
    if kind == "rows" and not all(name in columns for name in ("title", "price", "pieces")):
        raise Invalid(_("一行一个商品的文件需要商品标题、单价和数量。"), "title")
    if kind not in ("orders", "rows") or platform not in Platform.values:
        raise Invalid(_("请从列表中选择"), "kind")
    if any(state not in State.values for state in states.values()):
        raise Invalid(_("请从列表中选择"), "states")


def _save(by: Actor, name: str, upload: Upload) -> Preset:
    said = upload.mapping
    if Preset.objects.filter(name=name).exists():
        raise Invalid(_("已经有名为「%(name)s」的模板。") % {"name": name}, "save_as")
    try:
        preset = Preset.objects.create(
            name=name,
            headers=[header for header in upload.headers if header],
            mapping=said["columns"],
            states=said["states"],
            kind=said["kind"],
            platform=said["platform"],
            made_by=by.name[:80],
        )
    except IntegrityError:
        raise Invalid(_("已经有名为「%(name)s」的模板。") % {"name": name}, "save_as") from None
    daybook.write(by=by, what="preset.saved", on=preset, change={"mapping": [None, said["columns"]]})
    return preset


@action
def forget(*, by: Actor, preset: Preset) -> None:
    """Delete a preset. Raises NotAllowed without MAPPING_EDIT."""
    if not by.can_somewhere(Power.MAPPING_EDIT):
        by.must(Power.MAPPING_EDIT)
    daybook.write(by=by, what="preset.deleted", on=preset, change={"name": [preset.name, None]})
    Preset.objects.filter(pk=preset.pk).delete()
