"""What the demo's buyer did in our own shops: bought, paid, received, reviewed, cancelled; one order waits to be paid."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from zhanggui.catalog.models import Sku
from zhanggui.checkout.acting import HOUSE as SHOPFRONT
from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions.backs import done, follow_refunds
from zhanggui.checkout.actions.following import cancel, confirm
from zhanggui.checkout.actions.payments import Told, open_payment, take
from zhanggui.checkout.actions.placing import Placing, place_many
from zhanggui.checkout.actions.refunds import ask_back, settle
from zhanggui.customers.models import Buyer
from zhanggui.freight.models import Zone
from zhanggui.kit.actor import system
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import Refused
from zhanggui.orders.actions.shipping import ship
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order
from zhanggui.orders.states import CloseReason
from zhanggui.promotions.actions import offers
from zhanggui.promotions.models import Offer
from zhanggui.promotions.plan import Plan
from zhanggui.reviews.actions.answering import answer
from zhanggui.reviews.actions.windows import open_windows
from zhanggui.reviews.actions.writing import Said, review
from zhanggui.shops.models import Kind, Shop
from zhanggui.site.demo.bids import bid_up
from zhanggui.site.demo.bills import settle_bills

HOUSE = system("演示", "demo")
HOME = ArrivingReceiver(
    name="江小白",
    phone="13900000001",
    province="湖北省",
    city="武汉市",
    district="武昌区",
    address="中北路 86 号 3 栋 1204",
    region="420106",
)
_SAID = (
    ("包装很仔细，和图片一样，会回购。", "谢谢您，路上小心轻放，下次再来。"),
    ("东西不错，就是快递慢了一天。", "给您添麻烦了，已经请快递站查过。"),
)


def price_every_kilogram(shop: Shop) -> None:
    """Give the demo's shop a price for each further kilogram where the seeds leave it open (C8): invented, 2 yuan."""
    rows = Zone.objects.filter(template__shop=shop, ask_first=False, add_fen=None)
    rows.update(add_standard=1_000, add_fen=200, why="演示数据")


def live(*, buyer: Buyer, shops: Sequence[Shop], at: datetime) -> None:
    """Play the buyer's history once: finished and reviewed orders, one shipped, one to ship, one
    cancelled, one whose money went back, one unpaid; bids; the sandbox's bills."""
    if Order.objects.filter(buyer_id=buyer.pk).exists():
        return
    for place, shop in enumerate(shops):
        skus = list(
            Sku.objects.filter(
                product__listings__shop=shop, off_at=None, weight_g__isnull=False, balance__on_hand__gte=15
            )
            .order_by("product_id", "pk")
            .distinct("product_id")[:5]
        )
        for number, sku in enumerate(skus[:2]):
            _bought_and_reviewed(buyer, shop, sku, at - timedelta(days=20 - 4 * number), number, place)
        if len(skus) > 2:
            on_its_way = _paid(buyer, shop, skus[2], at - timedelta(days=2), f"way{place}")
            if on_its_way is not None:
                _ship(on_its_way, at - timedelta(days=1), f"9{place}0003")
        if len(skus) > 3:
            _paid(buyer, shop, skus[3], at - timedelta(hours=5), f"waits{place}")
        if place == 0 and skus:
            _placed(buyer, shop, skus[-1], at - timedelta(minutes=20), "open")
            thought_better = _placed(buyer, shop, skus[0], at - timedelta(days=3), "gone")
            if thought_better is not None:
                with suppress(Refused):
                    cancel(
                        by=for_buyer(buyer),
                        buyer=buyer,
                        order=thought_better,
                        reason=CloseReason.NOT_WANTED,
                        at=at - timedelta(days=3) + timedelta(minutes=5),
                    )
            _sent_back(buyer, shop, skus, at - timedelta(days=1))
    bid_up(buyer=buyer, shops=shops, at=at)
    _last_year(shops, at)
    settle_bills(
        merchant_id=buyer.merchant_id, days=[day_of(at - timedelta(days=far)) for far in (2, 1)], at=at
    )


def _placed(buyer: Buyer, shop: Shop, sku: Sku, at: datetime, key: str) -> Order | None:
    placing = Placing(
        key=f"demo-{shop.code}-{key}", buyer_id=buyer.pk, shop=shop, lines=[(sku.pk, 1)], receiver=HOME
    )
    came = place_many(by=SHOPFRONT, placings=[placing], at=at)[0]
    return Order.objects.get(pk=came.order_id) if came.order_id else None


