"""Offers in sentences: the rule of an offer, what it did to a basket, and why it did nothing.

`said` and `reason` make a sentence of a code and its numbers, in the reader's language; a buyer may read them too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zhanggui.kit.clock import in_china
from zhanggui.kit.money import yuan
from zhanggui.kit.regions import full_name
from zhanggui.promotions.pricing.keeping import digest
from zhanggui.promotions.pricing.values import (
    Applied,
    Bundle,
    BuyGet,
    Coupon,
    Flash,
    FreePostage,
    Gift,
    Kind,
    Member,
    NotApplied,
    Offer,
    PacketRefused,
    Presale,
    Present,
    Reduction,
    Scope,
    Terms,
    Tier,
    Voucher,
)

__all__ = [
    "REASONS",
    "RED",
    "Names",
    "digest",
    "first_of",
    "fold",
    "goods_of",
    "moment",
    "reason",
    "red_reason",
    "rule",
    "said",
    "short_yuan",
]


def said(applied: Applied) -> str:
    """What an offer did to the basket: "满 ¥200 减 ¥20，省 ¥20". Any code that is not known gives the sum alone."""
    say = SAID.get(applied.code)
    what = say(applied.numbers) if say else ""
    if not applied.off_fen:
        return what
    saved = _("省 ¥%(yuan)s") % {"yuan": short_yuan(applied.off_fen)}
    return _row([what, saved]) if what else saved


def reason(refused: NotApplied, *, staff: bool = False) -> str:
    """Why an offer did not count, with its numbers: "还差 ¥12.50 满 ¥200".

    `staff`: with how much the floor is missed, which a buyer must not learn (it tells the margin).
    """
    numbers = refused.numbers
    if refused.code == "below_floor" and staff and "short" in numbers:
        return _("会比保底价低 ¥%(short)s，而且没有批准过低于保底价") % {
            "short": short_yuan(_int(numbers, "short"))
        }
    if refused.code == "per_buyer" and refused.kind is Kind.FLASH:
        text = ngettext(
            "每人限购 %(most)s 件，您已买了 %(used)s 件",
            "每人限购 %(most)s 件，您已买了 %(used)s 件",
            _int(numbers, "most"),
        )
        return text % numbers
    say = REASONS.get(refused.code)
    return say(numbers) if say else _("不适用")


def red_reason(refused: str | PacketRefused) -> str:
    """Why a red packet pays nothing; "" for the code "" (nothing is in the way)."""
    code = refused.code if isinstance(refused, PacketRefused) else refused
    say = RED.get(code)
    return say() if say else ""


@dataclass(frozen=True, slots=True)
class Names:
    """What goods are called, by id: for the rule of an offer to say what it is for (`queries.naming.names_for`)."""

    skus: Mapping[int, str] = field(default_factory=dict)
    products: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)


def rule(offer: Offer, names: Names | None = None) -> str:
    """The rule of an offer in words, its conditions and limits behind it. `names`: the rule says for which goods (two of
    them and how many); None where the reader sees them beside it.
    """
    return _row([_terms(offer.terms, names), *_conditions(offer, names)], wide=True)


def goods_of(terms: Terms) -> set[int]:
    """The SKUs that terms are about: those with a price of their own, and the parts of a bundle."""
    if isinstance(terms, Bundle):
        return set(terms.pieces)
    return set(terms.prices) if isinstance(terms, Flash | Presale) else set()


def first_of(ids: Iterable[int]) -> list[int]:
    """Which of many goods a rule names: the first two."""
    return sorted(ids)[:2]


def _for_what(ids: Iterable[int], names: Mapping[int, str]) -> str:
    """ "「龙井」「毛尖」等 5 种"; "" when no name is known."""
    many = set(ids)
    known = [_("「%(title)s」") % {"title": names[pk]} for pk in first_of(many) if pk in names]
    if not known:
        return ""
    text = "".join(known) if _chinese() else ", ".join(known)
    return text if len(many) <= len(known) else _("%(goods)s等 %(n)s 种") % {"goods": text, "n": len(many)}


def short_yuan(fen: int) -> str:
    """Yuan as people say them: 20000 -> "200", 1250 -> "12.50"."""
    return yuan(fen).removesuffix(".00")


def fold(basis_points: int) -> str:
    """A percent of the price as the reader says it: 8800 -> "8.8 折", in English "12% off"."""
    if _chinese():
        n = f"{basis_points / 1000:.3f}".rstrip("0").rstrip(".")
    else:
        n = f"{100 - basis_points / 100:.2f}".rstrip("0").rstrip(".")
    return _("%(n)s 折") % {"n": n}


def moment(text: str) -> str:
    """A kept moment (ISO 8601) on China's clock, to the minute."""
    return f"{in_china(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}"


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _row(parts: Sequence[str], *, wide: bool = False) -> str:
    """Parts of a sentence, or (wide) sentences, with the reader's stops between."""
    mark = ("；" if wide else "，") if _chinese() else ("; " if wide else ", ")
    return mark.join(part for part in parts if part)


