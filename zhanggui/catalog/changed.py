"""What changed of a product, said in the words of its form: label, before, after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.catalog.models import Product

LABELS = {
    "title": "标题",
    "code": "商家编码",
    "classification_id": "类目",
    "model": "型号",
    "brand": "品牌",
    "copy": "卖点",
    "description": "商品描述",
    "virtual": "虚拟商品（不发货）",
    "hold": "减库存方式",
    "role": "商品角色",
    "postage_included": "价格含邮费吗",
    "instalments": "支持分期付款（不能用红包）",
    "pictures": "图片",
    "size_guide": "尺码表",
    "video": "视频",
}
"""Column → label of the form, a message id."""
_CHOICES: dict[str, dict[Any, Any]] = {
    "hold": dict(Product.Hold.choices),
    "role": dict(Product.Role.choices),
    "postage_included": {True: "已含邮费（包邮）", False: "不含邮费", None: "未说明"},
}
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One field: its label and what stood in it before and after, translated. Both "" where only the fact is told."""

    label: str
    before: str = ""
    after: str = ""


def changes(change: Mapping[str, Any]) -> list[Told]:
    """A line of the daybook about a product; what names no field of the product changed its SKUs."""
    found: list[Told] = []
    for name, (before, after) in ((name, pair) for name, pair in change.items() if name != "version"):
        if name == "attributes":
            was, now = before or {}, after or {}
            found += [
                Told(one, _said("", was.get(one)), _said("", now.get(one)))
                for one in {**was, **now}
                if was.get(one) != now.get(one)
            ]
        elif name == "classification_id":
            found.append(Told(_(LABELS[name])))
        else:
            found.append(
                Told(_(LABELS[name]) if name in LABELS else name, _said(name, before), _said(name, after))
            )
    return found or [Told(_("规格与价格"))]


def _said(name: str, value: Any) -> str:
    if name in _CHOICES:
        return str(_(str(_CHOICES[name].get(value) or "—")))
    if name == "description":
        return _("%(many)s 字") % {"many": value}
    if name == "size_guide":
        return _("%(many)s 行") % {"many": value}
    if name == "pictures":
        return _("%(many)s 张") % {"many": value}
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)[:MOST_SHOWN] if value not in (None, "") else "—"
