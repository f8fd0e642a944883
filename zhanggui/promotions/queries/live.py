"""What the price calculation needs from the database: live offers, the buyer's uses, red packets. Four statements."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from zhanggui.kit.clock import CHINA
from zhanggui.kit.prepared import Rows
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions.models import Coupon, Offer, RedPacket, Share, Use
from zhanggui.promotions.newcomers import is_new
from zhanggui.promotions.pricing import values
from zhanggui.promotions.states import RUNNING
from zhanggui.promotions.terms import ShareLeft, value_of

# Written by hand: every page with a price asks it, and the same through the ORM takes twice as long.
_LIVE = Rows(
    Offer,
    "WHERE t.merchant_id = %s AND t.shop_ids && %s::bigint[] AND t.state = ANY(%s::text[]) "
    "AND t.starts_at <= %s AND t.ends_at > %s ORDER BY t.id",
    also={
        "shares_left": "(SELECT jsonb_agg(jsonb_build_object('sku', s.sku_id, 'left', s.pieces - s.used, "
        "'title', p.title, 'cost', k.cost_fen) ORDER BY s.sku_id)::text FROM promotions_share s "
        "LEFT JOIN catalog_sku k ON k.id = s.sku_id AND t.kind IN ('gift', 'buy_get') "
        "LEFT JOIN catalog_product p ON p.id = k.product_id WHERE s.offer_id = t.id)",
        "held": "(SELECT count(*) FROM promotions_coupon c WHERE c.offer_id = t.id AND c.state = 'free' "
        "AND c.good_from <= %s AND c.good_until > %s AND c.buyer_id = %s::bigint)",
    },
)


def offers_for(
    merchant_id: int, shop_ids: Collection[int], *, at: datetime, buyer_id: int | None
) -> dict[int, tuple[values.Offer, ...]]:
    """The offers that are live at a moment, by shop: approved, begun, not over, not stopped. One statement.

    With what is left of their times, budget and stock shares, and how many coupons of each the buyer could use
    now. Coupons are told even when the buyer holds none, so that the page can offer to take one. A row that cannot be
    read is left out: one spoiled offer must not close the shop (`actions.unreadable` tells of it).
    """
    wanted = (at, at, buyer_id, merchant_id, sorted(set(shop_ids)), list(RUNNING), at, at)
    found: dict[int, list[values.Offer]] = {shop_id: [] for shop_id in shop_ids}
    for row in _LIVE(*wanted):
        left: str | None = row.shares_left  # type: ignore[attr-defined]
        offer = _sound(row, json.loads(left) if left else [])
        if offer is None:
            continue
        for shop_id in row.shop_ids:
            if shop_id in found:
                found[shop_id].append(offer)
    return {shop_id: tuple(offers) for shop_id, offers in found.items()}


def with_left(at: datetime, buyer_id: int | None = None):  # type: ignore[no-untyped-def]
    """Offers annotated with what `as_values` reads: stock shares left and the buyer's free coupons. No statement."""
    shares = (
        Share.objects.filter(offer=OuterRef("pk"))
        .order_by("sku_id")
        .values(
            share=JSONObject(
                sku="sku_id",
                left=F("pieces") - F("used"),
                title="sku__product__title",
                cost="sku__cost_fen",
            )
        )
    )
    held: Subquery | Value = Value(0)
    if buyer_id is not None:
        held = Subquery(
            usable_coupons(at)
            .filter(buyer_id=buyer_id, offer=OuterRef("pk"))
            .order_by()
            .values("offer")
            .annotate(many=Count("pk"))
            .values("many")
        )
    return Offer.objects.annotate(
        share_rows=ArraySubquery(shares), held=Coalesce(held, Value(0), output_field=IntegerField())
    )


def usable_coupons(at: datetime):  # type: ignore[no-untyped-def]
    """Coupons in purses that may be used at the moment: from `good_from` (included) to `good_until` (not)."""
    return Coupon.objects.filter(state=Coupon.State.FREE, good_from__lte=at, good_until__gt=at)


def as_values(rows: Iterable[Offer]) -> list[values.Offer]:
    """Offers read through `with_left` as the calculation reads them, whatever their state; without those that cannot
    be read any more. No statement but that of the rows."""
    found = (_sound(row, row.share_rows) for row in rows)  # type: ignore[attr-defined]
    return [offer for offer in found if offer is not None]


