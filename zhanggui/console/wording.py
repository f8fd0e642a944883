"""How values of the daybook are read that belong to rooms below: shops, people, freight, exports, settings."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.freight.models import Template
from zhanggui.journal import telling
from zhanggui.journal.telling import Column
from zhanggui.journal.words import column_of
from zhanggui.orders.queries.filters import worded
from zhanggui.people.models import Department
from zhanggui.shops.models import Kind, Platform
from zhanggui.shops.policies import Policy, all_policies

_CHOICES: dict[str, Mapping[Any, Any]] = {
    "kind": {**dict(Kind.choices), "orders": N_("订单"), "shipping": N_("发货单")},
    "platform": dict(Platform.choices),
    "department": dict(Department.choices),
    "main": dict(Department.choices),
    "valuation": dict(Template.Valuation.choices),
}


def _policy(name: str) -> Policy | None:
    return next((one for one in all_policies() if one.name == name), None)


def _read(name: str, before: Any, after: Any) -> Column | None:
    policy = _policy(name) if "." in name else None
    if policy is not None:
        return Column(name, _(policy.label), *(_set_to(policy, value) for value in (before, after)))
    if name.startswith("zone "):
        zone = _("地区行「%(name)s」") % {"name": name.removeprefix("zone ")}
        return Column(name, zone, *(_zone(value) for value in (before, after)))
    if name == "mapping":
        return Column(name, column_of(name), *(_many(value) for value in (before, after)))
    return None


def _set_to(policy: Policy, value: Any) -> str:
    if value is None:
        return telling.NOTHING
    if policy.kind == "bool":
        return _("是") if value else _("否")
    chosen = next((label for code, label in policy.choices if code == value), None)
    if chosen is not None:
        return _(str(chosen))
    if policy.kind == "fen":
        return telling.said("fee_fen", value)
    if policy.kind == "list" and isinstance(value, list):
        labels = {code: _(str(label)) for code, label in policy.choices}
        return "、".join(labels.get(part, str(part)) for part in value)
    unit = _(policy.shown_unit) if policy.shown_unit else ""
    return f"{policy.write(value)} {unit}".strip()


def _zone(value: Any) -> str:
    if not isinstance(value, dict):
        return telling.NOTHING
    first, add = value.get("first") or [None, None], value.get("add") or [None, None]
    where = telling.said("regions", value.get("regions"))
    fees = [telling.said("fee_fen", fee) for fee in (first[1], add[1])]
    return _("%(where)s：首 %(first)s，续 %(add)s") % {"where": where, "first": fees[0], "add": fees[1]}


def _many(value: Any) -> str:
    return telling.NOTHING if not value else _("%(many)s 列") % {"many": len(value)}


def _said(column: str, value: Any) -> str | None:
    if column == "filter" and isinstance(value, dict):
        return worded(value)
    choices = _CHOICES.get(column)
    if choices is None or not isinstance(value, str) or value not in choices:
        return None
    return _(str(choices[value]))


telling.read_with(_read)
telling.say_with(_said)
