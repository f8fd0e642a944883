"""Flat amounts on top: for a courier, for regions, or as the fallback of a courier without a table (C6, C7)."""

from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.freight.actions.tables import Stale
from zhanggui.freight.limits import MOST_FEE_FEN
from zhanggui.freight.models import Carrier, Surcharge
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


@dataclass(frozen=True, slots=True)
class Values:
    """A surcharge as the form gives it. `carrier` code or "" for every courier; no regions: everywhere."""

    name: str
    carrier: str
    regions: tuple[str, ...]
    fee_fen: int
    active: bool = True
    fallback_only: bool = False
    why: str = ""


@action
def add(*, by: Actor, shop: Shop, values: Values) -> Surcharge:
    """Add a surcharge to a shop. Raises NotAllowed without FREIGHT_EDIT, Invalid with the field."""
    by.must(Power.FREIGHT_EDIT, shop_id=shop.pk)
    row = Surcharge(shop=shop, **_columns(values))
    row.save()
    write(by=by, what="surcharge.made", on=row, change={k: [None, v] for k, v in _picture(row).items()})
    ring(f"shop:{shop.pk}", "freight:surcharges")
    return row


@action
def edit(*, by: Actor, surcharge: Surcharge, version: int, values: Values) -> Surcharge:
    """Change a surcharge. Raises NotAllowed, Invalid, Stale when somebody else was faster."""
    by.must(Power.FREIGHT_EDIT, shop_id=surcharge.shop_id)
    columns = _columns(values)
    row = _claim(surcharge, version)
    before = _picture(row)
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    after = _picture(row)
    change = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    write(by=by, what="surcharge.changed", on=row, change=change)
    ring(f"shop:{row.shop_id}", "freight:surcharges")
    return row


@action
def delete(*, by: Actor, surcharge: Surcharge, version: int) -> None:
    """Delete a surcharge. Raises NotAllowed, Stale."""
    by.must(Power.FREIGHT_EDIT, shop_id=surcharge.shop_id)
    row = _claim(surcharge, version)
    write(by=by, what="surcharge.deleted", on=row, change={k: [v, None] for k, v in _picture(row).items()})
    ring(f"shop:{row.shop_id}", "freight:surcharges")
    row.delete()


def _claim(surcharge: Surcharge, version: int) -> Surcharge:
    if not Surcharge.objects.filter(pk=surcharge.pk, version=version).update(version=F("version") + 1):
        raise Stale(_("这条附加费刚才被别人改过或删除了，请看过最新内容再改。"))
    return Surcharge.objects.select_related("carrier").get(pk=surcharge.pk)


def _columns(values: Values) -> dict[str, object]:
    if not values.name.strip() or len(values.name) > 60:
        raise Invalid(_("请填写名称（最多 60 字）"), "name")
    if not 0 < values.fee_fen <= MOST_FEE_FEN:
        raise Invalid(_("金额要在 0.01 到 999.99 元之间"), "fee")
    if bad := [code for code in values.regions if not regions.known(code)]:
        raise Invalid(_("没有这个地区：%(code)s") % {"code": bad[0]}, "regions")
    carrier = Carrier.objects.filter(code=values.carrier).first() if values.carrier else None
    if values.carrier and carrier is None:
        raise Invalid(_("没有这家快递：%(code)s") % {"code": values.carrier}, "carrier")
    if values.fallback_only and carrier is None:
        raise Invalid(_("兜底加收要选定一家快递"), "carrier")
    return {
        "name": values.name.strip(),
        "carrier": carrier,
        "regions": list(values.regions),
        "fee_fen": values.fee_fen,
        "active": values.active,
        "fallback_only": values.fallback_only,
        "why": values.why[:60],
    }


def _picture(row: Surcharge) -> dict[str, object]:
    return {
        "name": row.name,
        "carrier": row.carrier.code if row.carrier else "",
        "regions": row.regions,
        "fee_fen": row.fee_fen,
        "active": row.active,
        "fallback_only": row.fallback_only,
    }
