"""A layout of one's own: the person said which header means what, and it is recognised by its headers next time."""

from collections.abc import Mapping, Sequence
from functools import partial

from django.utils.translation import gettext as _

from zhanggui.connect.files.refusal import RowRefused
from zhanggui.connect.layouts import jd, pdd, places, taobao
from zhanggui.connect.layouts.fields import BY_NAME
from zhanggui.connect.layouts.layout import Columns, Kind, Layout, Reader, Row
from zhanggui.connect.layouts.money import balance, same, within
from zhanggui.connect.layouts.values import amount, bare_waybill, count, identifier, moment, title, unmasked
from zhanggui.orders.arriving import Arriving, ArrivingLine
from zhanggui.orders.states import Refund, State

NEEDS = ("number", "state", "placed_at")
"""What an order cannot do without; besides one of `due`, `paid`, `goods` or `price` with `pieces`."""
MONEY = ("due", "paid", "goods", "price")
_ALIKE = ("state", "placed_at", "due", "paid", "postage", "discount")
_STATES: dict[str, State] = {
    **{text: state for states in (jd.STATES, pdd.STATES, taobao.STATES) for text, state in states.items()},
    **{str(state.label): state for state in State},
    **{str(state.value): state for state in State},
}
_CLOSED = (*taobao.CLOSED, "已取消", "取消", "关闭")


def known_state(text: str, states: Mapping[str, str], money_moved: bool) -> State | None:
    """The state a word means: the preset's own list first, then every platform's; None when nobody knows it."""
    told = taobao.state_of(text)
    if text in states:
        return State(states[text])
    if told in _CLOSED:
        return State.CLOSED_REFUNDED if money_moved else State.CLOSED_UNPAID
    return _STATES.get(told)


class PresetReader(Reader):
    """Reads what was mapped and derives the rest; a row whose amounts contradict each other is refused."""

    def __init__(self, columns: Columns, *, states: Mapping[str, str]) -> None:
        super().__init__(columns)
        self._states = states
        self._has_lines = "title" in columns and "pieces" in columns and "price" in columns

    def order(self, rows: Sequence[Row]) -> Arriving:
        """The order of these rows. Raises RowRefused."""
        row, cell, columns = rows[0], self.columns.cell, self.columns
        for name in _ALIKE if len(rows) > 1 else ():
            if len({cell(other, name) for other in rows}) > 1:
                raise RowRefused(
                    _("同一订单的几行「%(column)s」不一致。") % {"column": columns.theirs.get(name, name)}
                )
        placed_at = moment(cell(row, "placed_at"))
        if placed_at is None:
            raise RowRefused(_("没有下单时间。"))
        paid_at = moment(cell(row, "paid_at"))
        lines = tuple(map(self._line, rows)) if self._has_lines else ()
        money = {name: amount(cell(row, name), BY_NAME[name].label) for name in _AMOUNTS}
        paid, refunded = money["paid"], money["refunded"]
        state = known_state(cell(row, "state"), self._states, bool(paid_at or paid or refunded))
        if state is None:
            raise RowRefused(_("不认识的订单状态：%(text)s") % {"text": cell(row, "state")[:30] or "-"})
        goods, due, adjust, discount = _balanced(money, lines)
        postage = money["postage"] or 0
        within(paid, due, "实付金额", "应付总额")
        if state in (State.UNPAID, State.CLOSED_UNPAID):
            paid = refunded = 0
        elif state == State.CLOSED_REFUNDED:
            paid = refunded = max(paid or 0, refunded or 0) or due
        elif paid is None and "货到付款" not in cell(row, "payment"):
            paid = due
        within(refunded, paid or 0, "退款金额", "实付金额")
        flag = cell(row, "flag")
        return Arriving(
            number=identifier(cell(row, "number"), "订单编号"),
            state=state,
            placed_at=placed_at,
            due_fen=due,
            goods_fen=goods,
            postage_fen=postage,
            discount_fen=discount,
            adjust_fen=adjust,
            paid_fen=paid,
            refunded_fen=refunded,
            paid_at=None if state == State.UNPAID else paid_at,
            shipped_at=moment(cell(row, "shipped_at")),
            ended_at=moment(cell(row, "ended_at")),
            close_reason=cell(row, "close_reason")[:60],
            lines=lines,
            title=title("，".join(line.title for line in lines[:3]) or cell(row, "title")),
            pieces=sum(line.pieces for line in lines) if lines else count(cell(row, "pieces")),
            nick=unmasked(cell(row, "nick"))[:80],
            receiver=places.receiver(
                name=cell(row, "name"),
                phone=unmasked(identifier(cell(row, "phone"), "手机")),
                landline=unmasked(identifier(cell(row, "landline"), "电话")),
                address=cell(row, "address_new") or cell(row, "address"),
                province=cell(row, "province"),
                city=cell(row, "city"),
                district=cell(row, "district"),
                postcode=cell(row, "zip"),
            ),
            buyer_message=cell(row, "message"),
            memo=cell(row, "memo") if "memo" in columns else None,
            flag=int(flag) if flag in ("0", "1", "2", "3", "4", "5") else None,
            carrier=cell(row, "carrier"),
            waybill=bare_waybill(identifier(cell(row, "waybill"), "物流单号", most=200))[:40],
            cod="货到付款" in cell(row, "payment"),
            refund=Refund.DONE if state == State.CLOSED_REFUNDED else Refund.PART if refunded else None,
        )

    def _line(self, row: Row) -> ArrivingLine:
        cell = self.columns.cell
        price, pieces, name = (
            amount(cell(row, "price"), "单价"),
            count(cell(row, "pieces")),
            cell(row, "title"),
        )
        if price is None or not pieces or not name:
            raise RowRefused(_("商品行缺少标题、单价或数量。"))
        return ArrivingLine(
            title=title(name),
            pieces=pieces,
            price_fen=price,
            spec=cell(row, "spec")[:200],
            code=(cell(row, "code") or cell(row, "code_other"))[:60],
            outer_number=identifier(cell(row, "outer_number"), "子订单编号"),
        )


