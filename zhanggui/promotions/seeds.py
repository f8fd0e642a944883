"""Offers for a house that begins, built from what the seeds name: used by the demo. The dates follow the moment given."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from zhanggui.catalog.models import Sku
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins, day_of
from zhanggui.promotions.actions import auctions, offers, red_packets
from zhanggui.promotions.models import Auction, Offer, RedPacketIssue
from zhanggui.promotions.plan import Plan
from zhanggui.shops.models import Merchant, Shop

_EASTERN = ["310000", "320000", "330000"]


def lay_offers(*, by: Actor, merchant: Merchant, shops: Sequence[Shop], at: datetime) -> list[Offer]:
    """Lay a handful of offers in these shops; gives them. Laying twice adds nothing.

    Running: 满减 in two steps, a coupon for a new buyer and one for everybody (the coupon strip), a flash sale with a
    stock share, a bundle, a gift, free postage for the eastern provinces, member prices. Scheduled: the Double 11 coupon,
    to be taken now. One waits for review and one is a draft, so that the pages have something of each. Offers that need
    goods are left out where the merchant has too few with a price.
    """
    if Offer.objects.filter(merchant=merchant).exists():
        return []
    today = day_begins(day_of(at))
    running = {"starts_at": today - timedelta(days=3), "ends_at": today + timedelta(days=30)}
    ids = [shop.pk for shop in shops]
    goods = list(
        Sku.objects.select_related("product")
        .filter(
            merchant_id=merchant.pk,
            price_fen__gte=2_000,
            off_at__isnull=True,
            product__virtual=False,
            product__listings__shop__in=ids,
        )
        .distinct()
        .order_by("pk")[:6]
    )
    laid = [
        _approved(by, at, {"merchant_id": merchant.pk} | given)
        for given in (*_plain(ids, running, today), *_with_goods(ids, running, goods))
    ]
    for given, asked in _unfinished(ids, today):
        row = offers.draft(by=by, plan=Plan.told(merchant_id=merchant.pk, **given), at=at)
        if asked:
            offers.ask_review(by=by, offer=row, note="请看一下力度", at=at)
        laid.append(row)
    offers.move_due(by=by, at=at)
    return laid


def lay_red_packets(*, by: Actor, merchant: Merchant, at: datetime) -> RedPacketIssue:
    """The Double 11 red packets (S0-10 to S0-16): of every shop, borne by the house, good for the rest of the month.

    Nothing is granted. Laying twice gives the one that is there.
    """
    known = RedPacketIssue.objects.filter(merchant=merchant).order_by("pk").first()
    if known is not None:
        return known
    today = day_begins(day_of(at))
    return red_packets.issue(
        by=by,
        merchant_id=merchant.pk,
        name="双11红包",
        budget_fen=500_000,
        good_from=today - timedelta(days=1),
        good_until=today + timedelta(days=30) - timedelta(seconds=1),
        at=at,
    )


def lay_auctions(*, by: Actor, shop: Shop, at: datetime) -> list[Auction]:
    """Two auctions of a shop, one running and one later the same day (S3-13: different times); none without goods."""
    sku = (
        Sku.objects.select_related("product")
        .filter(merchant_id=shop.merchant_id, price_fen__gte=2_000, product__listings__shop=shop)
        .order_by("-price_fen", "pk")
        .first()
    )
    if sku is None or Auction.objects.filter(shop=shop).exists():
        return []
    first = auctions.draft(
        by=by,
        shop=shop,
        sku_id=sku.pk,
        title=f"【拍卖】{sku.product.title}"[:120],
        start_fen=100,
        step_fen=100,
        reserve_fen=sku.cost_fen,
        deposit_fen=1_000,
        starts_at=at - timedelta(minutes=30),
        ends_at=at + timedelta(hours=6),
        at=at,
    )
    made = [first, *auctions.repeat(by=by, auction=first, times=1, every=timedelta(hours=8), at=at)]
    for row in made:
        auctions.publish(by=by, auction=row, below_floor=True, at=at)
    auctions.start_due(by=by, at=at)
    return made


def _approved(by: Actor, at: datetime, given: dict[str, Any]) -> Offer:
    """An approved offer; one that would bring the demo's goods below their floor stays in review, for people to see."""
    row = offers.draft(by=by, plan=Plan.told(**given), at=at)
    offers.ask_review(by=by, offer=row, at=at)
    with suppress(offers.BelowFloor):
        offers.approve(by=by, offer=row, at=at)
    return row


