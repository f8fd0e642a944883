"""The one equation of an order's money: due = goods + postage + adjust - discount, in fen.

Files tell some of its members; the rest follows. What contradicts itself is refused, never smoothed.
"""

from dataclasses import replace

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.kit.money import plain_yuan
from zhanggui.orders.arriving import Arriving, ArrivingLine


def balance(*, goods: int, postage: int, due: int) -> tuple[int, int]:
    """(adjust, discount) that make the equation hold: less than the goods' price is a discount, more is adjusted."""
    over = due - goods - postage
    return (over, 0) if over > 0 else (0, -over)


def same(told: int, counted: int, what: str) -> None:
    """Raise RowRefused when an amount of the file is not what its other amounts add up to."""
    if told != counted:
        raise RowRefused(
            _("金额自相矛盾：%(what)s是 %(told)s，按其他列应为 %(counted)s。")
            % {"what": _(what), "told": plain_yuan(told), "counted": plain_yuan(counted)}
        )


def within(part: int | None, whole: int, what: str, limit: str) -> None:
    """Raise RowRefused when one amount is larger than the one it is part of."""
    if part is not None and part > whole:
        raise RowRefused(
            _("金额自相矛盾：%(what)s %(part)s 大于%(limit)s %(whole)s。")
            % {"what": _(what), "part": plain_yuan(part), "limit": _(limit), "whole": plain_yuan(whole)}
        )


def with_lines(order: Arriving, lines: tuple[ArrivingLine, ...]) -> Arriving:
    """The order with its articles: goods is what they cost by their prices, the difference a discount or change."""
    goods = sum(line.price_fen * line.pieces for line in lines)
    adjust, discount = balance(goods=goods, postage=order.postage_fen, due=order.due_fen)
    return replace(
        order,
        lines=lines,
        goods_fen=goods,
        adjust_fen=adjust,
        discount_fen=discount,
        pieces=sum(line.pieces for line in lines),
    )