def _list(parts: Sequence[str]) -> str:
    return ("、" if _chinese() else ", ").join(parts)


def _int(numbers: Mapping[str, Any], key: str) -> int:
    return int(numbers.get(key, 0))


# --- the rule ----------------------------------------------------------------------------------------------------


def _terms(terms: Terms, names: Names | None) -> str:
    if isinstance(terms, Flash):
        return _row([_flash(terms, names), _("有活动份额") if terms.shares else ""])
    if isinstance(terms, Member):
        steps = [
            _("%(level)s 级会员 %(fold)s") % {"level": level, "fold": fold(bp)}
            for level, bp in sorted(terms.percents_bp.items())
        ]
        return _list(steps)
    if isinstance(terms, Bundle):
        goods = _for_what(terms.pieces, names.skus) if names else ""
        if goods:
            return _("%(goods)s搭配 %(pieces)s 件一套 ¥%(yuan)s") % {
                "goods": goods,
                "pieces": sum(terms.pieces.values()),
                "yuan": short_yuan(terms.price_fen),
            }
        pieces = sum(terms.pieces.values())
        return _("搭配 %(pieces)s 件一套 ¥%(yuan)s") % {
            "pieces": pieces,
            "yuan": short_yuan(terms.price_fen),
        }
    if isinstance(terms, Reduction):
        return _ladder(terms)
    if isinstance(terms, Gift):
        steps = [
            (
                ngettext("满 %(at)s 件送%(gift)s", "满 %(at)s 件送%(gift)s", at)
                if terms.by_pieces
                else _("满 ¥%(at)s 送%(gift)s")
            )
            % {"at": at if terms.by_pieces else short_yuan(at), "gift": _present(present)}
            for at, present in sorted(terms.tiers, key=lambda step: step[0])
        ]
        return _list(steps)
    if isinstance(terms, BuyGet):
        if not terms.present.sku_id:
            return _("买 %(buy)s 件送 %(pieces)s 件同款") % {
                "buy": terms.buy,
                "pieces": terms.present.pieces,
            }
        return _("买 %(buy)s 件送%(gift)s") % {"buy": terms.buy, "gift": _present(terms.present)}
    if isinstance(terms, Coupon):
        if terms.threshold_fen <= 0:
            return _("无门槛减 ¥%(off)s") % {"off": short_yuan(terms.off_fen)}
        return _amount_off(terms.threshold_fen, terms.off_fen)
    if isinstance(terms, Voucher):
        return _("代金 ¥%(off)s，无门槛，不找零") % {"off": short_yuan(terms.off_fen)}
    if isinstance(terms, FreePostage):
        return _free(terms)
    return _presale(terms, names)


