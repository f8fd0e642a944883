"""What pages and other rooms ask about shops."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound
from zhanggui.people.powers import Power
from zhanggui.people.scopes import Scope
from zhanggui.shops.models import Setting, Shop
from zhanggui.shops.policies import Policy, all_policies


def visible_to(actor: Actor, power: str = Power.SHOP_SEE) -> "QuerySet[Shop]":
    """The shops in which the actor has the power, by code. No statement by itself."""
    shops = actor.shops_with(power)
    rows = Shop.objects.select_related("merchant").order_by("code")
    return rows if shops is None else rows.filter(pk__in=sorted(shops))


def open_to(actor: Actor, power: str) -> "QuerySet[Shop]":
    """The shops that are not closed in which the actor has the power, by code. No statement by itself."""
    return visible_to(actor, power).filter(closed_at__isnull=True)


def shop_by_code(code: str, *, actor: Actor, power: str = Power.SHOP_SEE) -> Shop:
    """The shop of that code, whatever its case. Raises NotFound also for a shop that the actor may not see, so
    that nobody learns whether it exists. One statement.
    """
    shop = visible_to(actor, power).filter(code__iexact=code.strip()).first() if "\0" not in code else None
    if shop is None:
        raise NotFound(_("没有这个店铺。"))
    return shop


def all_scopes() -> list[Scope]:
    """Every shop as the room of people needs it. One statement."""
    return [Scope(*row) for row in Shop.objects.order_by("code").values_list("pk", "code", "name")]


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One policy on a shop's page of settings.

    `value`: what holds today; `own`: the shop's setting that says so, None when it is the default; `coming`:
    settings of later days, the next first; `text` is the value as the form shows it.
    """

    policy: Policy
    value: Any
    text: str
    default_text: str
    own: Setting | None
    coming: list[tuple[Setting, str]]

    @property
    def differs(self) -> bool:
        """Whether the shop goes its own way today."""
        return self.own is not None and self.text != self.default_text


def settings_of(shop: Shop, on: date) -> list[tuple[str, list[SettingRow]]]:
    """Every declared policy of a shop by section, with what holds on a day and what comes. One statement."""
    own: dict[str, Setting] = {}
    coming: dict[str, list[Setting]] = {}
    for row in Setting.objects.filter(shop=shop).order_by("since", "set_at"):
        if row.since <= on:
            own[row.name] = row
        else:
            coming.setdefault(row.name, []).append(row)
    sections: dict[str, list[SettingRow]] = {}
    for policy in all_policies():
        mine = own.get(policy.name)
        default = policy.of_nobody(shop)
        value = mine.value if mine else default
        later = [(row, policy.write(row.value)) for row in coming.get(policy.name, [])]
        sections.setdefault(policy.section, []).append(
            SettingRow(policy, value, policy.write(value), policy.write(default), mine, later)
        )
    return list(sections.items())
