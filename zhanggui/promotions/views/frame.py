"""What the pages of this room share: the tabs, the words of states, offers as rows with their rule."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.journal.models import Entry
from zhanggui.kit.money import plain_yuan
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.templatetags.kit import shown
from zhanggui.people.http import Request
from zhanggui.people.powers import Power
from zhanggui.promotions import wording
from zhanggui.promotions.models import Offer, OfferState
from zhanggui.promotions.queries import pages
from zhanggui.promotions.terms import value_of
from zhanggui.shops.models import Shop

TABS = (
    ("promotions:offers", "列表"),
    ("promotions:calendar", "日历"),
    ("promotions:simulator", "模拟器"),
    ("promotions:conflicts", "冲突检查"),
    ("promotions:red-packets", "红包"),
    ("promotions:auctions", "拍卖"),
)
STATES: dict[str, str] = {str(state): str(label) for state, label in OfferState.choices}
"""States and their labels (message ids)."""


def frame(request: Request, tab: str) -> dict[str, Any]:
    """What every page of the room shows."""
    return {
        "tabs": TABS,
        "tab": tab,
        "may_edit": request.actor.can_somewhere(Power.OFFER_EDIT),
        "labels": STATES,
    }


@dataclass(frozen=True, slots=True)
class Row:
    """An offer as lists show it."""

    offer: Offer
    state: str
    label: str
    rule: str
    shops: list[str]


def row_of(offer: Offer, *, codes: Mapping[int, str], at: datetime) -> Row:
    """One row. `codes`: the shops the reader may see; others are not named."""
    state = pages.stands(offer, at)
    shops = [codes[pk] for pk in offer.shop_ids if pk in codes]
    return Row(offer, state, STATES[state], rule_of(offer), shops)


def rule_of(offer: Offer) -> str:
    """The rule of a kept offer in words; a sentence for a row that cannot be read any more. No statement."""
    try:
        return wording.rule(value_of(offer))
    except Invalid as refusal:
        return refusal.message


def rows_of(offers: Iterable[Offer], *, shops: Iterable[Shop], at: datetime) -> list[Row]:
    """Rows of a list. No statement."""
    codes = {shop.pk: shop.code for shop in shops}
    return [row_of(offer, codes=codes, at=at) for offer in offers]


ACTS = {
    "offer.drafted": "新建草稿",
    "offer.cloned": "复制成草稿",
    "offer.changed": "修改",
    "offer.asked": "提交审核",
    "offer.approved": "批准",
    "offer.sent_back": "退回修改",
    "offer.stopped": "停用",
    "offer.started": "到时间，开始",
    "offer.ended": "到时间，结束",
    "auction.drafted": "新建草稿",
    "auction.changed": "修改",
    "auction.published": "发布",
    "auction.stopped": "停用",
    "auction.started": "到时间，开始",
    "auction.sold": "成交",
    "auction.unsold": "流拍",
    "auction.unpaid": "没有按时付款",
    "auction.extended": "延长",
    "coupon.given": "发券",
    "coupon.revoked": "收回券",
    "coupon.expired": "券到期",
    "red_packet_issue.opened": "新建一批红包",
    "red_packet_issue.granted": "发放",
    "red_packet_issue.stopped": "停止发放",
}
"""What the daybook calls an act, in words (message ids)."""

COLUMNS = {
    "state": "状态",
    "name": "名称",
    "starts_at": "开始",
    "ends_at": "结束",
    "terms": "规则",
    "scope": "商品范围",
    "shares": "份额",
    "times": "总次数",
    "per_buyer": "每人限用次数",
    "budget_fen": "预算",
    "group": "互斥组",
    "alone": "单独使用",
    "below_floor": "允许低于底价",
    "house": "谁承担",
    "note": "备注",
    "shop_ids": "店铺",
    "levels": "会员等级",
    "regions": "收货地区",
    "coupons": "张数",
    "packets": "红包个数",
    "issued_fen": "已发金额",
    "good_from": "可用开始",
    "good_until": "可用截止",
    "stopped_at": "停用时间",
}
"""Columns in words (message ids)."""


def said_of(entry: Entry) -> dict[str, Any]:
    """A daybook line for a page: who, when, what, and what became of the columns."""
    parts = []
    for name, pair in entry.change.items():
        if name == "version" or not isinstance(pair, list | tuple) or len(pair) != 2:
            continue
        before, after = (_shown(name, value) for value in pair)
        parts.append((_(COLUMNS.get(name, name)), before, after))
    return {
        "at": entry.at,
        "actor": entry.actor,
        "said": _(ACTS.get(entry.what, entry.what)),
        "reason": entry.reason,
        "parts": parts,
    }


def _shown(name: str, value: Any) -> str:
    if name == "state" and value in STATES:
        return _(STATES[value])
    if name.endswith("_fen") and isinstance(value, int):
        return f"¥{plain_yuan(value)}"
    if name == "terms" and isinstance(value, dict) and value.get("kind"):
        return rule_of(Offer(kind=value["kind"], terms=value))
    if isinstance(value, str) and len(value) > 18 and value[4:5] == "-" and "T" in value:
        return wording.moment(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)[:160]
    return shown(value)
