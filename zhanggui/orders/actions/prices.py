"""Changing prices by hand, while an order waits for payment (S1-17)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Max
from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.money import plain_yuan, split
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.orders import rules
from zhanggui.orders.batch import Batch
from zhanggui.orders.events import OrdersPriced
from zhanggui.orders.models import Concession, Order, OrderLine, Timer
from zhanggui.orders.outcomes import only
from zhanggui.orders.states import State
from zhanggui.people.powers import Power
from zhanggui.shops.models import Kind


class MallPrice(NotNow):
    """A mall shop may not change item prices (S1-17); what it may offer instead is in the sentence (C10)."""

    code = "mall_price"


class NeedsLeader(NotNow):
    """Further down than anybody may go alone: the way is to ask for a concession (S2-03)."""

    code = "needs_leader"


MOST_FEN = 1_000_000 * 100
"""No amount of an order is higher: beyond it a finger slipped."""


@action
def change_price(
    *,
    by: Actor,
    order: Order,
    at: datetime,
    line_totals: Mapping[int, int] | None = None,
    postage_fen: int | None = None,
    goods_fen: int | None = None,
    reason: str = "",
) -> None:
    """Change what the buyer has to pay: of single lines, of the postage, or of the goods as a whole.

    `line_totals`: line id -> what the buyer shall pay for the whole line, in fen. `goods_fen`: the same for
    all goods, spread over the lines by what they cost. `postage_fen`: the new postage; None leaves it.
    A bazaar shop may change both, never below 0; a mall shop may only lower the postage. Goods that become
    cheaper are a concession, counted like every other, and nobody gives alone more than an agent may: what
    is lower is asked for (`concessions.offer`) and granted by somebody else, a leader's own wish too. The
    policy `orders.price_within_ladder` lifts this for a shop. The time to pay begins anew (protocols 7.3).
    Raises NotAllowed without ORDER_PRICE, NotNow unless the order waits for payment or when its attempts
    are used up, MallPrice, NeedsLeader, Invalid below 0, above MOST_FEN or for a line not its own.
    """
    batch = Batch([order.pk])

    def act(locked: Order) -> str | None:
        by.must(Power.ORDER_PRICE, shop_id=locked.shop_id)
        wanted = _wanted(batch, locked, line_totals, goods_fen)
        if postage_fen is not None:
            _must_be_postage(postage_fen)
        must_wait_for_payment(locked)
        points = _within_ladder(batch, locked, wanted, at)
        if points is not None:
            _count(by, locked, points, wanted, reason, batch.policy(locked, _ATTEMPTS, at), at)
        return apply(batch, locked, wanted, postage_fen, at)

    only(batch.each([(order.pk, act)]))
    batch.save(by=by, what="order.priced", at=at, news=OrdersPriced, reason=reason)


@action
def change_postage_many(
    *, by: Actor, order_ids: list[int], postage_fen: int, at: datetime, reason: str = ""
) -> list[object]:
    """Set the postage of many orders; outcomes by order, refusals as for `change_price`."""
    batch = Batch(order_ids)

    def act(locked: Order) -> str | None:
        by.must(Power.ORDER_PRICE, shop_id=locked.shop_id)
        _must_be_postage(postage_fen)
        must_wait_for_payment(locked)
        return apply(batch, locked, {}, postage_fen, at)

    outcomes = batch.each((pk, partial(act)) for pk in order_ids)
    batch.save(by=by, what="order.priced", at=at, news=OrdersPriced, reason=reason)
    return list(outcomes)


def must_wait_for_payment(order: Order) -> None:
    """Raise NotNow unless the order waits for payment: a paid price is final in every shop."""
    if order.state != State.UNPAID:
        raise NotNow(
            _("订单 %(number)s 现在是「%(state)s」，只有等待买家付款的订单才能改价。")
            % {"number": order.number, "state": _(str(order.get_state_display()))}
        )


def _must_be_postage(fen: int) -> None:
    if fen < 0:
        raise Invalid(_("邮费不能小于 0 元"), "postage")
    _must_be_likely(fen, "postage")


def _must_be_likely(fen: int, field: str) -> None:
    if fen > MOST_FEN:
        raise Invalid(_("金额不能超过 %(most)s 元") % {"most": f"{MOST_FEN // 100:,}"}, field)


WHOLE = 0
"""Key of the goods as a whole, for an order whose lines nobody told."""


def _wanted(
    batch: Batch, order: Order, line_totals: Mapping[int, int] | None, goods_fen: int | None
) -> dict[int, int]:
    lines = batch.open_lines(order)
    wanted = dict(line_totals or {})
    if not set(wanted) <= {line.pk for line in lines}:
        raise Invalid(_("这个订单里没有这件商品，或它已关闭。"), "line")
    if goods_fen is not None:
        if goods_fen < 0:
            raise Invalid(_("商品价格不能小于 0 元"), "price")
        _must_be_likely(goods_fen, "price")
        if not lines:
            return {WHOLE: goods_fen}
        parts = split(goods_fen, [full_price(line) for line in lines])
        wanted = {line.pk: part for line, part in zip(lines, parts, strict=True)}
    if any(total < 0 for total in wanted.values()):
        raise Invalid(_("商品价格不能小于 0 元"), "price")
    _must_be_likely(sum(wanted.values()), "price")
    return wanted


def full_price(line: OrderLine) -> int:
    """What a line costs without any change by hand, in fen: the measure of every concession."""
    return line.price_fen * line.pieces - line.discount_fen


_ATTEMPTS = "orders.concession_attempts"


def _within_ladder(batch: Batch, order: Order, wanted: Mapping[int, int], at: datetime) -> int | None:
    """The share of the full price that goods made cheaper come to, in 1/10000; None where no concession is
    made or the shop does not count them. Raises NeedsLeader below what one person may give.
    """
    if not wanted or not batch.policy(order, "orders.price_within_ladder", at):
        return None
    if batch.shop(order).kind == Kind.MALL:
        return None  # refused anyway, with the better sentence
    lines = batch.open_lines(order)
    full = sum(map(full_price, lines)) if lines else order.goods_fen - order.discount_fen
    now = sum(line.share_fen for line in lines) if lines else order.due_fen - order.postage_fen
    asked = sum(wanted.get(line.pk, line.share_fen) for line in lines) if lines else wanted[WHOLE]
    points = rules.basis_points(asked, full)
    if asked >= now or points >= 10_000:
        return None
    limit = batch.policy(order, "orders.concession_agent", at)
    if points < limit:
        raise NeedsLeader(
            _(
                "商品价降到了原价的 %(asked)s%%，一个人最低只能降到 %(limit)s%%。请走「申请让价」，由另一位主管批准。"
            )
            % {"asked": points / 100, "limit": limit / 100}
        )
    least = batch.policy(order, "orders.concession_threshold", at)
    if full < least:
        raise NeedsLeader(
            _("货款不满 %(least)s 元，降价须由另一位主管批准，请走「申请让价」。")
            % {"least": plain_yuan(least)}
        )
    return points


def _count(
    by: Actor, order: Order, points: int, wanted: Mapping[int, int], reason: str, most: int, at: datetime
) -> None:
    """Goods made cheaper by a new price are a step on the same ladder as an offer (C11)."""
    Concession.objects.create(
        order=order,
        attempt=next_attempt(order, most),
        basis_points=points,
        wanted={str(pk): fen for pk, fen in wanted.items()},
        state=Concession.State.GRANTED,
        reason=reason[:200],
        staff_id=by.staff_id,
        asker=by.name[:80],
        asked_at=at,
    )


def next_attempt(order: Order, most: int) -> int:
    """The number of the next concession on a locked order. Raises NotNow when the attempts are used up."""
    past = order.concessions.aggregate(last=Max("attempt"))["last"] or 0
    if past >= most:
        raise NotNow(_("这个订单已让价 %(times)s 次，不能再让。") % {"times": past})
    return int(past) + 1


def apply(
    batch: Batch, order: Order, wanted: Mapping[int, int], postage_fen: int | None, at: datetime
) -> str | None:
    """Put new line totals and postage on a locked, unpaid order; None when nothing is different.

    Raises MallPrice as the platform's rule says. The caller has checked the powers and saves the batch.
    """
    lines = {line.pk: line for line in batch.open_lines(order)}
    goods_now = order.due_fen - order.postage_fen
    if WHOLE in wanted:
        change = {WHOLE: wanted[WHOLE]} if wanted[WHOLE] != goods_now else {}
    else:
        change = {pk: total for pk, total in wanted.items() if total != lines[pk].share_fen}
    mall = batch.shop(order).kind == Kind.MALL
    if mall and change:
        raise MallPrice(_("商城店不能修改商品价格。可以改为送优惠券、送赠品，或者降低邮费。"))
    if mall and postage_fen is not None and postage_fen > order.postage_fen:
        raise MallPrice(_("商城店的邮费只能改低，不能改高。"))
    new_postage = order.postage_fen if postage_fen is None else postage_fen
    if not change and new_postage == order.postage_fen:
        return None
    for pk, total in change.items():
        if pk == WHOLE:
            order.adjust_fen += total - goods_now
            continue
        line = lines[pk]
        order.adjust_fen += total - line.share_fen
        line.adjust_fen += total - line.share_fen
        line.share_fen = total
    if new_postage + order.goods_fen + order.adjust_fen - order.discount_fen < order.red_fen:
        raise Invalid(_("改后的应付不能低于买家已用的红包。"), "price")
    order.postage_fen = new_postage
    order.due_fen = order.goods_fen + order.postage_fen + order.adjust_fen - order.discount_fen
    restart_payment_time(batch, order, at)
    return ""


def restart_payment_time(batch: Batch, order: Order, at: datetime) -> None:
    """The time to pay begins anew after a price change (protocols 7.3)."""
    hours = batch.policy(order, "orders.unpaid_close_hours", at)
    batch.set_timer(order, Timer.Kind.CLOSE_UNPAID, at + timedelta(hours=hours), at=at)