def _flash(terms: Flash, names: Names | None) -> str:
    parts = []
    if terms.prices:
        low, high = min(terms.prices.values()), max(terms.prices.values())
        if low == high:
            parts.append(_("特价 ¥%(yuan)s") % {"yuan": short_yuan(low)})
        else:
            parts.append(_("特价 ¥%(low)s 到 ¥%(high)s") % {"low": short_yuan(low), "high": short_yuan(high)})
        goods = _for_what(terms.prices, names.skus) if names else ""
        if goods:
            parts[0] = _("%(goods)s%(what)s") % {"goods": goods, "what": parts[0]}
    if terms.percent_bp is not None:
        text = fold(terms.percent_bp)
        parts.append(_("其余 %(fold)s") % {"fold": text} if parts else text)
    return _row(parts)


def _amount_off(at: int, off: int) -> str:
    return _("满 ¥%(at)s 减 ¥%(off)s") % {"at": short_yuan(at), "off": short_yuan(off)}


def _ladder(terms: Reduction) -> str:
    def step(tier: Tier) -> str:
        if terms.by_pieces:
            if tier.percent_bp is not None:
                return _pieces_percent(tier.at, tier.percent_bp)
            return _pieces_off(tier.at, tier.off_fen)
        if tier.percent_bp is not None:
            return _("满 ¥%(at)s 打 %(fold)s") % {"at": short_yuan(tier.at), "fold": fold(tier.percent_bp)}
        return _amount_off(tier.at, tier.off_fen)

    steps = _list([step(tier) for tier in sorted(terms.tiers, key=lambda tier: tier.at)])
    return _row([steps, _("每满一次减一次，上不封顶")]) if terms.repeat else steps


def _pieces_off(at: int, off_fen: int) -> str:
    text = ngettext("满 %(at)s 件减 ¥%(off)s", "满 %(at)s 件减 ¥%(off)s", at)
    return text % {"at": at, "off": short_yuan(off_fen)}


def _pieces_percent(at: int, percent_bp: int) -> str:
    text = ngettext("满 %(at)s 件打 %(fold)s", "满 %(at)s 件打 %(fold)s", at)
    return text % {"at": at, "fold": fold(percent_bp)}


def _present(present: Present) -> str:
    return _("「%(title)s」%(pieces)s 件") % {
        "title": present.title or _("赠品"),
        "pieces": present.pieces,
    }


def _free(terms: FreePostage) -> str:
    ways = []
    if terms.amount_fen is not None:
        ways.append(_("满 ¥%(n)s") % {"n": short_yuan(terms.amount_fen)})
    if terms.pieces is not None:
        ways.append(ngettext("满 %(n)s 件", "满 %(n)s 件", terms.pieces) % {"n": terms.pieces})
    if not ways:
        text = _("无条件包邮")
    elif len(ways) == 1:
        text = _("%(condition)s包邮") % {"condition": ways[0]}
    else:
        text = _("%(one)s或%(other)s包邮") % {"one": ways[0], "other": ways[1]}
    more = [text]
    if terms.most_fen is not None:
        more.append(_("最多免 ¥%(most)s") % {"most": short_yuan(terms.most_fen)})
    if terms.regions:
        more.append(_regions(terms.regions))
    more.append(_("不限快递公司"))
    return _row(more)


def _presale(terms: Presale, names: Names | None) -> str:
    parts = [_("预售定金每件 ¥%(deposit)s") % {"deposit": short_yuan(terms.deposit_fen)}]
    goods = _for_what(terms.prices, names.skus) if names else ""
    if goods:
        parts[0] = _("%(goods)s%(what)s") % {"goods": goods, "what": parts[0]}
    if terms.worth_fen > terms.deposit_fen:
        parts.append(_("可抵 ¥%(worth)s") % {"worth": short_yuan(terms.worth_fen)})
    parts.append(
        _("尾款 %(start)s 到 %(end)s 付")
        % {
            "start": f"{in_china(terms.balance_from):%m-%d %H:%M}",
            "end": f"{in_china(terms.balance_until):%m-%d %H:%M}",
        }
    )
    return _row(parts)


def _regions(regions: Sequence[str]) -> str:
    names = [full_name(region) for region in regions[:3]]
    if len(regions) > 3:
        return _("只限%(names)s等 %(n)s 地") % {"names": _list(names), "n": len(regions)}
    return _("只限%(names)s") % {"names": _list(names)}


