"""What waits on the work benches: approvals, parcels that could leave together, numbers typed for shipping."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhanggui.kit.actor import Actor
from zhanggui.orders import changes, duplicates
from zhanggui.orders.models import Change, Concession, Order, TogetherOrder
from zhanggui.orders.queries.detail import dress_change, dress_concession
from zhanggui.orders.queries.filters import shops_of, visible_to
from zhanggui.orders.queries.pages import Row, rows_of
from zhanggui.orders.states import State
from zhanggui.people.powers import Power

MOST = 100
MOST_OFFERS = 50


@dataclass(slots=True)
class Offer:
    """Orders of one shop and one receiver that wait to be shipped."""

    shop_code: str
    receiver: str
    place: str
    rows: list[Row]
    accepted: bool


def concessions_for(actor: Actor) -> list[Concession]:
    """Concessions that this person may decide, the oldest first. One statement."""
    rows = Concession.objects.filter(state=Concession.State.ASKED).select_related("order", "order__shop")
    ids = actor.shops_with(Power.CONCESSION_LEADER)
    if ids is not None:
        rows = rows.filter(order__shop_id__in=sorted(ids))
    return [dress_concession(one) for one in rows.order_by("asked_at", "pk")[:MOST]]


def changes_for(actor: Actor) -> list[Change]:
    """Changes that this person may decide, the oldest first, ready to be shown. One statement."""
    return [dress_change(one) for one in changes.waiting_for(actor)[:MOST]]


def offers_for(actor: Actor, *, at: datetime) -> list[Offer]:
    """What could leave together in the shops where the actor ships: groups accepted, then offered.

    Seven statements.
    """
    mine = actor.shops_with(Power.ORDER_SHIP)
    shops = {shop.pk: shop for shop in shops_of(actor) if mine is None or shop.pk in mine}
    offered = [list(one.order_ids) for one in duplicates.offers(shops, MOST_OFFERS)]
    waiting = TogetherOrder.objects.filter(
        order__shop_id__in=sorted(shops), order__state__in=[State.PAID, State.PART_SHIPPED]
    )
    accepted: dict[int, list[int]] = defaultdict(list)
    for group, pk in waiting.order_by("group_id", "order_id").values_list("group_id", "order_id")[:1000]:
        accepted[group].append(pk)
    wanted = [pk for ids in (*accepted.values(), *offered) for pk in ids]
    shown = {row.id: row for row in rows_of(Order.objects.filter(pk__in=wanted), shops=shops, at=at)}
    return [
        Offer(rows[0].shop_code, rows[0].receiver, rows[0].place, rows, done)
        for many, done in ((accepted.values(), True), (offered, False))
        for ids in many
        if len(rows := [shown[pk] for pk in ids if pk in shown]) > 1
    ]


def orders_numbered(actor: Actor, numbers: Sequence[str]) -> dict[str, list[int]]:
    """Order ids by number, of the shops where the actor may ship. One statement."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = (
        visible_to(actor).of_shops(actor.shops_with(Power.ORDER_SHIP)).filter(number__in=list(set(numbers)))
    )
    for number, pk in rows.values_list("number", "pk"):
        found[number].append(pk)
    return found


def read_pair(line: str) -> dict[str, Any]:
    """One line of the ship bench: order number, waybill, and perhaps a carrier, in that order."""
    parts = [part for part in re.split(r"[\s,，;；|]+", line.strip().strip("'\"=")) if part]
    parts = [part.strip("'\"=") for part in parts]
    return {
        "line": line,
        "number": parts[0] if parts else "",
        "waybill": parts[1] if len(parts) > 1 else "",
        "carrier": " ".join(parts[2:]),
        "result": "refused",
        "message": "",
    }
