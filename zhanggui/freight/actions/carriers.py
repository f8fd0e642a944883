"""Changing what the house knows of a carrier: its names in files, its waybill pattern, whether it is offered."""

from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.freight.actions.tables import Stale
from zhanggui.freight.models import Carrier
from zhanggui.freight.waybills import read_pattern
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid
from zhanggui.people.powers import Power


@action
def edit(
    *, by: Actor, carrier: Carrier, version: int, aliases: Sequence[str], waybill_pattern: str, active: bool
) -> Carrier:
    """Change a carrier for every shop; our data file leaves it alone from then on.

    Raises NotAllowed without FREIGHT_EDIT in all shops, Invalid with the field, Stale.
    """
    by.must(Power.FREIGHT_EDIT)
    pattern = read_pattern(waybill_pattern)
    names = list(dict.fromkeys(name.strip() for name in aliases if name.strip()))
    if any(len(name) > 40 for name in names) or len(names) > 50:
        raise Invalid(_("别名最多 50 个，每个最多 40 字"), "aliases")
    carrier = Carrier.objects.get(pk=carrier.pk)
    before = {
        "aliases": carrier.aliases,
        "waybill_pattern": carrier.waybill_pattern,
        "active": carrier.active,
    }
    after = {"aliases": names, "waybill_pattern": pattern, "active": active}
    won = Carrier.objects.filter(pk=carrier.pk, version=version).update(
        **after, edited=True, version=F("version") + 1
    )
    if not won:
        raise Stale(_("这家快递刚才被别人改过，请看过最新内容再改。"))
    change = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    write(by=by, what="carrier.changed", on=carrier, change=change)
    return Carrier.objects.get(pk=carrier.pk)
