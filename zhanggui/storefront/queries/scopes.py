"""For which goods a coupon is, in words that name them."""

from collections.abc import Iterable

from zhanggui.kit.refusals import Refused
from zhanggui.promotions import wording
from zhanggui.promotions.models import Offer
from zhanggui.promotions.pricing import values
from zhanggui.promotions.queries.naming import names_for
from zhanggui.promotions.terms import scoped, value_of


def goods_of(rows: Iterable[Offer]) -> dict[int, str]:
    """ "限「龙井」「毛尖」等 5 种" by offer id, of those that are for some goods only. At most three statements, none where
    all are for everything.
    """
    offers: list[values.Offer] = []
    for row in {row.pk: row for row in rows if scoped(row)}.values():
        try:
            offers.append(value_of(row))
        except Refused:  # a row that cannot be read: the page says so beside it
            continue
    if not offers:
        return {}
    names = names_for(offers)
    return {offer.id: wording.for_goods(offer.scope, names) for offer in offers}