def _paid(buyer: Buyer, shop: Shop, sku: Sku, at: datetime, key: str) -> Order | None:
    order = _placed(buyer, shop, sku, at, key)
    if order is None:
        return None
    when = at + timedelta(minutes=4)
    with suppress(Refused):
        payment = open_payment(by=SHOPFRONT, order_ids=[order.pk], provider="sandbox", at=when)
        told = Told(payment.number, "sandbox", f"DEMO{payment.pk}", "paid", payment.amount_fen, when)
        take(by=SHOPFRONT, told=[told], at=when)
    order.refresh_from_db()
    return order


def _sent_back(buyer: Buyer, shop: Shop, skus: Sequence[Sku], at: datetime) -> None:
    """An order that was paid, not wanted any more before it was sent, and whose money went back the way it came."""
    sku = min(skus, key=lambda one: one.price_fen)
    order = _paid(buyer, shop, sku, at - timedelta(hours=1), "back")
    if order is None:
        return
    with suppress(Refused):
        lines = list(order.lines.filter(gift_of=None).values_list("pk", flat=True))
        ask_back(by=for_buyer(buyer), buyer=buyer, order=order, line_ids=lines, reason="不想要了", at=at)
        order.refresh_from_db()
        settle(by=HOUSE, order=order, version=order.version, at=at + timedelta(minutes=10))
        for back in follow_refunds(by=SHOPFRONT, order_ids=[order.pk], at=at + timedelta(minutes=10)):
            done(by=SHOPFRONT, back=back, at=at + timedelta(minutes=12))


def _ship(order: Order, at: datetime, waybill: str) -> None:
    with suppress(Refused):
        ship(by=HOUSE, order=order, carrier="YTO", waybill=f"YT20261{waybill:0>8}", at=at)
    order.refresh_from_db()


def _bought_and_reviewed(buyer: Buyer, shop: Shop, sku: Sku, at: datetime, number: int, place: int) -> None:
    order = _paid(buyer, shop, sku, at, f"done{number}")
    if order is None:
        return
    _ship(order, at + timedelta(hours=5), f"9{place}{number}001")
    me = for_buyer(buyer)
    with suppress(Refused):
        confirm(by=me, buyer=buyer, order=order, at=at + timedelta(days=3))
        open_windows(by=HOUSE, shop_id=shop.pk, order_ids=[order.pk], at=at + timedelta(days=3))
        words, reply = _SAID[number % len(_SAID)]
        mark = 1 if shop.kind == Kind.BAZAAR else None
        lines = [line.pk for line in order.lines.order_by("pk")]
        made = review(
            by=me,
            buyer=buyer,
            order=order,
            said=[Said(pk, mark, words if pk == lines[0] else "") for pk in lines],
            described=5,
            served=5,
            shipped=5 - number,
            anonymous=bool(number),
            at=at + timedelta(days=3, hours=2),
        )
        row = made[0]
        row.refresh_from_db()
        answer(by=HOUSE, review=row, text=reply, version=row.version, at=at + timedelta(days=4))


def _last_year(shops: Sequence[Shop], at: datetime) -> None:
    """Last year's Double 11, over long since: what 复制去年的 is tried with."""
    then = at.replace(year=at.year - 1, month=11, day=10, hour=0, minute=0, second=0, microsecond=0)
    name = "去年双11 每满200减30"
    if Offer.objects.filter(merchant=shops[0].merchant, name=name).exists():
        return
    made = offers.draft(
        by=HOUSE,
        plan=Plan.told(
            merchant_id=shops[0].merchant_id,
            kind="reduction",
            name=name,
            shop_ids=[shop.pk for shop in shops],
            starts_at=then,
            ends_at=then + timedelta(days=3),
            terms={"tiers": [{"at": 20_000, "off_fen": 3_000}], "repeat": True},
        ),
        at=then - timedelta(days=9),
    )
    with suppress(Refused):
        offers.ask_review(by=HOUSE, offer=made, at=then - timedelta(days=8))
        offers.approve(by=HOUSE, offer=made, below_floor=True, at=then - timedelta(days=7))
        offers.move_due(by=HOUSE, at=then + timedelta(hours=1))
        offers.move_due(by=HOUSE, at=then + timedelta(days=4))
