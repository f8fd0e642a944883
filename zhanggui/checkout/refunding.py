"""What goes back when lines of a paid own order are refunded: computed anew from what is kept, line by line.

The law: docs/laws/prices.md, section 12, and docs/laws/money.md. Nothing here writes; `actions.refunds` does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from zhanggui.checkout.baskets import postage_of
from zhanggui.checkout.gathered import read_settings
from zhanggui.freight.prepared import prepare
from zhanggui.orders import rules
from zhanggui.orders.models import Order, OrderLine, Priced
from zhanggui.orders.states import LineState, Refund, State
from zhanggui.promotions import wording
from zhanggui.promotions.models import RedPacketUse
from zhanggui.promotions.pricing import keeping, kept, values
from zhanggui.promotions.taking import packet_usable


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the order in a refund. `asked`: it goes back; `before_fen`: what it cost, `now_fen`: what its kept pieces
    cost without the offers that are lost, `back_fen`: its part of all that goes back (earlier refunds included).
    """

    line: OrderLine
    asked: bool
    before_fen: int
    now_fen: int
    back_fen: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What goes back now. refund = cash + red; red = red_returned (to the purse) + red_expired (void). Fen.

    `earlier_fen`: what went back before; `postage_fen`: of all that goes back, postage. `closing`: the lines that are closed
    with it, presents that are not earned any more and did not leave yet among them; `gifts`: (title, pieces, worth or None) of
    presents that left and are to be returned. `lost`: names of the offers that no longer count, with the reason and what they
    saved the order; `gained`: names of those that count for the kept goods and did not, or not for as much, with what they do
    now; `stay`: of the others that count on, so that the two sums of the goods can be followed. `exact`: the basket was priced
    anew; False: its price was changed by hand, and each line gives back what it cost.
    """

    lines: tuple[OrderLine, ...]
    closing: tuple[OrderLine, ...]
    rows: tuple[Row, ...]
    refund_fen: int
    cash_fen: int
    red_fen: int
    red_returned_fen: int
    red_expired_fen: int
    earlier_fen: int
    postage_fen: int
    shortfall_fen: int
    gifts: tuple[tuple[str, int, int | None], ...]
    lost: tuple[tuple[str, str, int], ...]
    gained: tuple[tuple[str, str], ...]
    stay: tuple[tuple[str, str, int], ...]
    exact: bool


@dataclass(frozen=True, slots=True)
class _Sums:
    """All that goes back in the end, however it was found out."""

    refund_fen: int
    postage_fen: int
    shortfall_fen: int
    now: Mapping[int, int]
    back: Mapping[int, int]
    gifts: tuple[kept.GiftBack, ...]
    lost: tuple[tuple[str, str, int], ...]
    gained: tuple[tuple[str, str], ...]
    stay: tuple[tuple[str, str, int], ...]


def propose(order: Order, lines: Sequence[OrderLine], *, at: datetime) -> Proposal | None:
    """What goes back for the lines whose refund is open; None when there are none, or nothing was paid.

    Depends only on what is kept in the end, so the order of refunds does not matter. Four statements.
    """
    asked = [line for line in lines if line.refund == Refund.OPEN and line.state != LineState.CLOSED]
    if order.source != rules.OWN or not order.paid_fen or not asked:
        return None
    bought = [line for line in lines if line.gift_of is None]
    asking = {line.pk for line in asked}
    keep = [line for line in bought if line.state != LineState.CLOSED and line.pk not in asking]
    sent = order.state != State.PAID or any(line.shipped_pieces for line in lines)
    priced = Priced.objects.filter(order=order).first()
    sums = None
    if priced is not None and order.due_fen == order.paid_fen and not order.adjust_fen:
        sums = _anew(order, priced, bought, keep, sent, at)
    exact = sums is not None
    sums = sums or _by_shares(order, bought, keep, sent)
    refund = min(max(sums.refund_fen - order.refunded_fen, 0), order.paid_fen - order.refunded_fen)
    red = rules.red_back(order.red_fen, order.paid_fen, order.refunded_fen + refund) - order.red_refunded_fen
    returned = min(red, _returnable(order, at)) if red else 0
    closing, gifts = _presents(lines, asked, keep, sums.gifts)
    return Proposal(
        lines=tuple(asked),
        closing=tuple(closing),
        rows=tuple(
            Row(line, line.pk in asking, line.share_fen, sums.now.get(line.pk, 0), sums.back.get(line.pk, 0))
            for line in bought
        ),
        refund_fen=refund,
        cash_fen=refund - red,
        red_fen=red,
        red_returned_fen=returned,
        red_expired_fen=red - returned,
        earlier_fen=order.refunded_fen,
        postage_fen=sums.postage_fen,
        shortfall_fen=sums.shortfall_fen,
        gifts=tuple(gifts),
        lost=sums.lost,
        gained=sums.gained,
        stay=sums.stay,
        exact=exact,
    )


def _anew(
    order: Order,
    kept_with: Priced,
    bought: Sequence[OrderLine],
    keep: Sequence[OrderLine],
    sent: bool,
    at: datetime,
) -> _Sums | None:
    """By the receipt that was kept with the order; None where the order is not any more what the receipt says."""
    basket = keeping.load_basket(kept_with.basket)
    priced = keeping.load_priced(kept_with.receipt)
    of_key = {str(line.sku_id): line for line in bought}
    same = {key: line.pieces for key, line in of_key.items()} == {i.key: i.pieces for i in basket.items}
    if not same or len(of_key) != len(bought) or priced.due_fen != order.due_fen:
        return None
    offers = keeping.load_offers(kept_with.offers)
    found = kept.reprice(
        basket,
        offers,
        priced,
        {str(line.sku_id): line.pieces for line in keep},
        postage=None if sent else _postage(order, basket, priced, keep, at),
    )
    names = {offer.id: offer.name for offer in offers}
    before = {row.offer_id: row.off_fen for row in priced.applied}
    after = [
        (names.get(row.offer_id, ""), wording.said(row), row.off_fen, before.get(row.offer_id, -1))
        for row in found.priced.applied
    ]
    return _Sums(
        found.refund_fen,
        found.postage_back_fen,
        found.shortfall_fen,
        {of_key[row.key].pk: row.share_fen for row in found.lines},
        {of_key[row.key].pk: row.refund_fen for row in found.lines},
        found.gifts_back,
        tuple(
            (names.get(row.offer_id, ""), wording.reason(row), before.get(row.offer_id, 0))
            for row in found.lost
        ),
        tuple((name, said) for name, said, fen, was in after if fen > was),
        tuple((name, said, was) for name, said, fen, was in after if fen <= was),
    )


def _postage(
    order: Order, basket: values.Basket, priced: values.Priced, keep: Sequence[OrderLine], at: datetime
) -> values.PostageOf | None:
    """What the parcel of the kept goods costs, never more than the first one did; None where the tables do not say."""
    pieces = {str(line.sku_id): line.pieces for line in keep}
    items = [item for item in basket.items if item.key in pieces]
    if not items:
        return lambda _goods: values.Postage(0, "priced")
    most = (priced.postage_fen or 0) + priced.postage_off_fen
    tariff = prepare([order.shop], read_settings([order.shop], at))[order.shop_id]
    asked = postage_of(tariff, items, basket.region, order.carrier or None)
    if asked(0).fee_fen is None:
        return None
    return lambda goods: values.Postage(min(asked(goods).fee_fen or 0, most), "priced")


def _by_shares(order: Order, bought: Sequence[OrderLine], keep: Sequence[OrderLine], sent: bool) -> _Sums:
    """Of an order whose price was changed by hand: each line gives back what it cost, the last one the postage too."""
    kept_ids = {line.pk for line in keep}
    value = sum(line.share_fen for line in keep)
    postage = min(order.postage_fen, order.paid_fen) if keep or sent else 0
    refund = max(order.paid_fen - value - postage, 0)
    return _Sums(
        refund,
        0 if keep or sent else order.postage_fen,
        0,
        {line.pk: line.share_fen for line in keep},
        {line.pk: line.share_fen for line in bought if line.pk not in kept_ids},
        (),
        (),
        (),
        (),
    )


def _presents(
    lines: Sequence[OrderLine],
    asked: Sequence[OrderLine],
    keep: Sequence[OrderLine],
    back: Sequence[kept.GiftBack],
) -> tuple[list[OrderLine], list[tuple[str, int, int | None]]]:
    """Which lines are closed with it, and which presents have to come back."""
    closing = list(asked)
    have = {line.pk for line in asked}
    lost = {(gift.offer_id, gift.sku_id): gift for gift in back}
    gifts = []
    for line in lines:
        if line.gift_of is None or line.state == LineState.CLOSED or line.pk in have:
            continue
        gift = lost.get((line.gift_of, line.sku_id or 0))
        if keep and (gift is None or gift.pieces < line.pieces):
            if gift is not None:
                gifts.append((str(line), gift.pieces, gift.worth_fen))
            continue
        if not keep or not line.shipped_pieces:
            closing.append(line)
        if line.shipped_pieces:
            gifts.append((str(line), line.shipped_pieces, gift.worth_fen if gift else None))
    return closing, gifts


def _returnable(order: Order, at: datetime) -> int:
    """How much of the order's red packets may still return to the purse. One statement."""
    uses = RedPacketUse.objects.filter(order_id=order.pk, state=RedPacketUse.State.USED).select_related(
        "packet"
    )
    return sum(
        use.amount_fen - use.returned_fen - use.expired_fen for use in uses if packet_usable(use.packet, at)
    )