def for_goods(scope: Scope, names: Names | None = None) -> str:
    """For which goods something is, in words; "" for all. `names` as with `rule`."""
    if not (scope.products or scope.skus or scope.categories):
        return ""
    if names is None:
        return _("限指定商品")
    shelves = _for_what(scope.categories, names.categories)
    parts = [
        _("%(names)s类目") % {"names": shelves} if shelves else "",
        _for_what(scope.products, names.products),
        _for_what(scope.skus, names.skus),
    ]
    said = _list([part for part in parts if part])
    return _("限%(goods)s") % {"goods": said} if said else _("限指定商品")


def _conditions(offer: Offer, names: Names | None) -> list[str]:
    scope = offer.scope
    found = [for_goods(scope, names)]
    if scope.except_products:
        found.append(_("%(n)s 款商品不参加") % {"n": len(scope.except_products)})
    if offer.levels:
        found.append(_("限 %(levels)s 级会员") % {"levels": _list([str(n) for n in sorted(offer.levels)])})
    if offer.regions:
        found.append(_regions(offer.regions))
    if offer.first_order_only:
        found.append(_("只限首单"))
    if offer.per_buyer is not None:
        n = offer.per_buyer
        pieces = ngettext("每人限购 %(n)s 件", "每人限购 %(n)s 件", n)
        times = ngettext("每人限用 %(n)s 次", "每人限用 %(n)s 次", n)
        found.append((pieces if offer.kind is Kind.FLASH else times) % {"n": n})
    if offer.alone:
        found.append(_("不与其他满减、券同用"))
    if offer.group:
        found.append(_("互斥组「%(group)s」内只用一个") % {"group": offer.group})
    return found


# --- what it did -------------------------------------------------------------------------------------------------

_Say = Callable[[Mapping[str, Any]], str]


def _given(n: Mapping[str, Any]) -> str:
    text = _("送%(title)s %(pieces)s 件") % {"title": n["title"] or _("赠品"), "pieces": n["pieces"]}
    if n["asked"] > n["pieces"]:
        return _row([text, _("应送 %(asked)s 件，其余已送完") % {"asked": n["asked"]}])
    return text


def _reduced(n: Mapping[str, Any]) -> str:
    text = _amount_off(n["at"], n["off"])
    return _row([text, _times(n)])


def _times(n: Mapping[str, Any]) -> str:
    return _("减了 %(times)s 次") % {"times": n["times"]} if _int(n, "times") > 1 else ""


SAID: Mapping[str, _Say] = {
    "flash": lambda n: ngettext("限时折扣 %(pieces)s 件", "限时折扣 %(pieces)s 件", _int(n, "pieces")) % n,
    "member": lambda n: ngettext("会员价 %(pieces)s 件", "会员价 %(pieces)s 件", _int(n, "pieces")) % n,
    "presale": lambda n: ngettext("预售价 %(pieces)s 件", "预售价 %(pieces)s 件", _int(n, "pieces")) % n,
    "bundle": lambda n: (
        ngettext(
            "搭配套餐 %(sets)s 套，每套 ¥%(price)s", "搭配套餐 %(sets)s 套，每套 ¥%(price)s", _int(n, "sets")
        )
        % {**n, "price": short_yuan(n["price"])}
    ),
    "gift": _given,
    "buy_get": _given,
    "reduction_amount": _reduced,
    "reduction_pieces": lambda n: _row([_pieces_off(_int(n, "at"), _int(n, "off")), _times(n)]),
    "reduction_amount_percent": lambda n: (
        _("满 ¥%(at)s 打 %(fold)s") % {"at": short_yuan(n["at"]), "fold": fold(n["percent_bp"])}
    ),
    "reduction_pieces_percent": lambda n: _pieces_percent(_int(n, "at"), _int(n, "percent_bp")),
    "coupon": lambda n: (
        _amount_off(n["at"], n["off"])
        if n["at"] > 0
        else _("无门槛减 ¥%(off)s") % {"off": short_yuan(n["off"])}
    ),
    "voucher": lambda n: _("代金券 ¥%(off)s") % {"off": short_yuan(n["off"])},
    "free_postage": lambda n: _("免运费"),
}
"""Sentences for what an offer did, by the code of `Applied`."""