def _sound(row: Offer, left: Iterable[Mapping[str, Any]]) -> values.Offer | None:
    try:
        return _value(row, left)
    except Invalid:
        return None


def _value(row: Offer, left: Iterable[Mapping[str, Any]]) -> values.Offer:
    shares = [ShareLeft(one["sku"], one["left"], one["title"] or "", one["cost"]) for one in left]
    return value_of(row, shares=shares, held=row.held)  # type: ignore[attr-defined]


def buyer(buyer_id: int | None, offers: Iterable[values.Offer], *, shop_ids: Collection[int]) -> values.Buyer:
    """Who buys: the member level and how often each of these offers was used. One statement; a second one when an
    offer among them is for first orders only. Nobody (None): no statement.
    """
    if buyer_id is None:
        return values.Buyer()
    offers = list(offers)
    counted = sorted({offer.id for offer in offers if offer.per_buyer is not None or offer.first_order_only})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.level, (SELECT coalesce(jsonb_object_agg(u.offer_id, u.times), '{}'::jsonb) FROM ("
            "SELECT offer_id, sum(times) AS times FROM promotions_use WHERE buyer_id = b.id "
            "AND offer_id = ANY(%s::bigint[]) AND state <> 'back' GROUP BY offer_id) u) "
            "FROM customers_buyer b WHERE b.id = %s",
            [counted, buyer_id],
        )
        row = cursor.fetchone()
    if row is None:
        return values.Buyer(id=buyer_id)
    used = as_json(row[1])
    new = any(offer.first_order_only for offer in offers) and is_new(buyer_id, shop_ids)
    return values.Buyer(
        id=buyer_id, level=row[0], first_order=new, used={int(pk): int(times) for pk, times in used.items()}
    )


def packets(buyer_id: int | None, *, at: datetime, shop_id: int | None = None) -> tuple[values.Packet, ...]:
    """The buyer's red packets that can be used at the moment, the one that ends first in front. One statement.

    Without a shop only those that hold in every shop of the merchant; for several shops see `packets_by_shop`.
    """
    if buyer_id is None:
        return ()
    everywhere = Q(issue__shop_ids=[])
    rows = usable_packets(at).filter(buyer_id=buyer_id)
    rows = rows.filter(everywhere if shop_id is None else everywhere | Q(issue__shop_ids__contains=[shop_id]))
    return tuple(_packet(row) for row in rows)


def packets_by_shop(
    buyer_id: int | None, shop_ids: Collection[int], *, at: datetime
) -> Mapping[int, tuple[values.Packet, ...]]:
    """The buyer's red packets that can be used at the moment in each of these shops. One statement."""
    found: dict[int, list[values.Packet]] = defaultdict(list)
    if buyer_id is not None:
        for row in usable_packets(at).filter(buyer_id=buyer_id).annotate(shops=F("issue__shop_ids")):
            for shop_id in shop_ids:
                if not row.shops or shop_id in row.shops:
                    found[shop_id].append(_packet(row))
    return {shop_id: tuple(found[shop_id]) for shop_id in shop_ids}


def usable_packets(at: datetime):  # type: ignore[no-untyped-def]
    """Red packets that may be used at the moment: credited, something left, inside the window (both ends included)."""
    return RedPacket.objects.filter(
        state=RedPacket.State.CREDITED, left_fen__gt=0, good_from__lte=at, good_until__gte=at
    ).order_by("good_until", "pk")


def used_by(buyer_ids: Collection[int], offer_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """How often each of these buyers used each of these offers, by (buyer, offer). One statement."""
    rows = Use.objects.filter(buyer_id__in=sorted(buyer_ids), offer_id__in=sorted(offer_ids))
    sums = rows.exclude(state=Use.State.BACK).values_list("buyer_id", "offer_id", "times")
    found: dict[tuple[int, int], int] = defaultdict(int)
    for buyer_id, offer_id, times in sums:
        found[buyer_id, offer_id] += times
    return found


def _packet(row: RedPacket) -> values.Packet:
    return values.Packet(
        id=row.pk,
        left_fen=row.left_fen,
        good_from=row.good_from.astimezone(CHINA),
        good_until=row.good_until.astimezone(CHINA),
    )


def as_json(value: Any) -> dict[str, int]:
    """A JSON column of a raw cursor, which gives it as text."""
    return dict(json.loads(value) if isinstance(value, str) else value)
