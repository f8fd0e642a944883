"""How many baskets a second one core prices: 1, 10 and 50 lines under 20 live offers, beside a loop that only sums the lines.

The offers are those of a big day: three flash prices, a member price, a bundle, a gift, a buy-one-get-one, three 满减,
six coupons and two vouchers held, two 包邮, with scopes, groups, limits and the floor. Every basket is different.
"""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

from bench.figures import median, p95, say, timed
from zhanggui.promotions.pricing.engine import price
from zhanggui.promotions.pricing.values import (
    Basket,
    Bundle,
    Buyer,
    BuyGet,
    Coupon,
    Flash,
    FreePostage,
    Gift,
    Item,
    Kind,
    Member,
    Offer,
    Packet,
    Postage,
    Present,
    Reduction,
    Scope,
    Terms,
    Tier,
    Voucher,
)

NOON = datetime(2026, 11, 11, 12, tzinfo=timezone(timedelta(hours=8)))
ROUNDS = 5
TARGET = 2000


def measure() -> None:
    """Say the figures for 1, 10 and 50 lines."""
    offers = live_offers()
    for lines in (1, 10, 50):
        baskets = [basket(random.Random(seed), lines) for seed in range(max(40, 2000 // lines))]
        bare = _rate(baskets, lambda one: sum([item.price_fen * item.pieces for item in one.items]))
        rate = _rate(baskets, lambda one: _price(one, offers))
        singles = [timed(lambda one=one: _price(one, offers))[0] * 1e6 for one in baskets]  # type: ignore[misc]
        say(
            f"pricing of a basket of {lines} lines under {len(offers)} live offers",
            rate,
            "baskets/s and core",
            limit=bare,
            beside="a loop that only sums price × pieces",
            median_us=round(median(singles)),
            p95_us=round(p95(singles)),
            worst_us=round(max(singles)),
            target=TARGET if lines == 10 else None,
            chosen=round(sum(_chosen(one, offers) for one in baskets) / len(baskets), 2),
        )


def _price(one: Basket, offers: Sequence[Offer]) -> object:
    return price(one, at=NOON, offers=offers, packets=PACKETS, postage=_postage)


def _chosen(one: Basket, offers: Sequence[Offer]) -> int:
    return len(price(one, at=NOON, offers=offers, packets=PACKETS, postage=_postage).applied)


def _rate(baskets: Sequence[Basket], work: Callable[[Basket], object]) -> float:
    """Baskets a second: the middle of the rounds."""

    def round_() -> None:
        for one in baskets:
            work(one)

    round_()
    return len(baskets) / median([timed(round_)[0] for _ in range(ROUNDS)])


def _postage(goods: int) -> Postage:
    return Postage(0 if goods >= 29900 else 1000)


PACKETS = tuple(
    Packet(n, 300 + 100 * n, NOON - timedelta(days=1), NOON + timedelta(days=n + 1)) for n in range(4)
)


def basket(dice: random.Random, lines: int) -> Basket:
    """A basket out of a hundred articles in ten categories."""
    items = []
    for n in range(lines):
        sku = dice.randint(1, 100)
        fen = 900 + sku * 170
        items.append(
            Item(
                str(n),
                sku,
                sku,
                dice.choice((1, 1, 1, 2, 3)),
                fen,
                cost_fen=fen * 55 // 100,
                weight_g=500,
                categories=frozenset((sku % 10,)),
            )
        )
    return Basket(tuple(items), Buyer(1, 2, used={3: 1}), "420106")


def live_offers() -> tuple[Offer, ...]:
    """Twenty offers of a big day."""
    found: list[Offer] = []

    def add(kind: Kind, terms: Terms, scope: Scope | None = None, **also: object) -> None:
        n = len(found) + 1
        start, end = NOON - timedelta(days=1), NOON + timedelta(days=1)
        found.append(Offer(n, kind, f"offer {n}", terms, start, end, scope or Scope(), **also))  # type: ignore[arg-type]

    def of(*categories: int) -> Scope:
        return Scope(categories=frozenset(categories))

    add(Kind.FLASH, Flash({sku: 800 + sku * 140 for sku in range(1, 11)}, shares={3: 2}), per_buyer=2)
    add(Kind.FLASH, Flash(percent_bp=9000), of(4, 5))
    add(Kind.FLASH, Flash(percent_bp=8800), of(5), per_buyer=3)
    add(Kind.MEMBER, Member({1: 9800, 2: 9500, 3: 9000}))
    add(Kind.BUNDLE, Bundle({11: 1, 12: 1}, 4500))
    add(
        Kind.GIFT,
        Gift(((9900, Present(900, 1, None, 300, "gift")), (29900, Present(901, 1, 50, 900, "gift")))),
    )
    add(Kind.BUY_GET, BuyGet(1, Present(0, 1, 3)), Scope(skus=frozenset((20, 40))))
    add(Kind.REDUCTION, Reduction((Tier(20000, 2000), Tier(50000, 6000))), group="day")
    add(Kind.REDUCTION, Reduction((Tier(3, percent_bp=9200),), by_pieces=True), of(1, 2, 3))
    add(Kind.REDUCTION, Reduction((Tier(10000, 800),), repeat=True), of(6, 7, 8), group="day")
    add(Kind.COUPON, Coupon(9900, 1000), held=1)
    add(Kind.COUPON, Coupon(19900, 2500), held=1)
    add(Kind.COUPON, Coupon(49900, 5000), held=1, left_fen=100_000)
    add(Kind.COUPON, Coupon(5000, 600), of(1, 2), held=1)
    add(Kind.COUPON, Coupon(8000, 900), of(2, 3, 4), held=1)
    add(Kind.COUPON, Coupon(3000, 300), Scope(products=frozenset(range(1, 30))), held=2)
    add(Kind.VOUCHER, Voucher(500), held=1)
    add(Kind.VOUCHER, Voucher(1500), of(9), held=1, alone=True)
    add(Kind.FREE_POSTAGE, FreePostage(amount_fen=19900))
    add(Kind.FREE_POSTAGE, FreePostage(pieces=2, regions=("420000",), most_fen=800))
    return tuple(found)
