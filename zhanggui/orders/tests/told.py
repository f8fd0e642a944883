"""Orders made for the stories about marks, receivers and changes; arrival has tests of its own."""

from datetime import timedelta
from typing import Any

from tests.cast import NOON, merchant, shop
from zhanggui.catalog.models import Product, Sku
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.models import Order, OrderLine, Receiver
from zhanggui.orders.sealing import seal_receiver
from zhanggui.orders.states import LineState, State

SOMEBODY = ArrivingReceiver(
    name="张三丰",
    phone="13812345678",
    province="湖北省",
    city="武汉市",
    district="洪山区",
    address="珞喻路1037号3栋",
    zip="430074",
)
_LINE_STATES = {
    State.UNPAID: LineState.UNPAID,
    State.PAID: LineState.PAID,
    State.PART_SHIPPED: LineState.PAID,
    State.SHIPPED: LineState.SHIPPED,
    State.FINISHED: LineState.FINISHED,
}


def sku(code: str, price_fen: int = 3900, spec: str = "", title: str = "棉T恤") -> Sku:
    """A SKU, made at first use."""
    product = Product.objects.get_or_create(
        merchant_id=merchant().pk, code=code.split("-")[0], defaults={"title": title}
    )[0]
    return Sku.objects.get_or_create(
        merchant_id=merchant().pk,
        code=code,
        defaults={"product": product, "spec": spec, "price_fen": price_fen},
    )[0]


def ordered(
    number: str = "1001",
    *,
    at: Any = None,
    state: str = State.PAID,
    to: ArrivingReceiver | None = None,
    goods: str = "TS-W",
    **also: Any,
) -> Order:
    """An order with one line, in a state, as if it had come in at noon."""
    article = sku(goods)
    paid = state not in (State.UNPAID, State.CLOSED_UNPAID)
    values: dict[str, Any] = {
        "shop": at or shop(),
        "number": number,
        "state": state,
        "placed_at": NOON,
        "paid_at": NOON + timedelta(minutes=1) if paid else None,
        "goods_fen": article.price_fen,
        "due_fen": article.price_fen,
        "paid_fen": article.price_fen if paid and not also.get("cod") else 0,
        "pieces": 1,
        "title": article.product.title,
    } | also
    order = Order.objects.create(**values)
    OrderLine.objects.create(
        order=order,
        position=1,
        sku=article,
        code=article.code,
        title=article.product.title,
        spec=article.spec,
        price_fen=article.price_fen,
        pieces=1,
        share_fen=article.price_fen,
        state=_LINE_STATES.get(State(state), LineState.CLOSED),
    )
    if to is not None:
        sealed = seal_receiver(to)
        Receiver.objects.create(order=order, **{name: getattr(sealed, name) for name in sealed.__slots__})
    return order
