"""A buyer bids from a page: a form that is sent twice bids once."""

from datetime import datetime

from zhanggui.checkout.actions.submits import once
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.promotions.actions import auctions


@action
def bid_once(*, by: Actor, buyer: Buyer, auction_id: int, amount_fen: int, key: str, at: datetime) -> bool:
    """Bid with the key of a form; gives whether it is a new bid. The same form again changes nothing (reliability G2.4).

    `at`: the database's clock. Raises what `auctions.bid` refuses, and KeyTaken for the key with another amount; a
    refused bid forgets its key. Nine statements.
    """
    if once(buyer.pk, key, {"auction": auction_id, "fen": amount_fen}, {"fen": amount_fen}) is not None:
        return False
    auctions.bid(by=by, auction_id=auction_id, buyer_id=buyer.pk, amount_fen=amount_fen, at=at)
    return True