def _plain(ids: list[int], running: dict[str, datetime], today: datetime) -> list[dict[str, Any]]:
    """Offers over all goods."""
    base = {"shop_ids": ids} | running
    purse = {"per_buyer": 1}
    return [
        base
        | {
            "kind": "reduction",
            "name": "满200减20，满400减50",
            "terms": {"tiers": [{"at": 20_000, "off_fen": 2_000}, {"at": 40_000, "off_fen": 5_000}]},
        },
        base
        | {
            "kind": "coupon",
            "name": "满99减10",
            "terms": {"threshold_fen": 9_900, "off_fen": 1_000},
            "times": 2_000,
            "good_days": 7,
            **purse,
        },
        base
        | {
            "kind": "voucher",
            "name": "新客代金券 5 元",
            "terms": {"off_fen": 500},
            "times": 500,
            "first_order_only": True,
            **purse,
        },
        base
        | {
            "kind": "coupon",
            "name": "双11券 满199减30",
            "terms": {"threshold_fen": 19_900, "off_fen": 3_000},
            "times": 1_000,
            "starts_at": today + timedelta(days=2),
            "ends_at": today + timedelta(days=5),
            "claim_from": today - timedelta(days=1),
            "claim_until": today + timedelta(days=5),
            **purse,
        },
        base
        | {
            "kind": "free_postage",
            "name": "江浙沪满59元包邮",
            "terms": {"amount_fen": 5_900, "regions": _EASTERN},
        },
        base
        | {
            "kind": "member",
            "name": "会员价",
            "terms": {"percents_bp": {"1": 9_900, "2": 9_800, "3": 9_500}},
        },
    ]


def _with_goods(ids: list[int], running: dict[str, datetime], goods: Sequence[Sku]) -> list[dict[str, Any]]:
    """Offers about certain goods: a flash sale of the first, a bundle of the next two, a gift."""
    base = {"shop_ids": ids} | running
    found: list[dict[str, Any]] = []
    if goods:
        price = goods[0].price_fen * 85 // 100
        found.append(
            base
            | {
                "kind": "flash",
                "name": "限时八五折",
                "terms": {"prices": {str(goods[0].pk): price}},
                "shares": {goods[0].pk: 50},
                "per_buyer": 2,
            }
        )
    if len(goods) >= 3:
        whole = sum(sku.price_fen for sku in goods[1:3])
        found.append(
            base
            | {
                "kind": "bundle",
                "name": "搭配套餐省一成",
                "terms": {"pieces": {str(sku.pk): 1 for sku in goods[1:3]}, "price_fen": whole * 90 // 100},
            }
        )
    if len(goods) >= 4:
        gift = min(goods[3:], key=lambda sku: sku.price_fen)
        found.append(
            base
            | {
                "kind": "gift",
                "name": "满399送小样",
                "terms": {"tiers": [{"at": 39_900, "present": {"sku_id": gift.pk, "pieces": 1}}]},
                "shares": {gift.pk: 20},
            }
        )
    return found


def _unfinished(ids: list[int], today: datetime) -> list[tuple[dict[str, Any], bool]]:
    """One that waits for review, one draft."""
    later = {
        "shop_ids": ids,
        "starts_at": today + timedelta(days=10),
        "ends_at": today + timedelta(days=13),
        "kind": "reduction",
    }
    return [
        (
            later
            | {"name": "每满300减30", "terms": {"tiers": [{"at": 30_000, "off_fen": 3_000}], "repeat": True}},
            True,
        ),
        (
            later
            | {
                "name": "三件九折",
                "terms": {"tiers": [{"at": 3, "percent_bp": 9_000}], "by_pieces": True},
                "note": "等定价",
            },
            False,
        ),
    ]
