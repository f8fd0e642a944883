"""The bargain ladder (S2-03, C11): an agent's own limit, a leader's approval, a floor; every step counted."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.journal.news import announce
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotAllowed, NotNow
from zhanggui.orders import rules
from zhanggui.orders.actions.prices import (
    MallPrice,
    apply,
    full_price,
    must_wait_for_payment,
    next_attempt,
)
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import ConcessionAsked, ConcessionDecided, OrdersPriced
from zhanggui.orders.models import Concession, Order
from zhanggui.people.leading import same_person
from zhanggui.people.powers import Power
from zhanggui.shops.models import Kind


class BelowFloor(NotNow):
    """Lower than anybody may go."""

    code = "below_floor"


class OwnRequest(NotAllowed):
    """Who asks is not who approves (reliability G6.3)."""

    code = "own_request"


@action
def offer(*, by: Actor, order: Order, basis_points: int, at: datetime, reason: str = "") -> Concession:
    """Give the goods for so much of their full price (9700 is 97 %), or ask a leader for it.

    Granted at once down to the agent's own limit on an order above the threshold: the price changes in the
    same transaction. Down to the leader's limit the concession is asked and waits for `decide`. The limit
    holds for everybody: a leader's own request also needs another leader. Raises NotAllowed without
    ORDER_PRICE, NotNow unless unpaid or while another request waits, MallPrice in a mall shop (C10),
    BelowFloor, Invalid for more than 100 %.
    """
    batch = Batch([order.pk])
    order = batch.order(order.pk)
    by.must(Power.ORDER_PRICE, shop_id=order.shop_id)
    must_wait_for_payment(order)
    if batch.shop(order).kind == Kind.MALL:
        raise MallPrice(_("商城店不能让价。可以改为送优惠券、送赠品，或者降低邮费。"))
    if not 0 <= basis_points < 10_000:
        raise Invalid(_("让价后的比例应小于 100%"), "basis_points")
    lines = batch.open_lines(order)
    if not lines:
        raise NotNow(_("这个订单还没有商品明细，请先导入明细再让价。"))
    full = [full_price(line) for line in lines]
    lowest = max(
        batch.policy(order, "orders.concession_floor", at),
        batch.policy(order, "orders.concession_leader", at),
    )
    if basis_points < lowest:
        raise BelowFloor(_("最低只能让到 %(floor)s%%，请换一个价格。") % {"floor": lowest / 100})
    if order.concessions.filter(state=Concession.State.ASKED).exists():
        raise NotNow(_("这个订单已有一个让价申请在等主管批准。"))
    attempt = next_attempt(order, batch.policy(order, "orders.concession_attempts", at))
    alone = basis_points >= batch.policy(order, "orders.concession_agent", at) and sum(full) >= batch.policy(
        order, "orders.concession_threshold", at
    )
    wanted = dict(zip((line.pk for line in lines), rules.conceded(full, basis_points), strict=True))
    if sum(wanted.values()) >= sum(line.share_fen for line in lines):
        raise Invalid(_("现在的价格已经不高于这个让价"), "basis_points")
    concession = Concession.objects.create(
        order=order,
        attempt=attempt,
        basis_points=basis_points,
        wanted={str(pk): fen for pk, fen in wanted.items()},
        state=Concession.State.GRANTED if alone else Concession.State.ASKED,
        reason=reason[:200],
        staff_id=by.staff_id,
        asker=by.name[:80],
        asked_at=at,
    )
    told: dict[str, list[Any]] = {
        "attempt": [attempt - 1, attempt],
        "concession": [None, concession.state],
        "offer": [None, basis_points],
    }
    if alone:
        apply(batch, order, wanted, None, at)
        batch.tell(order, told)
        batch.save(by=by, what="concession.granted", at=at, news=OrdersPriced, reason=reason)
    else:
        daybook.write(by=by, what="concession.asked", on=order, change=told, reason=reason)
        announce(ConcessionAsked(order.shop_id, (order.pk,)))
        ring(f"shop:{order.shop_id}", f"order:{order.number}")
    return concession


@action
def decide(*, by: Actor, concession: Concession, agree: bool, at: datetime, reason: str = "") -> None:
    """A leader agrees to a concession, and the price changes with it, or refuses.

    Raises NotAllowed without CONCESSION_LEADER, OwnRequest for the one who asked (main account
    and sub-accounts are one person), NotNow when it was decided,
    when the order is no longer unpaid, or when its lines are no longer those of the request.
    """
    batch = Batch([concession.order_id])
    order = batch.order(concession.order_id)
    by.must(Power.CONCESSION_LEADER, shop_id=order.shop_id)
    concession = Concession.objects.select_for_update().get(pk=concession.pk)
    if concession.state != Concession.State.ASKED:
        raise NotNow(_("这个让价申请已经处理过了。"))
    asker = concession.staff_id
    if same_person(by.staff_id, asker) or (by.staff_id is asker is None and by.name == concession.asker):
        raise OwnRequest(_("不能批准自己的让价申请，请找另一位主管。"))
    state = Concession.State.GRANTED if agree else Concession.State.REFUSED
    change: dict[str, list[Any]] = {
        "concession": [Concession.State.ASKED, state],
        "offer": [None, concession.basis_points],
    }
    if agree:
        must_wait_for_payment(order)
        wanted = {int(pk): fen for pk, fen in concession.wanted.items()}
        lines = batch.open_lines(order)
        parts = rules.conceded([full_price(line) for line in lines], concession.basis_points)
        if wanted != dict(zip((line.pk for line in lines), parts, strict=True)):
            raise NotNow(_("订单的商品已经变了，请重新申请让价。"))
        apply(batch, order, wanted, None, at)
        batch.tell(order, change)
        batch.save(by=by, what="concession.granted", at=at, news=OrdersPriced, reason=reason)
    else:
        daybook.write(by=by, what="concession.refused", on=order, change=change, reason=reason)
        ring(f"shop:{order.shop_id}", f"order:{order.number}")
    concession.state = state
    concession.decider_id, concession.decider, concession.decided_at = by.staff_id, by.name[:80], at
    concession.save(update_fields=["state", "decider_id", "decider", "decided_at"])
    announce(ConcessionDecided(order.shop_id, (order.pk,)))
