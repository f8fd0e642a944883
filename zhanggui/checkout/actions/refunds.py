"""Refunds of own orders: asked for by the buyer, computed by the house, settled by a person, paid once.

A settled refund announces RefundsMoved; `backs.follow_refunds` then asks for the cash at the provider (docs/laws/money.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.checkout.refunding import Proposal, propose
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_of
from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid, NotAllowed, NotFound, NotNow
from zhanggui.orders.actions import receipt
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import RefundsMoved
from zhanggui.orders.models import Order, OrderLine
from zhanggui.orders.rules import OWN
from zhanggui.orders.states import LineState, Refund
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.shops.policies import value

LOOK = "refund_look"
"""Key in `Order.extra`: who looked first at a refund that two people have to see, and at which sum."""


class Changed(NotNow):
    """The order is not any more what the page showed: settle what stands now."""

    code = "stale"


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of it. `waiting`: a second person has to press too, nothing was paid yet."""

    refund_fen: int
    cash_fen: int
    red_fen: int
    waiting: bool = False


@action
def ask_back(
    *, by: Actor, buyer: Buyer, order: Order, line_ids: Collection[int], reason: str, at: datetime
) -> None:
    """The buyer of a paid order that was not sent wants lines of it not any more: a refund is opened on them.

    Presents go with the last bought line. Raises NotFound for another's order, Invalid for no line of it or without a reason,
    NotNow once a line is on its way or when nothing was paid. Two dozen statements.
    """
    if order.buyer_id != buyer.pk or order.source != OWN:
        raise NotFound(_("没有这个订单。"))
    if not reason.strip():
        raise Invalid(_("请选择退款的原因。"), "reason")
    batch = Batch([order.pk])
    locked = batch.order(order.pk)
    wanted = [line for line in batch.lines[locked.pk] if line.pk in set(line_ids) and line.gift_of is None]
    if not wanted:
        raise Invalid(_("请选择要退款的商品。"), "lines")
    if not locked.paid_fen or any(line.state != LineState.PAID or line.shipped_pieces for line in wanted):
        raise NotNow(_("已经发货或没有付款的商品不能在这里退款，请联系客服。"))
    if receipt.freeze(batch, locked, wanted, at) is None:
        return
    batch.save(by=by, what="refund.opened", at=at, news=RefundsMoved, reason=reason.strip()[:200])


@action
def take_back(*, by: Actor, buyer: Buyer, order: Order, at: datetime) -> None:
    """The buyer keeps the goods after all. Raises NotFound for another's order, NotNow when no refund is open."""
    if order.buyer_id != buyer.pk or order.source != OWN:
        raise NotFound(_("没有这个订单。"))
    _thaw(by, order, "", at)


@action
def refuse(*, by: Actor, order: Order, version: int, reason: str, at: datetime) -> None:
    """No money goes back: the lines go on. Raises NotAllowed without ORDER_SETTLE, Invalid without a reason, NotNow."""
    by.must(Power.ORDER_SETTLE, shop_id=order.shop_id)
    if not reason.strip():
        raise Invalid(_("请写明拒绝的原因，买家会看到。"), "reason")
    _thaw(by, order, reason.strip()[:200], at, version=version)


def _thaw(by: Actor, order: Order, reason: str, at: datetime, *, version: int | None = None) -> None:
    batch = Batch([order.pk])
    locked = batch.order(order.pk)
    if version is not None:
        _must_be(locked, version)
    lines = [line for line in batch.open_lines(locked) if line.refund == Refund.OPEN]
    if not lines:
        raise NotNow(_("没有正在处理的退款。"))
    receipt.thaw(batch, locked, lines, Refund.NONE, at)
    _forget_look(batch, locked)
    batch.save(by=by, what="refund.closed", at=at, news=RefundsMoved, reason=reason)


@action
def settle(*, by: Actor, order: Order, version: int, at: datetime) -> Settled:
    """Give back what the lines with an open refund are worth, computed under lock; the lines are closed.

    `version`: of the order as the page showed it, so that twenty clicks pay once and nobody settles a sum he did not see.
    From `checkout.refund_two_from` on the first person only says yes (`waiting`), and another one settles. Raises
    NotAllowed without ORDER_SETTLE or as the second person who is the first, Changed, NotNow when no refund is open.
    Two or three dozen statements.
    """
    by.must(Power.ORDER_SETTLE, shop_id=order.shop_id)
    batch = Batch([order.pk])
    locked = batch.order(order.pk)
    _must_be(locked, version)
    found = propose(locked, batch.lines[locked.pk], at=at)
    if found is None:
        raise NotNow(_("没有正在处理的退款。"))
    if found.refund_fen >= int(value("checkout.refund_two_from", locked.shop, day_of(at))):
        look = locked.extra.get(LOOK)
        if not look or look.get("fen") != found.refund_fen:
            locked.extra = {
                **locked.extra,
                LOOK: {"fen": found.refund_fen, "staff": by.staff_id, "work_no": by.work_no},
            }
            batch.touch(locked)
            batch.tell(locked, {"refund_look": [None, found.refund_fen]})
            batch.save(by=by, what="refund.looked", at=at)
            return Settled(found.refund_fen, found.cash_fen, found.red_fen, waiting=True)
        if by.staff_id is None or same_person(look.get("staff"), by.staff_id):
            raise NotAllowed(
                _("退款 %(fen)s 元要两个人确认，请另一位同事来确认。") % {"fen": yuan(found.refund_fen)}
            )
    receipt.settle(batch, locked, _in_order(found), found.refund_fen, True, at)
    _forget_look(batch, locked)
    batch.save(by=by, what="refund.settled", at=at, news=RefundsMoved)
    return Settled(found.refund_fen, found.cash_fen, found.red_fen)


def _in_order(found: Proposal) -> list[OrderLine]:
    return sorted(found.closing, key=lambda line: line.position)


def _must_be(order: Order, version: int) -> None:
    if order.version != version:
        raise Changed(_("这个订单刚刚有变化，请看清现在的金额再确认。"))


def _forget_look(batch: Batch, order: Order) -> None:
    if LOOK in order.extra:
        order.extra = {name: told for name, told in order.extra.items() if name != LOOK}
        batch.touch(order)
