"""Orders for the tests' stories."""

from typing import Any

from tests.cast import HOUSE, NOON, merchant, shop
from zhanggui.catalog.models import Product, Sku
from zhanggui.orders.actions.arrival import take_in
from zhanggui.orders.arriving import Arriving, ArrivingLine, ArrivingReceiver
from zhanggui.orders.models import Order
from zhanggui.orders.states import State
from zhanggui.shops.models import Shop
from zhanggui.stock.models import Warehouse

_count = 3028689418086000


def receiver(name: str = "王小明", phone: str = "13800138000", **also: Any) -> ArrivingReceiver:
    values = {
        "province": "湖北省",
        "city": "武汉市",
        "district": "洪山区",
        "address": "珞喻路1号",
        "zip": "430070",
    }
    return ArrivingReceiver(name=name, phone=phone, **(values | also))


def line(title: str = "纯棉T恤", price_fen: int = 5990, pieces: int = 1, **also: Any) -> ArrivingLine:
    return ArrivingLine(title, pieces, price_fen, **also)


def arriving(*lines: ArrivingLine, state: str = State.UNPAID, **also: Any) -> Arriving:
    """An order whose money adds up; one line of 59.90 with postage 10.00 unless said otherwise."""
    global _count
    _count += 1
    lines = lines or (line(),)
    postage = also.get("postage_fen", 1000)
    goods = sum(one.price_fen * one.pieces + one.adjust_fen - one.discount_fen for one in lines)
    goods += also.get("adjust_fen", 0) - sum(one.adjust_fen for one in lines) if "adjust_fen" in also else 0
    extra_discount = also.get("discount_fen", 0) - sum(one.discount_fen for one in lines)
    if "discount_fen" in also:
        goods -= extra_discount
    state = State(state)
    moments: dict[str, Any] = {}
    if state not in (State.UNPAID, State.CLOSED_UNPAID):
        moments["paid_at"] = NOON
    if state in (State.SHIPPED, State.FINISHED):
        moments["shipped_at"] = NOON
    values: dict[str, Any] = {
        "number": str(_count),
        "state": state,
        "placed_at": NOON,
        "due_fen": goods + postage,
        "postage_fen": postage,
        "adjust_fen": sum(one.adjust_fen for one in lines),
        "discount_fen": sum(one.discount_fen for one in lines),
        "lines": lines,
        "nick": "江边小鱼",
        "receiver": receiver(),
    } | moments
    return Arriving(**(values | also))


def bring(*orders: Arriving, into: Shop | None = None, by: Any = HOUSE, at: Any = NOON) -> list[Order]:
    """Take the orders in and give their rows."""
    into = into or shop()
    arrived = take_in(by=by, shop=into, orders=orders, at=at)
    assert all(one.result != "refused" for one in arrived), arrived
    rows = {order.number: order for order in Order.objects.filter(shop=into)}
    return [rows[one.number] for one in orders]


def ordered(*lines: ArrivingLine, state: str = State.UNPAID, into: Shop | None = None, **also: Any) -> Order:
    """One order in the house."""
    return bring(arriving(*lines, state=state, **also), into=into)[0]


def shelve(code: str = "TEE-W-M", pieces: int | None = None) -> Sku:
    """A SKU, with so many pieces in the Wuhan warehouse."""
    from zhanggui.stock.actions.movements import Inbound, receive_many

    product = Product.objects.get_or_create(
        merchant_id=merchant().pk, code="TEE", defaults={"title": "纯棉T恤"}
    )[0]
    sku = Sku.objects.get_or_create(merchant_id=merchant().pk, code=code, defaults={"product": product})[0]
    if pieces is not None:
        house = Warehouse.objects.get_or_create(merchant_id=merchant().pk, name="武汉仓", city="420100")[0]
        receive_many(by=HOUSE, rows=[Inbound(sku.pk, pieces, house.pk, "test")])
    return sku
