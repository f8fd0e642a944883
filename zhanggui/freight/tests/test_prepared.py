"""The books read in one statement say the same as the quotes."""

import pytest

from tests import cast
from zhanggui.freight.carriers import ensure_carriers
from zhanggui.freight.models import FreeRule, Surcharge, Template
from zhanggui.freight.prepared import prepare
from zhanggui.freight.quotes import Part, Wish, quote_many
from zhanggui.freight.seeds import lay_tables

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("carrier", [None, "SF", "STO", "NOBODY"])
@pytest.mark.parametrize("to", ["420106", "650102", "540102", "310101", ""])
def test_the_receipt_is_the_quotes_to_the_fen(carrier, to, django_assert_num_queries):
    ensure_carriers()
    shop, other = cast.shop(), cast.mall()
    lay_tables(by=cast.HOUSE, shop=shop)
    lay_tables(by=cast.HOUSE, shop=other)
    table = Template.objects.filter(shop=shop).first()
    FreeRule.objects.create(template=table, amount_fen=9900, regions=["310000"])
    Surcharge.objects.create(shop=shop, name="偏远", fee_fen=1500, regions=["650000"], active=True)
    wishes = [
        Wish(shop, to, (Part(2, 2400, None, 5000),), carrier),
        Wish(shop, to, (Part(2, 2400, None, 9900),), carrier),
        Wish(other, to, (Part(1, None, None, 9900),), carrier),
    ]
    with django_assert_num_queries(1):
        books = prepare([shop, other], {})
    ours = [books[wish.shop.pk].receipt(wish.to, wish.parts, wish.carrier_code) for wish in wishes]
    assert ours == quote_many(wishes, on=cast.NOON.date())
