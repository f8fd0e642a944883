"""The states of offers and auctions, and the ONE table of allowed moves for each."""

from django.db import models

from zhanggui.kit.states import Moves
from zhanggui.promotions.models import Auction, OfferState

MOVES: Moves = {
    OfferState.DRAFT: frozenset({OfferState.REVIEW, OfferState.STOPPED}),
    OfferState.REVIEW: frozenset({OfferState.DRAFT, OfferState.SCHEDULED, OfferState.STOPPED}),
    OfferState.SCHEDULED: frozenset(
        {OfferState.DRAFT, OfferState.LIVE, OfferState.ENDED, OfferState.STOPPED}
    ),
    OfferState.LIVE: frozenset({OfferState.ENDED, OfferState.STOPPED}),
    OfferState.ENDED: frozenset(),
    OfferState.STOPPED: frozenset(),
}
"""An offer that is scheduled may go back to be changed; one that began never does: it is stopped and cloned."""

RUNNING = (OfferState.SCHEDULED, OfferState.LIVE)
"""Approved and not over: such an offer is live while its moment lies between its two times, whichever of the
two states the minute's task has written so far."""

AUCTION_MOVES: Moves = {
    Auction.State.DRAFT: frozenset({Auction.State.SCHEDULED, Auction.State.STOPPED}),
    Auction.State.SCHEDULED: frozenset(
        {Auction.State.DRAFT, Auction.State.LIVE, Auction.State.UNSOLD, Auction.State.STOPPED}
    ),
    Auction.State.LIVE: frozenset({Auction.State.SOLD, Auction.State.UNSOLD, Auction.State.STOPPED}),
    Auction.State.SOLD: frozenset({Auction.State.UNSOLD}),
    Auction.State.UNSOLD: frozenset(),
    Auction.State.STOPPED: frozenset(),
}
"""SOLD turns into UNSOLD when the winner does not pay in time."""

AUCTION_RUNNING = (Auction.State.SCHEDULED, Auction.State.LIVE)


class ForbiddenAct(models.TextChoices):
    """The four acts for which a red packet is taken back (S0-16), in the words of the rules."""

    CASHING = "恶意套现", "恶意套现"
    CHEATING = "作弊", "作弊"
    FAKING_CREDIT = "刷信誉", "刷信誉"
    FALSE_TRADE = "虚假交易", "虚假交易"
