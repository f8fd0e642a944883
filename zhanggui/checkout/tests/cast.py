"""An own shop with goods, a buyer with an address, and buying in the tests' stories."""

import itertools
from datetime import timedelta
from typing import Any

from tests import cast
from zhanggui.catalog.models import Listing, Product, Sku
from zhanggui.checkout.acting import HOUSE
from zhanggui.checkout.actions.payments import Told, open_payment, take
from zhanggui.checkout.actions.placing import Placed, Placing, place_many
from zhanggui.checkout.models import Payment
from zhanggui.customers.models import Buyer
from zhanggui.freight.models import Template, Zone
from zhanggui.kit.clock import now
from zhanggui.orders.models import Order
from zhanggui.orders.tests.cast import receiver
from zhanggui.promotions.models import Coupon, Offer, RedPacket, RedPacketIssue
from zhanggui.shops.models import Platform, Shop
from zhanggui.stock.actions.movements import Inbound, receive_many
from zhanggui.stock.models import Warehouse

_keys = itertools.count(1)
PROVIDER = "sandbox"


def own_shop(code: str = "OW01", *, freight: bool = True, **also: Any) -> Shop:
    """A shop of our own that sends everything for 10.00 a parcel."""
    shop = cast.shop(code, **({"platform": Platform.OWN} | also))
    if freight and not Template.objects.filter(shop=shop).exists():
        table = Template.objects.create(
            shop=shop, name="快递", ships_from=shop.city, valuation="pieces", is_default=True
        )
        Zone.objects.create(
            template=table,
            name="全国",
            regions=["1"],
            first_standard=1,
            first_fen=1000,
            add_standard=100,
            add_fen=0,
        )
    return shop


def goods(
    code: str = "TEA", *, price_fen: int = 5000, pieces: int | None = 10, hold: str = "order", in_shops: Any = None,
    **also: Any,
) -> Sku:  # fmt: skip
    """A SKU on the shelf of own shops, with so many pieces in Wuhan (None: no warehouse keeps it)."""
    product = Product.objects.create(
        merchant_id=cast.merchant().pk, code=code, title=f"茶 {code}", hold=hold, **also
    )
    sku = Sku.objects.create(
        product=product, merchant_id=cast.merchant().pk, code=code, price_fen=price_fen, weight_g=500
    )
    for shop in in_shops or [own_shop()]:
        Listing.objects.create(
            shop=shop, product=product, state=Listing.State.ON, on_at=now() - timedelta(days=1)
        )
    if pieces is not None:
        house = Warehouse.objects.get_or_create(
            merchant_id=cast.merchant().pk, name="武汉仓", defaults={"city": cast.WUHAN}
        )[0]
        if pieces:
            receive_many(by=cast.HOUSE, rows=[Inbound(sku.pk, pieces, house.pk, "test")])
    return sku


def buyer(nick: str = "江边小鱼") -> Buyer:
    return Buyer.objects.get_or_create(merchant_id=cast.merchant().pk, platform="own", nick=nick)[0]


def offer(kind: str, terms: dict[str, Any], *, shop: Shop | None = None, **also: Any) -> Offer:
    """A live offer of the own shop."""
    values: dict[str, Any] = {
        "merchant": cast.merchant(),
        "shop_ids": [(shop or own_shop()).pk],
        "kind": kind,
        "name": kind,
        "state": "live",
        "starts_at": now() - timedelta(days=1),
        "ends_at": now() + timedelta(days=1),
        "terms": terms,
        "made_by": "test",
    }
    return Offer.objects.create(**(values | also))


def coupon(off_fen: int = 1000, threshold_fen: int = 0, *, to: Buyer | None = None, **also: Any) -> Offer:
    """A coupon offer, one of it in the buyer's purse."""
    made = offer("coupon", {"threshold_fen": threshold_fen, "off_fen": off_fen}, **also)
    if to is not None:
        Coupon.objects.create(
            offer=made, buyer=to, place=1, good_from=made.starts_at, good_until=made.ends_at
        )
    return made


def red_packet(to: Buyer, fen: int, *, ref: str = "1", hours: int = 24) -> RedPacket:
    issue = RedPacketIssue.objects.get_or_create(
        merchant=cast.merchant(),
        name="双11",
        defaults={
            "budget_fen": 10**9,
            "good_from": now() - timedelta(days=1),
            "good_until": now() + timedelta(days=30),
            "made_by": "test",
        },
    )[0]
    return RedPacket.objects.create(
        issue=issue, buyer=to, ref=ref, amount_fen=fen, left_fen=fen, state="credited",
        good_from=now() - timedelta(days=1), good_until=now() + timedelta(hours=hours), credit_by=now(),
    )  # fmt: skip


def placing(
    *lines: tuple[Sku, int], by: Buyer | None = None, shop: Shop | None = None, **also: Any
) -> Placing:
    """What a buyer sends: the lines to his address, with a key of its own."""
    values: dict[str, Any] = {
        "key": f"key{next(_keys)}",
        "buyer_id": (by or buyer()).pk,
        "shop": shop or own_shop(),
        "lines": [(sku.pk, pieces) for sku, pieces in lines],
        "receiver": receiver(),
    }
    return Placing(**(values | also))


def place(*lines: tuple[Sku, int], **also: Any) -> Placed:
    """Place one order now."""
    return place_many(by=HOUSE, placings=[placing(*lines, **also)], at=now())[0]


def placed(*lines: tuple[Sku, int], **also: Any) -> Order:
    """An order that waits for payment."""
    outcome = place(*lines, **also)
    assert outcome.ok, outcome
    return Order.objects.get(pk=outcome.order_id)


def told(payment: Payment, *, fen: int | None = None, state: str = "paid", ref: str = "") -> Told:
    """What a provider says of a payment."""
    return Told(
        payment.number,
        payment.provider,
        ref or f"T{payment.number}",
        state,
        payment.amount_fen if fen is None else fen,
        now(),
    )


def opened(*orders: Order) -> Payment:
    return open_payment(by=HOUSE, order_ids=[order.pk for order in orders], provider=PROVIDER, at=now())


def pay(*orders: Order) -> str:
    """Open a payment and let the provider's notice come."""
    return take(by=HOUSE, told=[told(opened(*orders))], at=now())[0]


def paid(*lines: tuple[Sku, int], **also: Any) -> Order:
    """A paid order."""
    order = placed(*lines, **also)
    assert pay(order) == "paid"
    order.refresh_from_db()
    return order
