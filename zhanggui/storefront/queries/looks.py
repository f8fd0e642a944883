"""Which look holds, and what the editor lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from zhanggui.kit.actor import Actor
from zhanggui.people.powers import Power
from zhanggui.storefront.models import Asset, Look, Notice


def look_at(shop_id: int, at: datetime) -> Look | None:
    """The look that holds in a shop at a moment: of those published, the one that began last. One statement.

    One without a beginning counts as the oldest, so the day's look covers the everyday one and uncovers it again.
    """
    rows = Look.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=at),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        shop_id=shop_id,
        state=Look.State.READY,
    )
    return rows.order_by(F("starts_at").desc(nulls_last=True), "-pk").first()


def notices_at(shop_id: int, at: datetime) -> list[Notice]:
    """The notices that hang in a shop at a moment, the newest first. One statement."""
    rows = Notice.objects.filter(
        Q(starts_at__isnull=True) | Q(starts_at__lte=at),
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        shop_id=shop_id,
    )
    return list(rows.order_by(F("starts_at").desc(nulls_last=True), "-pk")[:10])


def visible_to(actor: Actor) -> "QuerySet[Look]":
    """The looks an actor may edit. No statement by itself."""
    shops = actor.shops_with(Power.SHOPFRONT_EDIT)
    rows = Look.objects.exclude(state=Look.State.DROPPED).select_related("shop")
    return rows if shops is None else rows.filter(shop_id__in=sorted(shops))


@dataclass(frozen=True, slots=True)
class Row:
    """A look in the list. `holds`: buyers see it now. `covers`: names of published looks whose time meets its own."""

    look: Look
    holds: bool
    covers: tuple[str, ...]


def looks_of(shop_id: int, at: datetime) -> list[Row]:
    """The looks of a shop by time, those without a beginning first, with overlaps. Two statements."""
    rows = list(
        Look.objects.filter(shop_id=shop_id)
        .exclude(state=Look.State.DROPPED)
        .order_by(F("starts_at").asc(nulls_first=True), "pk")
    )
    now = look_at(shop_id, at)
    return [Row(look, now is not None and look.pk == now.pk, _covers(look, rows)) for look in rows]


def _covers(look: Look, rows: Sequence[Look]) -> tuple[str, ...]:
    if look.state != Look.State.READY:
        return ()
    others = [row for row in rows if row.state == Look.State.READY and row.pk != look.pk]
    return tuple(row.name for row in others if _meet(look, row))


def _meet(one: Look, other: Look) -> bool:
    begins_before_end = other.ends_at is None or one.starts_at is None or one.starts_at < other.ends_at
    ends_after_begin = one.ends_at is None or other.starts_at is None or other.starts_at < one.ends_at
    return begins_before_end and ends_after_begin


def assets_of(shop_id: int, use: str = "") -> list[Asset]:
    """The pictures in a shop's space, the newest first. One statement."""
    rows = Asset.objects.filter(shop_id=shop_id, dropped_at__isnull=True).order_by("-pk")
    return list(rows.filter(use=use) if use else rows)
