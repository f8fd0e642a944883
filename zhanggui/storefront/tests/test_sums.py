"""What stands on a buyer's order page adds up: goods, what each offer took off, postage."""

from datetime import timedelta
from types import SimpleNamespace

from tests.cast import NOON
from zhanggui.promotions.pricing.engine import price
from zhanggui.promotions.pricing.keeping import dump
from zhanggui.promotions.pricing.values import (
    Basket,
    FreePostage,
    Item,
    Kind,
    Offer,
    Postage,
    Reduction,
    Tier,
)
from zhanggui.storefront.queries.bought import _said


def test_waived_postage_is_not_taken_off_twice():
    times = (NOON - timedelta(days=1), NOON + timedelta(days=1))
    offers = [
        Offer(1, Kind.REDUCTION, "满200减20", Reduction((Tier(20000, 2000),)), *times),
        Offer(2, Kind.FREE_POSTAGE, "包邮", FreePostage(), *times),
    ]
    basket = Basket((Item("a", 1, 1, 1, 24870),))
    priced = price(basket, at=NOON, offers=offers, postage=lambda fen: Postage(3600))
    kept = SimpleNamespace(offers=[{"id": o.id, "name": o.name} for o in offers], receipt=dump(priced))
    rows = _said(kept)  # type: ignore[arg-type]
    assert {name for name, _words, _fen in rows} == {"满200减20", "包邮"}
    assert priced.gross_fen - sum(fen for *_row, fen in rows) + priced.postage_fen == priced.due_fen == 22870
