"""The course of the demo's running auctions: three buyers with deposits outbid each other; the demo's buyer is second."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from zhanggui.checkout.acting import HOUSE as SHOPFRONT
from zhanggui.checkout.acting import for_buyer
from zhanggui.checkout.actions.payments import Told, open_deposit, take
from zhanggui.customers.models import Buyer
from zhanggui.kit.refusals import Refused
from zhanggui.promotions.actions import auctions
from zhanggui.promotions.models import Auction
from zhanggui.shops.models import Platform, Shop

OTHERS = ("半山听雨", "老街茶客")
_COURSE = (0, 1, 2, 0, 1, 0)
"""Who bids, in turns; the demo's buyer is the last of the three."""


def bid_up(*, buyer: Buyer, shops: Sequence[Shop], at: datetime) -> None:
    """Play the bids on every running auction of these shops that has none yet."""
    others = [
        Buyer.objects.get_or_create(merchant_id=buyer.merchant_id, platform=Platform.OWN, nick=nick)[0]
        for nick in OTHERS
    ]
    people = [*others, buyer]
    running = Auction.objects.filter(shop__in=shops, state=Auction.State.LIVE, bids_count=0).order_by("pk")
    for row in running:
        with suppress(Refused):
            for person in people:
                _deposit(person, row, row.starts_at + timedelta(minutes=1))
            for turn, who in enumerate(_COURSE):
                when = row.starts_at + timedelta(minutes=2 + 4 * turn)
                if when < at:
                    _bid(people[who], row, 1 + turn % 3, when)


def _deposit(person: Buyer, row: Auction, at: datetime) -> None:
    if not row.deposit_fen:
        return
    asked = auctions.ask_deposit(by=for_buyer(person), auction_id=row.pk, buyer_id=person.pk, at=at)
    payment = open_deposit(by=SHOPFRONT, deposit_id=asked.pk, provider="sandbox", at=at, buyer_id=person.pk)
    told = Told(payment.number, "sandbox", f"DEMO{payment.pk}", "paid", payment.amount_fen, at)
    take(by=SHOPFRONT, told=[told], at=at)


def _bid(person: Buyer, row: Auction, steps: int, at: datetime) -> None:
    """A bid so many steps above what is asked for at least."""
    row.refresh_from_db()
    fen = auctions.least_of(row) + (steps - 1) * row.step_fen
    auctions.bid(by=for_buyer(person), auction_id=row.pk, buyer_id=person.pk, amount_fen=fen, at=at)
