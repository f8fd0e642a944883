"""Making, changing, copying and deleting a shop's freight tables. Every change raises the version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.freight.limits import Header, check_free, check_header, check_zones
from zhanggui.freight.models import Carrier, FreeRule, Template, Zone
from zhanggui.freight.rules import FreeRow, ZoneRow
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop


class Stale(NotNow):
    """Somebody changed the thing since the page was read; nothing was overwritten."""

    code = "stale"


@action
def create(*, by: Actor, shop: Shop, header: Header, at: datetime) -> Template:
    """Make an empty table; the first one of its carrier and place is the default.

    Raises NotAllowed without FREIGHT_EDIT, Invalid when the head breaks a limit or the name is taken.
    """
    by.must(Power.FREIGHT_EDIT, shop_id=shop.pk)
    check_header(header)
    template = _make(shop, header, at)
    write(by=by, what="freight.made", on=template, change={"name": [None, header.name]})
    ring(f"shop:{shop.pk}", f"freight:{template.pk}")
    return template


@action
def edit(
    *,
    by: Actor,
    template: Template,
    version: int,
    header: Header,
    zones: Sequence[ZoneRow],
    free: Sequence[FreeRow],
    at: datetime,
) -> Template:
    """Write the whole table as the page shows it: its head, all its rows, all its free-shipping conditions.

    `version`: what the page had read. The ids of rows are not looked at. Raises NotAllowed, Invalid (with the
    field), Stale when somebody else was faster, NotNow when the change would leave the default's place taken.
    """
    by.must(Power.FREIGHT_EDIT, shop_id=template.shop_id)
    check_header(header)
    check_zones(zones, header.valuation)
    check_free(free)
    fresh = _claim(template, version, at)
    before = _picture(fresh)
    carrier = _carrier(header.carrier)
    place = (carrier.pk if carrier else None, header.ships_from)
    moved = (fresh.carrier_id, fresh.ships_from) != place
    fresh.name, fresh.carrier, fresh.ships_from = header.name.strip(), carrier, header.ships_from
    fresh.valuation, fresh.seller_pays = header.valuation, header.seller_pays
    if moved:
        fresh.is_default = not _default_taken(fresh)
    _save(fresh)
    fresh.zones.all().delete()
    fresh.free_rules.all().delete()
    Zone.objects.bulk_create(_zone(fresh, row, position) for position, row in enumerate(zones))
    FreeRule.objects.bulk_create(_free(fresh, row, position) for position, row in enumerate(free))
    after = _picture(fresh)
    change: dict[str, list[Any]] = {"version": [version, version + 1]}
    change |= {
        name: [before.get(name), after.get(name)]
        for name in (*before, *(name for name in after if name not in before))
        if before.get(name) != after.get(name)
    }
    write(by=by, what="freight.changed", on=fresh, change=change)
    ring(f"shop:{fresh.shop_id}", f"freight:{fresh.pk}")
    return fresh


@action
def make_default(*, by: Actor, template: Template, version: int, at: datetime) -> Template:
    """Let quotes use this table where several stand for one carrier and place."""
    by.must(Power.FREIGHT_EDIT, shop_id=template.shop_id)
    fresh = _claim(template, version, at)
    others = Template.objects.filter(
        shop=fresh.shop_id, carrier=fresh.carrier_id, ships_from=fresh.ships_from, is_default=True
    ).exclude(pk=fresh.pk)
    left = list(others.values_list("name", flat=True))
    others.update(is_default=False, version=F("version") + 1)
    Template.objects.filter(pk=fresh.pk).update(is_default=True)
    fresh.is_default = True
    write(
        by=by, what="freight.default", on=fresh, change={"default": [left[0] if left else None, fresh.name]}
    )
    ring(f"shop:{fresh.shop_id}", f"freight:{fresh.pk}")
    return fresh


@action
def delete(*, by: Actor, template: Template, version: int, at: datetime) -> None:
    """Delete a table. A default one goes only when no other stands behind it for its carrier and place."""
    by.must(Power.FREIGHT_EDIT, shop_id=template.shop_id)
    fresh = _claim(template, version, at)
    others = Template.objects.filter(
        shop=fresh.shop_id, carrier=fresh.carrier_id, ships_from=fresh.ships_from
    ).exclude(pk=fresh.pk)
    if fresh.is_default and others.exists():
        raise NotNow(_("这是默认运费表，请先把另一张设为默认，再删除它。"))
    write(
        by=by,
        what="freight.deleted",
        on=fresh,
        change={name: [value, None] for name, value in _picture(fresh).items()},
    )
    ring(f"shop:{fresh.shop_id}", f"freight:{fresh.pk}")
    fresh.delete()


@action
def clone(*, by: Actor, template: Template, shop: Shop, name: str, at: datetime) -> Template:
    """Copy a table within its shop or into another one that the actor may edit; it ships from where it did.

    Raises NotAllowed without FREIGHT_SEE at the source and FREIGHT_EDIT at the target, Invalid for the name.
    """
    by.must(Power.FREIGHT_SEE, shop_id=template.shop_id)
    by.must(Power.FREIGHT_EDIT, shop_id=shop.pk)
    carrier = template.carrier.code if template.carrier else ""
    header = Header(name, carrier, template.ships_from, template.valuation, template.seller_pays)
    check_header(header)
    copy = _make(shop, header, at)
    zones = list(template.zones.order_by("position", "pk"))
    rules = list(template.free_rules.order_by("position", "pk"))
    for zone in zones:
        zone.pk, zone.template = None, copy
    for rule in rules:
        rule.pk, rule.template = None, copy
    Zone.objects.bulk_create(zones)
    FreeRule.objects.bulk_create(rules)
    write(
        by=by,
        what="freight.made",
        on=copy,
        change={"name": [None, copy.name], "copied from": [None, f"{template.shop.code} {template.name}"]},
    )
    ring(f"shop:{shop.pk}", f"freight:{copy.pk}")
    return copy


def _make(shop: Shop, header: Header, at: datetime) -> Template:
    template = Template(
        shop=shop,
        carrier=_carrier(header.carrier),
        name=header.name.strip(),
        ships_from=header.ships_from,
        valuation=header.valuation,
        seller_pays=header.seller_pays,
        changed_at=at,
    )
    # The shop's row is the queue in which tables of one shop become the default.
    Shop.objects.select_for_update().get(pk=shop.pk)
    template.is_default = not _default_taken(template)
    _save(template)
    return template


def _save(template: Template) -> None:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as trouble:
        if "template_name_once" not in str(trouble):
            raise
        raise Invalid(_("本店已有一张叫「%(name)s」的运费表") % {"name": template.name}, "name") from None


def _default_taken(template: Template) -> bool:
    return (
        Template.objects.filter(
            shop=template.shop_id,
            carrier=template.carrier_id,
            ships_from=template.ships_from,
            is_default=True,
        )
        .exclude(pk=template.pk)
        .exists()
    )


def _claim(template: Template, version: int, at: datetime) -> Template:
    """Take the row if it still has the version that was read: two editors, one winner."""
    won = Template.objects.filter(pk=template.pk, version=version).update(
        version=F("version") + 1, changed_at=at
    )
    if not won:
        raise Stale(_("这张运费表刚才被别人改过或删除了，请看过最新内容再改。"))
    return Template.objects.select_related("carrier").get(pk=template.pk)


def _carrier(code: str) -> Carrier | None:
    if not code:
        return None
    found = Carrier.objects.filter(code=code).first()
    if found is None:
        raise Invalid(_("没有这家快递：%(code)s") % {"code": code}, "carrier")
    return found


def _zone(template: Template, row: ZoneRow, position: int) -> Zone:
    return Zone(
        template=template,
        name=row.name.strip(),
        regions=list(row.regions),
        first_standard=row.first_standard,
        first_fen=row.first_fen,
        add_standard=row.add_standard,
        add_fen=row.add_fen,
        ask_first=row.ask_first,
        why=row.why,
        position=position,
    )


def _free(template: Template, row: FreeRow, position: int) -> FreeRule:
    return FreeRule(
        template=template,
        regions=list(row.regions),
        pieces=row.pieces,
        amount_fen=row.amount_fen,
        within=row.within,
        position=position,
    )


def _picture(template: Template) -> dict[str, Any]:
    """The table as plain values for the daybook: the head, and one entry per row."""
    picture: dict[str, Any] = {
        "name": template.name,
        "carrier": template.carrier.code if template.carrier else "",
        "ships_from": template.ships_from,
        "valuation": template.valuation,
        "seller_pays": template.seller_pays,
    }
    for zone in template.zones.order_by("position", "pk"):
        picture[f"zone {zone.name}"] = {
            "regions": zone.regions,
            "first": [zone.first_standard, zone.first_fen],
            "add": [zone.add_standard, zone.add_fen],
            "ask_first": zone.ask_first,
            "why": zone.why,
        }
    for at, rule in enumerate(template.free_rules.order_by("position", "pk"), 1):
        picture[f"free {at}"] = {
            "regions": rule.regions,
            "pieces": rule.pieces,
            "amount_fen": rule.amount_fen,
            "within": rule.within,
        }
    return picture
