"""A shop's own values for policies, each from a day on."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.events import SettingChanged
from zhanggui.shops.models import Setting, Shop
from zhanggui.shops.policies import all_policies, pairs_of, policy, value


@action
def set_value(
    *, by: Actor, shop: Shop, name: str, text: str, since: date, at: datetime, reason: str = ""
) -> Setting:
    """Let a value hold from a day on, today or later; what held on past days stays what it was.

    `text`: as the form has it (`Policy.read`). Raises NotAllowed without SHOP_EDIT in the shop, NotFound for an
    undeclared name, Invalid (its field is the policy's name, or "since").
    """
    by.must(Power.SHOP_EDIT, shop_id=shop.pk)
    if name not in {declared.name for declared in all_policies()}:
        raise NotFound(_("没有这个设置。"))
    new = policy(name).read(text)
    today = day_of(at)
    if since < today:
        raise Invalid(_("生效日期不能早于今天：过去的订单按当时的设置处理。"), "since")
    if (since - today).days > 730:
        raise Invalid(_("生效日期最远两年以内。"), "since")
    _must_pair(shop, name, new, since)
    before = value(name, shop, since)
    row, _made = Setting.objects.update_or_create(
        shop=shop,
        name=name,
        since=since,
        defaults={
            "value": new,
            "set_by": f"{by.work_no} {by.name}".strip(),
            "set_at": at,
            "reason": reason[:200],
        },
    )
    write(
        by=by,
        what="setting.set",
        kind="shop",
        object_id=shop.pk,
        shop_id=shop.pk,
        change={name: [before, new], "since": [None, since]},
        reason=reason,
    )
    announce(SettingChanged(shop.pk, name, since, by.staff_id))
    ring(f"shop:{shop.pk}", f"setting:{name}")
    return row


def _must_pair(shop: Shop, name: str, new: Any, since: date) -> None:
    """Raise Invalid when a least would be above its most on a day on which the new value holds."""
    for lower, upper in pairs_of(name):
        other = upper if lower.name == name else lower
        rows = Setting.objects.filter(shop=shop, since__gt=since)
        after = rows.filter(name=name).order_by("since").values_list("since", flat=True).first()
        coming = (
            rows.filter(name=other.name) if after is None else rows.filter(name=other.name, since__lt=after)
        )
        for told in (value(other.name, shop, since), *coming.values_list("value", flat=True)):
            least, most = (new, told) if lower.name == name else (told, new)
            if least > most:
                raise Invalid(
                    _("「%(least)s」是 %(from)s，不能大于「%(most)s」的 %(to)s。")
                    % {
                        "least": _(lower.label),
                        "from": lower.write(least),
                        "most": _(upper.label),
                        "to": upper.write(most),
                    },
                    name,
                )


@action
def drop_coming(*, by: Actor, shop: Shop, setting: Setting, at: datetime) -> None:
    """Take back a value that does not hold yet. Raises NotAllowed; NotNow when its day has come."""
    by.must(Power.SHOP_EDIT, shop_id=shop.pk)
    if setting.since <= day_of(at):
        raise NotNow(_("这个值已经生效，请改设新值。"))
    if not Setting.objects.filter(pk=setting.pk, shop=shop, since__gt=day_of(at)).delete()[0]:
        raise NotFound(_("没有这个设置。"))
    write(
        by=by,
        what="setting.dropped",
        kind="shop",
        object_id=shop.pk,
        shop_id=shop.pk,
        change={setting.name: [setting.value, None], "since": [setting.since, None]},
    )
    announce(SettingChanged(shop.pk, setting.name, setting.since, by.staff_id))
