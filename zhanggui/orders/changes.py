"""Changes asked for: their kinds, and asking about those that wait. An open one blocks shipping."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import QuerySet

from zhanggui.kit.actor import Actor
from zhanggui.kit.sealed import unseal
from zhanggui.orders.models import Change
from zhanggui.people.powers import Power


class Kind(models.TextChoices):
    """What may be asked for."""

    RECEIVER = "receiver", "修改收件人"
    ARTICLE = "article", "换规格"
    CANCEL = "cancel", "取消订单"
    CARRIER = "carrier", "更换快递"
    WISH = "wish", "特殊要求"


WISHES: dict[str, tuple[str, str]] = {
    "invoice": ("发票", "发票抬头"),
    "card": ("贺卡", "贺卡内容"),
    "slot": ("送货时间", "送货时间段"),
    "courier": ("快递", "指定的快递"),
    "other": ("其他", "要求"),
}
"""S4-12: a special wish, its label and the label of the text that it needs."""


def open_for(order_ids: Sequence[int]) -> dict[int, list[str]]:
    """Order id -> kinds of the changes that still wait for a decision. One statement."""
    found: dict[int, list[str]] = {}
    rows = Change.objects.filter(order_id__in=list(order_ids), state=Change.State.ASKED).order_by("pk")
    for order, kind in rows.values_list("order_id", "kind"):
        found.setdefault(order, []).append(kind)
    return found


def waiting_for(actor: Actor) -> QuerySet[Change]:
    """The changes that this person may decide, the oldest first, with their orders."""
    rows = Change.objects.filter(state=Change.State.ASKED).select_related("order", "order__shop")
    shops = actor.shops_with(Power.CHANGE_DECIDE)
    if shops is not None:
        rows = rows.filter(order__shop_id__in=sorted(shops))
    return rows.order_by("pk")


def asked_by(staff_id: int) -> QuerySet[Change]:
    """A person's own requests, the newest first: where the asker sees what came of them."""
    return Change.objects.filter(staff_id=staff_id).select_related("order", "order__shop").order_by("-pk")


def wanted_of(change: Change) -> dict[str, Any]:
    """What is wanted, opened. A receiver's is personal data: for `actions.changes`, or after a reveal."""
    values: dict[str, Any] = json.loads(unseal(change.sealed, about="change"))
    return values


def shown(change: Change) -> dict[str, Any]:
    """What is wanted as a page may show it: a receiver only down to its district, wishes in their words."""
    wanted = wanted_of(change)
    if change.kind != Kind.RECEIVER:
        return wanted
    return {name: wanted.get(name, "") for name in ("province", "city", "district")}