# --- why not -----------------------------------------------------------------------------------------------------


def _better(n: Mapping[str, Any]) -> str:
    if n.get("by"):
        return _("用%(by)s更划算") % n
    return _("不用它更划算")


def _short(n: Mapping[str, Any]) -> str:
    return _("还差 ¥%(short)s 满 ¥%(at)s") % {"short": short_yuan(n["short"]), "at": short_yuan(n["at"])}


REASONS: Mapping[str, _Say] = {
    "not_started": lambda n: _("%(at)s 才开始") % {"at": moment(n["at"])},
    "ended": lambda n: _("%(at)s 已结束") % {"at": moment(n["at"])},
    "level": lambda n: _("限 %(level)s 级会员起，现在是 %(has)s 级") % n,
    "levels": lambda n: _("限 %(levels)s 级会员，现在是 %(has)s 级") % n,
    "region": lambda n: _("收货地区不在活动范围"),
    "region_unknown": lambda n: _("还不知道收货地区"),
    "first_order": lambda n: _("只限首单"),
    "not_held": lambda n: _("还没有领这张券"),
    "per_buyer": lambda n: (
        ngettext(
            "每人限用 %(most)s 次，您已用了 %(used)s 次",
            "每人限用 %(most)s 次，您已用了 %(used)s 次",
            _int(n, "most"),
        )
        % n
    ),
    "times_gone": lambda n: _("活动名额已用完"),
    "budget": lambda n: _("活动预算不够了"),
    "no_goods": lambda n: _("没有参加活动的商品"),
    "price_not_lower": lambda n: _("已有更低的价"),
    "shares_gone": lambda n: _("活动份额已售完"),
    "set_incomplete": lambda n: _("没有凑齐一套"),
    "bundle_taken": lambda n: _("商品已算进另一套"),
    "no_saving": lambda n: _("按套买不比单买便宜"),
    "threshold": _short,
    "threshold_pieces": lambda n: (
        ngettext("还差 %(short)s 件满 %(at)s 件", "还差 %(short)s 件满 %(at)s 件", _int(n, "short")) % n
    ),
    "gift_gone": lambda n: _("%(title)s已送完") % {"title": n.get("title") or _("赠品")},
    "group": lambda n: _("与%(by)s只能用一个") % n,
    "alone": lambda n: _("与%(by)s不能同用") % n,
    "one_shop_coupon": lambda n: _("店铺券一单只用一张，已用%(by)s") % n,
    "one_voucher": lambda n: _("代金券一单只用一张，已用%(by)s") % n,
    "one_free_postage": lambda n: _("包邮已由%(by)s给出") % n,
    "lines_taken": lambda n: _("商品已参加%(by)s") % n,
    "nothing_left": lambda n: _("没有可减的金额"),
    "below_floor": lambda n: _("会低于保底价"),
    "postage_unknown": lambda n: _("运费未定，还不能减免"),
    "postage_free": lambda n: _("本来就不收运费"),
    "not_wished": lambda n: _("您没有选用"),
    "better": _better,
}
"""Sentences for why an offer did not count, by the code of `NotApplied`."""

RED: Mapping[str, Callable[[], str]] = {
    "instalments": lambda: _("有商品分期付款，整单不能用红包"),
    "virtual": lambda: _("红包只能用于实物商品"),
    "most": lambda: _("一单能用的红包个数已到上限"),
    "expired": lambda: _("红包已过有效期"),
    "not_yet": lambda: _("红包还没到可用的时间"),
    "empty": lambda: _("红包已用完"),
    "not_wished": lambda: _("您没有选用"),
    "covered": lambda: _("货款已全部抵完"),
}
"""Sentences for why a red packet pays nothing, by code (S0-10..16)."""
