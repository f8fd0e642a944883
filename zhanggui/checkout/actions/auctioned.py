"""Auctions: the order of whoever won, and what becomes of the bidders' deposits."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from zhanggui.checkout.actions.backs import Ask, ask_many
from zhanggui.checkout.actions.placing import Placed, Placing, place_many
from zhanggui.checkout.models import PaymentPart
from zhanggui.customers import queries as customers
from zhanggui.customers.models import Address, Buyer
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.ledger.books import Movement, post
from zhanggui.ledger.models import Account
from zhanggui.orders.actions.own import cancel_own
from zhanggui.orders.arriving import ArrivingReceiver
from zhanggui.orders.states import CloseReason
from zhanggui.promotions.actions.auctions import order_placed
from zhanggui.promotions.events import AuctionUnpaid, AuctionWon, DepositsMoved
from zhanggui.promotions.models import Auction, Deposit


@action
def place_won(*, by: Actor, won: AuctionWon, at: datetime) -> Placed | None:
    """The winner's order at the price of the bid, to the default address; the deposit is set off when it is paid.

    Placed once however often it is heard. Of a winner without an address the order waits until there is one
    (`place_waiting`), with the same deadline to pay. Goods that are gone leave a line in the daybook for a person.
    None when the order is there already, waits for an address, or the time is over.
    """
    auction = Auction.objects.select_related("shop", "sku__product").get(pk=won.auction_id)
    if auction.order_id is not None or auction.state != Auction.State.SOLD or won.pay_until <= at:
        return None
    receiver = _receiver(Buyer.objects.get(pk=won.buyer_id))
    if receiver is None and not auction.sku.product.virtual:
        ring(f"buyer:{won.buyer_id}", f"auction:{auction.pk}")
        return None
    deposit = Deposit.objects.filter(pk=won.deposit_id, state=Deposit.State.PAID).first()
    placing = Placing(
        key=f"auction:{won.auction_id}",
        buyer_id=won.buyer_id,
        shop=auction.shop,
        lines=[(won.sku_id, won.pieces)],
        receiver=receiver,
        fixed={won.sku_id: won.amount_fen // won.pieces},
        pay_until=won.pay_until,
        auction=True,
        set_off_fen=deposit.amount_fen if deposit is not None else 0,
    )
    placed = place_many(by=by, placings=[placing], at=at)[0]
    if placed.ok:
        order_placed(by=by, auction_id=auction.pk, order_id=placed.order_id or 0, at=at)
    else:
        write(
            by=by, what="auction.unplaced", on=auction, shop_id=auction.shop_id, reason=placed.message[:200]
        )
        ring(f"shop:{auction.shop_id}", f"auction:{auction.pk}")
    return placed


def waiting_of(buyer: Buyer, *, at: datetime) -> list[Auction]:
    """Auctions this buyer won whose order waits for an address, still to be paid in time. One statement."""
    rows = Auction.objects.filter(state=Auction.State.SOLD, order_id__isnull=True, paid_at__isnull=True)
    return list(
        rows.filter(top_bidder=buyer, pay_until__gt=at).select_related("shop").order_by("pay_until", "pk")
    )


@action
def place_waiting(*, by: Actor, at: datetime, buyer: Buyer | None = None, most: int = 20) -> int:
    """Place the orders that waited for their winner's address; gives how many. `buyer`: only his, just now."""
    rows = Auction.objects.filter(
        state=Auction.State.SOLD, order_id__isnull=True, paid_at__isnull=True, pay_until__gt=at
    )
    if buyer is not None:
        rows = rows.filter(top_bidder=buyer)
    else:
        there = Address.objects.filter(buyer=OuterRef("top_bidder"), dropped_at__isnull=True)
        rows = rows.filter(Exists(there))
    placed = 0
    for row in rows.select_for_update(skip_locked=True, no_key=True).order_by("pay_until", "pk")[:most]:
        deposit = Deposit.objects.filter(auction=row, buyer=row.top_bidder, state=Deposit.State.PAID).first()
        won = AuctionWon(
            auction_id=row.pk,
            shop_id=row.shop_id,
            buyer_id=row.top_bidder_id or 0,
            amount_fen=row.top_fen or 0,
            sku_id=row.sku_id,
            pieces=row.pieces,
            pay_until=row.pay_until or at,
            deposit_id=deposit.pk if deposit is not None else 0,
        )
        outcome = place_won(by=by, won=won, at=at)
        placed += outcome is not None and outcome.ok
    return placed


@action
def close_unpaid_won(*, by: Actor, told: AuctionUnpaid, at: datetime) -> None:
    """The winner did not pay in time: his order is closed, if nothing paid or closed it meanwhile."""
    if told.order_id:
        cancel_own(by=by, order_ids=[told.order_id], reason=str(CloseReason.NOT_PAID), at=at)


def _receiver(buyer: Buyer) -> ArrivingReceiver | None:
    known = customers.addresses(buyer)
    if not known:
        return None
    return ArrivingReceiver.at(customers.address(buyer, known[0].key)[1])


@action
def follow_deposits(*, by: Actor, told: DepositsMoved, at: datetime) -> None:
    """Deposits that were paid go back to the bidders, or are the shop's where the winner did not pay. Twice changes nothing."""
    parts = PaymentPart.objects.filter(deposit_id__in=told.deposit_ids, booked="paid").select_related(
        "payment"
    )
    asks, kept = [], []
    for part in parts.order_by("pk"):
        if told.state == Deposit.State.BACK:
            ref = f"{part.payment.number}-D{part.pk}"
            asks.append(Ask(part.payment_id, None, part.amount_fen, _("拍卖结束，退还保证金"), ref))
        elif told.state == Deposit.State.TAKEN:
            amounts = {Account.DEPOSIT_HELD: part.amount_fen, Account.SHOP_INCOME: -part.amount_fen}
            kept.append(Movement(told.shop_id, "deposit.kept", f"deposit:{part.pk}:kept", at, amounts))
    post(kept)
    if asks:
        ask_many(by=by, asks=asks, at=at)
