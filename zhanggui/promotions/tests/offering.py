"""Buyers, offers and priced baskets for the stories of this room's tests. Invented."""

from datetime import timedelta

from tests import cast
from zhanggui.catalog.actions import NewSku, add_skus
from zhanggui.catalog.models import Sku
from zhanggui.customers.models import Buyer
from zhanggui.promotions.actions.using import Hold
from zhanggui.promotions.models import Coupon, Offer, OfferState, RedPacket, RedPacketIssue, Share
from zhanggui.promotions.pricing import values
from zhanggui.shops.models import Platform

NOON = cast.NOON
DAY = timedelta(days=1)


def own(code="OW01", **also):
    return cast.shop(code, platform=Platform.OWN, **also)


def buyer(nick="阿珍", **also):
    return Buyer.objects.get_or_create(
        merchant_id=cast.merchant().pk, platform=Platform.OWN, nick=nick, defaults=also
    )[0]


def goods(code="TEA", price=10_000, cost=6_000, **also):
    """A SKU of the merchant; gives the row."""
    pk = add_skus(
        by=cast.HOUSE,
        merchant_id=cast.merchant().pk,
        rows=[NewSku(code, f"{code} 好货", code, price_fen=price, cost_fen=cost, **also)],
    )[code]
    return Sku.objects.select_related("product").get(pk=pk)


REDUCTION = {"tiers": [{"at": 10_000, "off_fen": 1_000}]}
TERMS = {
    "reduction": REDUCTION,
    "coupon": {"threshold_fen": 5_000, "off_fen": 500},
    "voucher": {"off_fen": 300},
    "flash": {"percent_bp": 8_000},
    "free_postage": {"amount_fen": 9_900},
}


def offer(kind="reduction", *, shops=(), shares=None, **also):
    """A live offer laid straight into the table."""
    shops = shops or (own(),)
    row = Offer.objects.create(
        **(
            {
                "merchant": cast.merchant(),
                "shop_ids": [shop.pk for shop in shops],
                "kind": kind,
                "name": f"测试{kind}",
                "state": OfferState.LIVE,
                "starts_at": NOON - DAY,
                "ends_at": NOON + 10 * DAY,
                "terms": TERMS.get(kind, {}),
                "made_by": "测试",
            }
            | also
        )
    )
    for sku_id, pieces in (shares or {}).items():
        Share.objects.create(offer=row, sku_id=sku_id, pieces=pieces)
    return row


def coupon(row, who, place=1, **also):
    times = {"good_from": NOON - DAY, "good_until": NOON + DAY} | also
    Offer.objects.filter(pk=row.pk).update(claimed=row.claimed + 1)
    return Coupon.objects.create(offer=row, buyer=who, place=place, **times)


def packet(who, fen=1_000, ref="", *, issue=None, **also):
    issue = issue or RedPacketIssue.objects.create(
        merchant=cast.merchant(),
        name="双11红包",
        budget_fen=fen,
        issued_fen=fen,
        good_from=NOON - DAY,
        good_until=NOON + DAY,
        made_by="测试",
    )
    values_ = {
        "amount_fen": fen,
        "left_fen": fen,
        "state": RedPacket.State.CREDITED,
        "good_from": NOON - DAY,
        "good_until": NOON + DAY,
        "credit_by": NOON + DAY,
    } | also
    return RedPacket.objects.create(
        issue=issue, buyer=who, ref=ref or f"r{RedPacket.objects.count()}", **values_
    )


def priced(*applied, lines=(), gifts=(), red=()):
    """A priced basket that says just what was applied: (offer row, fen off[, times])."""
    found = []
    for row, fen, *times in applied:
        kind = values.Kind(row.kind)
        found.append(values.Applied(row.pk, kind, fen, times[0] if times else 1, "x", {}, row.house))
    return values.Priced(
        lines=tuple(lines),
        gifts=tuple(values.GiftLine(row.pk, sku, pieces) for row, sku, pieces in gifts),
        applied=tuple(found),
        refused=(),
        gross_fen=0,
        discount_fen=0,
        goods_fen=0,
        postage=values.Postage(0),
        postage_off_fen=0,
        postage_fen=0,
        red=tuple(values.PacketUse(row.pk, fen) for row, fen in red),
        red_refused="",
        due_fen=0,
        cash_fen=0,
        deposit_fen=0,
        balance_fen=0,
        floor_fen=0,
        margin_fen=None,
        house_off_fen=0,
    )


def flashed(row, sku_id, pieces, unit=8_000):
    """A line whose pieces cost the flash price."""
    return values.PricedLine(
        key=str(sku_id),
        sku_id=sku_id,
        pieces=pieces,
        gross_fen=10_000 * pieces,
        parts=(values.Part(pieces, unit, row.pk),),
        unit_off_fen=(10_000 - unit) * pieces,
        bundle_off_fen=0,
        offs={},
        share_fen=unit * pieces,
    )


def hold(order, what, who=None, shop=None):
    return Hold(order, (shop or own()).pk, who.pk if who else None, what)
