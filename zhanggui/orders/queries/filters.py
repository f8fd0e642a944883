"""What an address may narrow the order list by. Every filter is a query parameter; nonsense is refused.

Reading and narrowing stand side by side, so that a saved view, a bulk job, an export and the page mean the same
rows by the same address.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from zhanggui.kit import regions
from zhanggui.kit.actor import Actor
from zhanggui.kit.clock import day_begins, now
from zhanggui.kit.money import parse_yuan, plain_yuan
from zhanggui.kit.refusals import Invalid, Unreadable
from zhanggui.orders.marks import Kind
from zhanggui.orders.models import Mark, Order, OrderLine, OrderSet
from zhanggui.orders.queries import search
from zhanggui.orders.queries.views import VIEWS, View, has_live_mark, view_named
from zhanggui.orders.states import Flag, Refund, State
from zhanggui.people.models import Department, Staff
from zhanggui.people.powers import Power
from zhanggui.people.queries import holders
from zhanggui.shops.models import Shop

TROUBLES = {
    "short": "缺货",
    "locked": "平台锁定",
    "address": "地址有疑问",
    "amount": "金额有疑问",
    "memo": "备注要求人看",
    "blacklist": "黑名单买家",
}
"""Why a person must look at an order: code and message id."""

MARK_KINDS = {str(kind): str(label) for kind, label in Kind.choices}
"""Kinds of mark, the most pressing first (C1): code and message id."""

SORTS = ("placed", "placed_up", "queue", "due")
_CODE = re.compile(r"[0-9A-Za-z_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Chip:
    """One active filter in words, with the parameters that remain without it."""

    name: str
    label: str
    words: str
    without: str


@dataclass(slots=True)
class Narrowing:
    """A read filter: the conditions, in words, and the address that says the same."""

    actor: Actor
    at: datetime
    shops: list[Shop]
    view: View
    sort: str
    q: str = ""
    chips: list[Chip] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    _conditions: list[Q] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The query string of this filter, without place in the list."""
        return _encode(self.values)

    def address_with(self, **changes: str | None) -> str:
        """The query string with parameters replaced, or dropped when None."""
        values = {name: list(given) for name, given in self.values.items() if name not in changes}
        values.update({name: [given] for name, given in changes.items() if given})
        return _encode(values)

    def scope(self) -> OrderSet:
        """Everything but the search box: visible, of the shops, in the view, under the filters. No statement."""
        rows = visible_to(self.actor)
        if self.shops:
            ids = [shop.pk for shop in self.shops]
            rows = rows.filter(shop_id=ids[0]) if len(ids) == 1 else rows.filter(shop_id__in=ids)
        rows = self.view.narrow(rows, self.at)
        for condition in self._conditions:
            rows = rows.filter(condition)
        return rows

    def rows(self) -> OrderSet:
        """All orders of the filter, unordered. No statement."""
        return search.among(self.scope(), self.q) if self.q else self.scope()


def visible_to(actor: Actor) -> OrderSet:
    """The orders of the shops in which the actor may see orders. No statement."""
    return Order.objects.of_shops(actor.shops_with(Power.ORDER_SEE))


def shops_of(actor: Actor) -> list[Shop]:
    """The shops in which the actor may see orders, by code. One statement."""
    rows = Shop.objects.filter(closed_at__isnull=True).order_by("code")
    ids = actor.shops_with(Power.ORDER_SEE)
    return list(rows if ids is None else rows.filter(pk__in=sorted(ids)))


def colleagues(shops: Iterable[int] | None) -> list[Staff]:
    """Whom an order of these shops (None: of any) may be given to: those who can see it. One statement."""
    people = holders(Power.ORDER_SEE, shops).filter(is_active=True)
    return list(people.only("work_no", "name").order_by("work_no")[:200])


def filtered(actor: Actor, params: Mapping[str, Any] | QueryDict, *, at: datetime | None = None) -> OrderSet:
    """The orders an address means, for the page, a bulk job or an export. Unordered, distinct.

    `params`: a QueryDict, or a mapping to a text or a list of texts. Raises Invalid on nonsense.
    One statement (the actor's shops), and one more for an owner's work number.
    """
    return narrowing(actor, params, at=at).rows()


