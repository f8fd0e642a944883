"""What the daybook says about a table, in words: which head or row changed from what to what."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhanggui.freight.models import Template
from zhanggui.freight.wording import measure
from zhanggui.journal.models import Entry
from zhanggui.kit import regions
from zhanggui.kit.money import yuan


@dataclass(frozen=True, slots=True)
class Told:
    """One change of one thing."""

    name: str
    before: str
    after: str


def told(entry: Entry, valuation: str) -> list[Told]:
    """The changes that a daybook line about a table holds; `valuation` tells the unit of its standards."""
    found = []
    for key, (before, after) in entry.change.items():
        if key != "version":
            found.append(Told(_label(key), _words(key, before, valuation), _words(key, after, valuation)))
    return found


def _label(key: str) -> str:
    if key.startswith("zone "):
        return key.removeprefix("zone ")
    if key.startswith("free "):
        return _("包邮条件 %(n)s") % {"n": key.removeprefix("free ")}
    return {
        "name": _("名称"),
        "carrier": _("快递"),
        "ships_from": _("发货城市"),
        "valuation": _("计费方式"),
        "seller_pays": _("卖家包邮"),
        "zones": _("行数"),
        "default": _("默认"),
        "copied from": _("复制自"),
    }.get(key, key)


def _words(key: str, value: Any, valuation: str) -> str:
    if isinstance(value, dict):
        return _zone(value, valuation) if "first" in value else _free(value, valuation)
    if value is None or value == "":
        return _("普通快递") if key == "carrier" and value == "" else "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if key == "ships_from":
        return regions.full_name(str(value))
    if key == "valuation" and value in Template.Valuation.values:
        return _(Template.Valuation(value).label)
    return str(value)


def _zone(row: dict[str, Any], valuation: str) -> str:
    where = regions.write_list(row["regions"])
    if row["ask_first"]:
        return f"{where} · {_('先问价')}"
    (first, fee), (step, each) = row["first"], row["add"]
    add = _("续费未定义") if step is None else f"+{measure(step, valuation)} ¥{yuan(each)}"
    return f"{where} · {measure(first, valuation)} ¥{yuan(fee)} {add}"


def _free(row: dict[str, Any], valuation: str) -> str:
    parts = [regions.write_list(row["regions"]) or _("所有地区")]
    if row["pieces"]:
        parts.append(ngettext("满 %(n)s 件", "满 %(n)s 件", row["pieces"]) % {"n": row["pieces"]})
    if row["amount_fen"]:
        parts.append(_("满 ¥%(n)s") % {"n": yuan(row["amount_fen"])})
    if row["within"]:
        by = "weight" if valuation == "pieces" else valuation
        parts.append(_("%(n)s 以内") % {"n": measure(row["within"], by)})
    return " · ".join(parts)
