"""How the daybook's codes, columns and values of this room are read: registered for every page that shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from zhanggui.journal import telling, words
from zhanggui.kit.clock import CHINA
from zhanggui.kit.refusals import Invalid
from zhanggui.promotions import terms
from zhanggui.promotions.models import Auction, Deposit, OfferKind, OfferState, RedPacket
from zhanggui.promotions.pricing import values
from zhanggui.promotions.wording import rule

WHAT = {
    "offer.drafted": N_("新建优惠"),
    "offer.cloned": N_("复制优惠"),
    "offer.changed": N_("修改优惠"),
    "offer.asked": N_("提交审核"),
    "offer.approved": N_("批准优惠"),
    "offer.sent_back": N_("退回草稿"),
    "offer.stopped": N_("停用优惠"),
    "offer.started": N_("优惠开始"),
    "offer.ended": N_("优惠结束"),
    "offer.unreadable": N_("优惠读不懂，没有参加计价"),
    "offer.readable": N_("优惠又能读了"),
    "coupon.claimed": N_("买家领券"),
    "coupon.given": N_("发券"),
    "coupon.revoked": N_("收回券"),
    "coupon.expired": N_("券过期"),
    "red_packet_issue.opened": N_("新建红包"),
    "red_packet_issue.approved": N_("批准红包"),
    "red_packet_issue.stopped": N_("停止发红包"),
    "red_packet_issue.granted": N_("发红包"),
    "red_packet.credited": N_("红包到账"),
    "red_packet.expired": N_("红包过期"),
    "red_packet.revoked": N_("收回红包"),
    "red_packet.refunded": N_("退款退回红包"),
    "auction.drafted": N_("新建拍卖"),
    "auction.changed": N_("修改拍卖"),
    "auction.published": N_("发布拍卖"),
    "auction.stopped": N_("停用拍卖"),
    "auction.started": N_("拍卖开始"),
    "auction.bid": N_("出价"),
    "auction.sold": N_("拍卖成交"),
    "auction.unsold": N_("流拍"),
    "auction.unpaid": N_("拍下未付款"),
    "auction.ordered": N_("拍卖下单"),
    "auction.unplaced": N_("拍卖未能下单"),
    "deposit.moved": N_("保证金变动"),
}
KINDS = {
    "offer": N_("优惠"),
    "coupon": N_("券"),
    "red_packet": N_("红包"),
    "red_packet_issue": N_("红包"),
    "auction": N_("拍卖"),
    "deposit": N_("保证金"),
}
COLUMNS = {
    "terms": N_("规则"),
    "scope": N_("适用范围"),
    "starts_at": N_("开始"),
    "ends_at": N_("结束"),
    "shares": N_("活动库存"),
    "group": N_("互斥组"),
    "alone": N_("单独使用"),
    "levels": N_("会员等级"),
    "first_order_only": N_("只限新客首单"),
    "per_buyer": N_("每人限用"),
    "times": N_("总次数"),
    "budget_fen": N_("预算"),
    "claim_from": N_("领取开始"),
    "claim_until": N_("领取结束"),
    "good_days": N_("领取后有效天数"),
    "house": N_("平台承担"),
    "below_floor": N_("同意低于底价"),
    "note": N_("备注"),
    "coupons": N_("券张数"),
    "buyers": N_("买家数"),
    "packets": N_("红包个数"),
    "issued_fen": N_("已发金额"),
    "amount_fen": N_("金额"),
    "left_fen": N_("余额"),
    "returned_fen": N_("退回"),
    "expired_fen": N_("过期"),
    "good_from": N_("可用开始"),
    "good_until": N_("可用结束"),
    "waits": N_("等第二个人批准"),
    "stopped_at": N_("停止时间"),
    "start_fen": N_("起拍价"),
    "step_fen": N_("加价幅度"),
    "top_fen": N_("最高出价"),
    "deposit_fen": N_("保证金"),
    "deposit": N_("保证金"),
    "extend_seconds": N_("延时秒数"),
    "products": N_("商品"),
    "skus": N_("规格"),
    "categories": N_("店铺类目"),
    "except_products": N_("除外商品"),
}
_SOME_TIME = datetime(2000, 1, 1, tzinfo=CHINA)


def _said(column: str, value: Any) -> str | None:
    if column == "terms" and isinstance(value, Mapping):
        return _rule(value)
    if column == "state" and isinstance(value, str):
        for choices in (OfferState, RedPacket.State, Auction.State):
            if value in choices.values:
                return _(str(choices(value).label))
    if column == "deposit" and value in Deposit.State.values:
        return _(str(Deposit.State(value).label))
    if column == "kind" and value in OfferKind.values:
        return _(str(OfferKind(value).label))
    return None


def _rule(kept: Mapping[str, Any]) -> str | None:
    """The terms of an offer as the page says them; the time and scope stand in columns of their own."""
    kind = str(kept.get("kind", ""))
    try:
        read = terms.read(kind, {name: part for name, part in kept.items() if name != "kind"})
    except Invalid:
        return None
    return rule(values.Offer(0, values.Kind(kind), "", read, _SOME_TIME, _SOME_TIME))


for _code, _label in WHAT.items():
    words.name(_code, _label)
words.KINDS.update(KINDS)
words.name_columns(COLUMNS)
telling.hide("shop_ids", "sku_id", "reserve_fen")
telling.say_with(_said)