def narrowing(
    actor: Actor,
    params: Mapping[str, Any] | QueryDict,
    *,
    at: datetime | None = None,
    shops: Sequence[Shop] | None = None,
) -> Narrowing:
    """Read the parameters of the order list. `shops`: those of the actor, if they are known already.

    Parameters: `shop` (codes), `view`, `state`, `q`, `placed_from` `placed_to` `paid_from` `paid_to`
    `shipped_from` `shipped_to` (days, both included), `flag`, `mark`, `carrier`, `province` (two digits),
    `amount_from` `amount_to` (yuan), `trouble`, `owner` (work number, "me" or "none"), `cod`, `refund`, `sku`,
    `memo`, `message`, `department`, `sort`. Raises Invalid on nonsense, on a shop that is not the actor's.
    """
    given = _given(params)
    mine = list(shops) if shops is not None else shops_of(actor)
    view = view_named(_one(given, "view") or "all")
    if view is None:
        raise Invalid(_("没有这个视图：%(name)s") % {"name": _one(given, "view")[:40]}, "view")
    sort = _one(given, "sort") or view.sort
    if sort not in SORTS:
        raise Invalid(_("不能这样排序：%(name)s") % {"name": sort[:40]}, "sort")
    read = Narrowing(
        actor=actor,
        at=at or now(),
        shops=_shops(given, mine),
        view=view,
        sort=sort,
        q=search.clean(_one(given, "q")),
        values=given,
    )
    for name, (label, reader) in _READERS.items():
        texts = given.get(name)
        if texts:
            condition, words = reader(read, name, texts)
            read._conditions.append(condition)
            read.chips.append(Chip(name, label, words, read.address_with(**{name: None})))
    if read.q:
        read.chips.insert(0, Chip("q", "搜索", read.q, read.address_with(q=None)))
    return read


def _given(params: Mapping[str, Any] | QueryDict) -> dict[str, list[str]]:
    known = {"shop", "view", "q", "sort", *_READERS}
    given = {}
    for name in params:
        if name not in known:
            continue
        raw = params.getlist(name) if isinstance(params, QueryDict) else params[name]
        texts = [raw] if isinstance(raw, str | int) else list(raw)
        kept = [str(text).strip() for text in texts if str(text).strip()]
        if len(kept) > 50 or any(len(text) > 200 or "\x00" in text for text in kept):
            raise Invalid(_("筛选条件太长"), name)
        if kept:
            given[name] = kept
    return given


