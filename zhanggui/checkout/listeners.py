"""What this room does on news from below: money that follows what happened to an order."""

from zhanggui.checkout.actions.auctioned import close_unpaid_won, follow_deposits, place_won
from zhanggui.checkout.actions.backs import follow_refunds
from zhanggui.checkout.actions.deposits import close_revoked, forfeit
from zhanggui.checkout.actions.withdrawing import withdraw
from zhanggui.journal.news import listen
from zhanggui.kit.actor import system
from zhanggui.kit.clock import database_now
from zhanggui.orders.events import OrdersClosed, RefundsMoved
from zhanggui.promotions.events import AuctionUnpaid, AuctionWon, DepositsMoved, RedPacketsRevoked

BY = system("自营商城", "timer")


@listen(RefundsMoved)
def on_refunds(told: RefundsMoved) -> None:
    """Cash of a settled refund is asked back at the provider."""
    follow_refunds(by=BY, order_ids=told.order_ids, at=database_now())


@listen(OrdersClosed)
def on_closed(told: OrdersClosed) -> None:
    """A pre-sold order that was closed: its deposit is kept or goes back."""
    forfeit(by=BY, order_ids=told.order_ids, at=database_now())


@listen(OrdersClosed)
def on_closed_payments(told: OrdersClosed) -> None:
    """What is still open to pay a closed order is not to be paid any more."""
    withdraw(by=BY, order_ids=told.order_ids, at=database_now())


@listen(AuctionWon)
def on_won(told: AuctionWon) -> None:
    """The winner gets an order at the price of the bid."""
    place_won(by=BY, won=told, at=database_now())


@listen(DepositsMoved)
def on_deposits(told: DepositsMoved) -> None:
    """Deposits of bidders go back, or are kept."""
    follow_deposits(by=BY, told=told, at=database_now())


@listen(AuctionUnpaid)
def on_unpaid(told: AuctionUnpaid) -> None:
    """The winner did not pay: his order is closed."""
    close_unpaid_won(by=BY, told=told, at=database_now())


@listen(RedPacketsRevoked)
def on_revoked(told: RedPacketsRevoked) -> None:
    """Red packets were taken back: unpaid orders that hold them are closed."""
    close_revoked(by=BY, order_ids=told.order_ids, at=database_now())