_AMOUNTS = (
    "goods",
    "postage",
    "discount",
    "discount_platform",
    "discount_other",
    "due",
    "balance",
    "paid",
    "refunded",
)


def _balanced(money: Mapping[str, int | None], lines: Sequence[ArrivingLine]) -> tuple[int, int, int, int]:
    """(goods, due, adjust, discount) in fen. Raises RowRefused when the columns contradict each other."""
    postage = money["postage"] or 0
    offers = [money[name] for name in ("discount", "discount_platform", "discount_other")]
    told_discount = sum(one or 0 for one in offers) if any(one is not None for one in offers) else None
    goods = sum(line.price_fen * line.pieces for line in lines) if lines else money["goods"]
    due = money["due"]
    if due is not None and money["balance"]:
        due += money["balance"]
    if due is None:
        due = money["paid"]
    if goods is None and due is None:
        raise RowRefused(_("没有金额。"))
    if goods is None:
        assert due is not None
        goods = due - postage + (told_discount or 0)
        if goods < 0:
            same(due, postage, "应付总额")
    if due is None:
        due = goods + postage - (told_discount or 0)
        if due < 0:
            raise RowRefused(_("金额自相矛盾：优惠大于商品加邮费。"))
    if told_discount is not None:
        same(due, goods + postage - told_discount, "应付总额")
        return goods, due, 0, told_discount
    return goods, due, *balance(goods=goods, postage=postage, due=due)


def layout_of(
    *,
    code: str,
    name: str,
    headers: Sequence[str],
    mapping: Mapping[str, str],
    states: Mapping[str, str],
    platform: str,
    kind: str,
) -> Layout:
    """A mapping as a layout; it fits a file that has every header it maps."""
    return Layout(
        code=code,
        label=name,
        platforms=frozenset({platform} if platform not in ("taobao", "tmall") else {"taobao", "tmall"}),
        kind=Kind(kind),
        columns={
            field: (header,) for field, header in mapping.items() if field in BY_NAME and header in headers
        },
        needs=tuple(field for field, header in mapping.items() if field in BY_NAME and header in headers),
        reader=partial(PresetReader, states=dict(states)),
    )