def _one(given: Mapping[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _shops(given: Mapping[str, list[str]], mine: Sequence[Shop]) -> list[Shop]:
    by_code = {shop.code: shop for shop in mine}
    wanted = given.get("shop", [])
    for code in wanted:
        if code not in by_code:
            raise Invalid(_("没有这家店铺：%(code)s") % {"code": code[:20]}, "shop")
    return [by_code[code] for code in dict.fromkeys(wanted)]


Reader = Callable[[Narrowing, str, list[str]], tuple[Q, str]]


def _choice(column: str, choices: Mapping[str, str]) -> Reader:
    def read(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
        for text in texts:
            if text not in choices:
                raise Invalid(_("不认识的筛选值：%(value)s") % {"value": text[:40]}, name)
        condition = Q(**{column: texts[0]}) if len(texts) == 1 else Q(**{f"{column}__in": texts})
        return condition, "、".join(str(_(choices[text])) for text in texts)

    return read


def _day(column: str, *, end: bool) -> Reader:
    def read(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
        day = read_day(texts[-1], name)
        if end:
            return Q(**{f"{column}__lt": day_begins(day + timedelta(days=1))}), day.isoformat()
        return Q(**{f"{column}__gte": day_begins(day)}), day.isoformat()

    return read


def read_day(text: str, name: str = "") -> date:
    """A day as an address writes it, 2026-11-11. Raises Invalid."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("日期要写成 2026-11-11 这样：%(text)s") % {"text": text[:20]}, name) from None
    if not 1990 <= day.year <= 2100:
        raise Invalid(_("日期要写成 2026-11-11 这样：%(text)s") % {"text": text[:20]}, name)
    return day


def _amount(lookup: str) -> Reader:
    def read(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
        try:
            fen = parse_yuan(texts[-1])
        except Unreadable:
            raise Invalid(_("金额要写成 12.50 这样：%(text)s") % {"text": texts[-1][:20]}, name) from None
        return Q(**{f"due_fen__{lookup}": fen}), f"¥{plain_yuan(fen)}"

    return read


def _yes_no(yes: Q) -> Reader:
    def read(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
        if texts[-1] not in ("0", "1"):
            raise Invalid(_("不认识的筛选值：%(value)s") % {"value": texts[-1][:40]}, name)
        return (yes, _("有")) if texts[-1] == "1" else (~yes, _("没有"))

    return read


def _flag(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    known = {str(value): label for value, label in Flag.choices}
    for text in texts:
        if text not in known:
            raise Invalid(_("不认识的筛选值：%(value)s") % {"value": text[:40]}, name)
    return Q(flag__in=[int(text) for text in texts]), "、".join(str(_(str(known[text]))) for text in texts)


def _trouble(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    for text in texts:
        if text not in TROUBLES:
            raise Invalid(_("不认识的筛选值：%(value)s") % {"value": text[:40]}, name)
    return Q(troubles__overlap=texts) & ~Q(troubles=[]), "、".join(_(TROUBLES[text]) for text in texts)


def _mark(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    known = {**MARK_KINDS, "any": "任何"}
    if texts[-1] not in known:
        raise Invalid(_("不认识的筛选值：%(value)s") % {"value": texts[-1][:40]}, name)
    return Q(has_live_mark("" if texts[-1] == "any" else texts[-1])), _(known[texts[-1]])


def _department(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    known = dict(Department.choices)
    if texts[-1] not in known:
        raise Invalid(_("不认识的筛选值：%(value)s") % {"value": texts[-1][:40]}, name)
    marked = Mark.objects.filter(off_at__isnull=True, department=texts[-1])
    return Q(pk__in=marked.values("order_id")), _(str(known[texts[-1]]))


def _carrier(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    if texts[-1] == "none":
        return Q(carrier=""), _("未选")
    if not _CODE.fullmatch(texts[-1]):
        raise Invalid(_("不认识的筛选值：%(value)s") % {"value": texts[-1][:40]}, name)
    return Q(carrier=texts[-1]), texts[-1]


def _province(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    text = texts[-1]
    if not re.fullmatch(r"[0-9]{2}", text):
        raise Invalid(_("省份要写成两位代码"), name)
    above = str(int(text) + 1).zfill(2)
    return Q(region__gte=f"{text}0000", region__lt=f"{above}0000"), regions.name_of(f"{text}0000") or text


def _owner(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    if texts[-1] == "none":
        return Q(owner__isnull=True), _("无人")
    if texts[-1] == "me":
        return Q(owner_id=narrowing.actor.staff_id or 0), _("我")
    # a person of shops that the actor does not see is nobody here; one who left is still who owns orders
    known = Q(pk__in=holders(Power.ORDER_SEE, narrowing.actor.shops_with(Power.ORDER_SEE)).values("pk"))
    owns = Q(Exists(visible_to(narrowing.actor).filter(owner_id=OuterRef("pk"))))
    people = Staff.objects.filter(known | owns, work_no__iexact=texts[-1])
    person = people.only("work_no", "name").first()
    if person is None:
        raise Invalid(_("没有这个工号：%(number)s") % {"number": texts[-1][:40]}, name)
    return Q(owner_id=person.pk), person.name


def _sku(narrowing: Narrowing, name: str, texts: list[str]) -> tuple[Q, str]:
    lines = OrderLine.objects.filter(code=texts[-1]).exclude(code="")
    return Q(pk__in=lines.values("order_id")), texts[-1]


_READERS: dict[str, tuple[str, Reader]] = {
    "state": ("状态", _choice("state", {value: str(label) for value, label in State.choices})),
    "trouble": ("异常", _trouble),
    "flag": ("旗帜", _flag),
    "mark": ("标记", _mark),
    "department": ("标记部门", _department),
    "memo": ("卖家备注", _yes_no(~Q(memo=""))),
    "message": ("买家留言", _yes_no(~Q(buyer_message=""))),
    "owner": ("负责人", _owner),
    "cod": ("货到付款", _yes_no(Q(cod=True))),
    "refund": ("退款", _choice("refund", {v: str(label) for v, label in Refund.choices if v})),
    "carrier": ("快递", _carrier),
    "province": ("收件省份", _province),
    "sku": ("商家编码", _sku),
    "amount_from": ("应付不低于", _amount("gte")),
    "amount_to": ("应付不高于", _amount("lte")),
    "placed_from": ("下单从", _day("placed_at", end=False)),
    "placed_to": ("下单到", _day("placed_at", end=True)),
    "paid_from": ("付款从", _day("paid_at", end=False)),
    "paid_to": ("付款到", _day("paid_at", end=True)),
    "shipped_from": ("发货从", _day("shipped_at", end=False)),
    "shipped_to": ("发货到", _day("shipped_at", end=True)),
}

FILTERS = tuple(_READERS)
"""Names of the filters, in the order in which the form shows them."""


SORTED = {
    "placed": "最新下单",
    "placed_up": "最早下单",
    "queue": "付款先后",
    "due": "期限，近的在前",
}
"""Orders of rows: code and message id."""


def conditions(narrowing: Narrowing) -> list[tuple[str, str]]:
    """Everything a filter consists of in words: view, shops, conditions and search text, sort. No statement."""
    found = []
    if "view" in narrowing.values:
        found.append((_("视图"), _(narrowing.view.label)))
    if narrowing.shops:
        found.append((_("店铺"), "、".join(f"{shop.code} {shop.name}" for shop in narrowing.shops)))
    found += [(_(chip.label), str(_(chip.words))) for chip in narrowing.chips]
    if "sort" in narrowing.values:
        found.append((_("排序"), _(SORTED[narrowing.sort])))
    return found


def worded(params: Mapping[str, Any]) -> str:
    """A filter that the daybook keeps, in words; what was searched for is not told. No statement."""
    found = []
    for name, texts in _given(params).items():
        if name == "q":
            found.append(_("搜索"))
            continue
        label, codes = _WORDS.get(name, (name, {}))
        found.append(
            f"{_(label)} {'、'.join(str(_(codes[text])) if text in codes else text for text in texts)}"
        )
    return "；".join(found) or _("没有筛选")


_WORDS: dict[str, tuple[str, Mapping[str, str]]] = {
    **{name: (label, {}) for name, (label, _reader) in _READERS.items()},
    "shop": ("店铺", {}),
    "view": ("视图", {view.code: view.label for view in VIEWS}),
    "sort": ("排序", SORTED),
    "state": ("状态", {value: str(label) for value, label in State.choices}),
    "refund": ("退款", {value: str(label) for value, label in Refund.choices}),
    "trouble": ("异常", TROUBLES),
    "flag": ("旗帜", {str(value): str(label) for value, label in Flag.choices}),
    "mark": ("标记", {**MARK_KINDS, "any": "任何"}),
    "department": ("标记部门", dict(Department.choices)),
    **{name: (_READERS[name][0], {"0": "没有", "1": "有"}) for name in ("memo", "message", "cod")},
    "owner": ("负责人", {"none": "无人", "me": "我"}),
}


def view_codes() -> list[str]:
    """Codes of the system views."""
    return [view.code for view in VIEWS]


def _encode(values: Mapping[str, list[str]]) -> str:
    query = QueryDict(mutable=True)
    for name in sorted(values):
        query.setlist(name, values[name])
    return query.urlencode()
