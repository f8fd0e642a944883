"""Weighing what arrives: does its money add up, and what falls on each line? Pure functions, no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from zhanggui.kit.money import yuan
from zhanggui.kit.refusals import Invalid
from zhanggui.orders import rules
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.states import RANK, LineState, Refund, State

_NUMBER, _TITLE, _SPEC, _CODE, _NICK = 40, 200, 200, 60, 80
_MOST_FEN = 10**13


@dataclass(frozen=True, slots=True)
class WeighedLine:
    """A line with everything of the order's money that falls on it, in fen."""

    line: ArrivingLine
    state: LineState
    adjust_fen: int
    discount_fen: int
    share_fen: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """An arriving order whose money adds up: due = goods + postage + adjust - discount = Σ shares + postage."""

    told: Arriving
    goods_fen: int
    discount_fen: int
    adjust_fen: int
    paid_fen: int
    refunded_fen: int
    refund: str
    pieces: int
    title: str
    lines: tuple[WeighedLine, ...] = ()
    odd: bool = field(default=False)
    """The money adds up only with a guess, or what was paid is not what was due: a person must look."""


def weigh(told: Arriving) -> Weighed:
    """Complete an arriving order. Raises Invalid, with a sentence, for what cannot be true."""
    if not told.number.strip() or len(told.number) > _NUMBER:
        raise Invalid(_("订单编号是空的，或者超过 40 个字符。"), "number")
    if len(told.nick) > _NICK:
        raise Invalid(_("买家昵称不能超过 80 个字"), "nick")
    for fen in (told.due_fen, told.postage_fen, told.discount_fen, told.goods_fen or 0, told.paid_fen or 0):
        if not 0 <= fen <= _MOST_FEN:
            raise Invalid(_("金额不能小于 0，也不能大得不合情理：%(fen)s") % {"fen": yuan(fen)}, "money")
    counted = [line for line in told.lines if not _gone(told, line)]
    if told.lines:
        weighed = weigh_lines(
            told.lines,
            told.state,
            told.due_fen - told.postage_fen,
            told.goods_fen,
            told.discount_fen,
            told.adjust_fen,
            gone=[_gone(told, line) for line in told.lines],
        )
        goods, discount, adjust, odd = (
            weighed.goods_fen,
            weighed.discount_fen,
            weighed.adjust_fen,
            weighed.odd,
        )
        lines = weighed.lines
    else:
        lines, odd = (), False
        discount, adjust = told.discount_fen, told.adjust_fen
        rest = told.due_fen - told.postage_fen - adjust + discount
        goods = rest if told.goods_fen is None else told.goods_fen
    if goods < 0 or told.due_fen != goods + told.postage_fen + adjust - discount:
        raise Invalid(
            _(
                "金额对不上：商品 %(goods)s + 邮费 %(postage)s + 改价 %(adjust)s - 优惠 %(discount)s 不等于应付 %(due)s"
            )
            % {
                "goods": yuan(goods),
                "postage": yuan(told.postage_fen),
                "adjust": yuan(adjust),
                "discount": yuan(discount),
                "due": yuan(told.due_fen),
            },
            "money",
        )
    paid = _paid(told)
    refunded = _refunded(told, paid)
    if refunded > paid:
        raise Invalid(
            _("退款 %(refunded)s 元超过了付款 %(paid)s 元")
            % {"refunded": yuan(refunded), "paid": yuan(paid)},
            "money",
        )
    marks = [line.line.refund for line in lines]
    own = told.refund if told.refund is not None else Refund.NONE
    refund = own if own == Refund.OPEN else rules.refund_of(paid, refunded, marks, own)
    was_paid = RANK[told.state] >= RANK[State.PAID] and not told.cod
    pieces = told.pieces if told.pieces is not None else sum(line.pieces for line in counted)
    title = told.title or "，".join(line.title for line in told.lines[:3])
    return Weighed(
        told,
        goods,
        discount,
        adjust,
        paid,
        refunded,
        refund,
        max(pieces, 0),
        title[:_TITLE],
        lines,
        odd or (was_paid and paid != told.due_fen),
    )


@dataclass(frozen=True, slots=True)
class WeighedGoods:
    """The goods of an order by line."""

    lines: tuple[WeighedLine, ...]
    goods_fen: int
    discount_fen: int
    adjust_fen: int
    odd: bool


def weigh_lines(
    lines: Sequence[ArrivingLine],
    state: str,
    goods_due_fen: int,
    goods_fen: int | None,
    discount_fen: int,
    adjust_fen: int,
    gone: Sequence[bool] = (),
) -> WeighedGoods:
    """Spread an order's discount and changes over its lines, so that the shares add up to `goods_due_fen`.

    When the source tells goods that differ from Σ price × pieces, the lines are right and the difference is
    a discount (the platforms' lists tell goods after discounts), or, upwards, an odd change. Raises Invalid.
    """
    gone = gone or [False] * len(lines)
    counted = [line for line, away in zip(lines, gone, strict=True) if not away]
    for line in lines:
        if line.pieces < 1 or line.price_fen < 0 or line.price_fen * line.pieces > _MOST_FEN:
            raise Invalid(_("商品「%(title)s」的数量或单价不对") % {"title": line.title[:40]}, "line")
        if len(line.code) > _CODE or len(line.outer_number) > _NUMBER:
            raise Invalid(_("商家编码不能超过 60 个字，子订单号不能超过 40 个字"), "line")
    gross = sum(line.price_fen * line.pieces for line in counted)
    odd = False
    if goods_fen is not None and goods_fen < gross:
        discount_fen += gross - goods_fen
    elif goods_fen is not None and goods_fen > gross:
        adjust_fen, odd = adjust_fen + goods_fen - gross, True
    if gross + adjust_fen - discount_fen != goods_due_fen:
        raise Invalid(
            _("金额对不上：商品合计 %(gross)s + 改价 %(adjust)s - 优惠 %(discount)s 不等于商品应付 %(due)s")
            % {
                "gross": yuan(gross),
                "adjust": yuan(adjust_fen),
                "discount": yuan(discount_fen),
                "due": yuan(goods_due_fen),
            },
            "money",
        )
    rest_discount = discount_fen - sum(line.discount_fen for line in counted)
    rest_adjust = adjust_fen - sum(line.adjust_fen for line in counted)
    bases = [line.price_fen * line.pieces + line.adjust_fen - line.discount_fen for line in counted]
    if rest_discount < 0 or any(base < 0 for base in bases):
        raise Invalid(_("商品的优惠或改价超过了商品的价格"), "line")
    try:
        discounts, adjusts = rules.spread(bases, rest_discount, rest_adjust)
    except ValueError:
        raise Invalid(_("商品的优惠或改价超过了商品的价格"), "line") from None
    parts = iter(zip(bases, discounts, adjusts, strict=True))
    weighed = []
    for line, away in zip(lines, gone, strict=True):
        implied = _line_state(line, state)
        if away:
            weighed.append(WeighedLine(line, implied, line.adjust_fen, line.discount_fen, 0))
            continue
        base, discount, adjust = next(parts)
        if base + adjust - discount < 0:
            raise Invalid(_("商品的优惠或改价超过了商品的价格"), "line")
        weighed.append(
            WeighedLine(
                line,
                implied,
                line.adjust_fen + adjust,
                line.discount_fen + discount,
                base + adjust - discount,
            )
        )
    return WeighedGoods(tuple(weighed), gross, discount_fen, adjust_fen, odd)


def _line_state(line: ArrivingLine, state: str) -> LineState:
    """A line's own state where the order's allows it: an ended order has no waiting lines."""
    implied = rules.LINE_OF[state]
    if line.state is None or implied == LineState.CLOSED:
        return implied
    if state == State.PART_SHIPPED or line.state == LineState.CLOSED:
        return line.state if line.state != LineState.UNPAID else LineState.PAID
    if state == State.SHIPPED and line.state == LineState.FINISHED:
        return line.state
    return implied


def _gone(told: Arriving, line: ArrivingLine) -> bool:
    """A line closed before payment is not in what is due; one refunded afterwards is."""
    closed = told.state in (State.CLOSED_UNPAID, State.CLOSED_REFUNDED)
    return line.state == LineState.CLOSED and line.refund == Refund.NONE and not closed


def _paid(told: Arriving) -> int:
    if RANK[told.state] < RANK[State.PAID]:
        return 0
    if told.cod and told.state != State.FINISHED:
        return 0
    if told.paid_fen is not None:
        return told.paid_fen
    return told.due_fen


def _refunded(told: Arriving, paid: int) -> int:
    if told.state == State.CLOSED_REFUNDED and not told.refunded_fen:
        return paid
    return (told.refunded_fen or 0) if paid else 0
