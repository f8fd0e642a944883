"""Receipts in sentences, for staff with the rule behind each line and for the buyer without."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhanggui.freight.rules import ASK, PRICED, UNDEFINED, Line, Receipt
from zhanggui.kit import regions
from zhanggui.kit.money import plain_yuan, yuan


def measure(amount: int | None, by: str) -> str:
    """Pieces, grams or cm³ as a person says them: 1500 g -> "1.5 公斤"."""
    if amount is None:
        return _("未知")
    if by == "pieces":
        return ngettext("%(n)s 件", "%(n)s 件", amount) % {"n": amount}
    if by == "volume":
        return _("%(n)s 立方米") % {"n": plain(amount, 1_000_000)}
    return _("%(n)s 公斤") % {"n": plain(amount, 1000)}


def plain(amount: int, unit: int) -> str:
    """Small units as a decimal of the large one: 1500 of 1000 -> "1.5"."""
    whole, part = divmod(amount, unit)
    return str(whole) + (f".{part:0{len(str(unit)) - 1}d}".rstrip("0") if part else "")


def sentence(line: Line) -> str:
    """What happened in this line, in the reader's language."""
    return _SENTENCES[line.rule](line, line.numbers)


def _first(line: Line, n: Any) -> str:
    return _("%(zone)s：首 %(standard)s 以内 ¥%(fee)s") % {
        "zone": line.name,
        "standard": measure(n["standard"], n["by"]),
        "fee": yuan(line.fee_fen),
    }


def _add(line: Line, n: Any) -> str:
    return _("超出 %(over)s，按每 %(standard)s %(steps)s 份 × ¥%(each)s") % {
        "over": measure(n["over"], n["by"]),
        "standard": measure(n["standard"], n["by"]),
        "steps": n["steps"],
        "each": yuan(n["each_fen"]),
    }


def _free(line: Line, n: Any) -> str:
    parts = []
    if "pieces" in n:
        parts.append(ngettext("满 %(n)s 件", "满 %(n)s 件", n["pieces"]) % {"n": n["pieces"]})
    if "amount_fen" in n:
        parts.append(_("满 ¥%(n)s") % {"n": yuan(n["amount_fen"])})
    if "within" in n:
        parts.append(
            _("%(n)s 以内") % {"n": measure(n["within"], "weight" if n["by"] == "pieces" else n["by"])}
        )
    return _("包邮条件：%(conditions)s") % {"conditions": "，".join(parts)}


def _vague(line: Line, n: Any) -> str:
    return _("地址只到%(to)s，而%(region)s另有价，请补全城市或区县") % {
        "to": regions.full_name(n["to"]),
        "region": regions.full_name(n["region"]),
    }


def _add_undefined(line: Line, n: Any) -> str:
    return _("%(zone)s只定了 %(standard)s 以内的价，%(measure)s 的续重价未设置") % {
        "zone": line.name,
        "standard": measure(n["standard"], n["by"]),
        "measure": measure(n["measure"], n["by"]),
    }


_SENTENCES: dict[str, Callable[[Line, Any], str]] = {
    "first": _first,
    "add": _add,
    "free": _free,
    "vague": _vague,
    "add_undefined": _add_undefined,
    "first_shared": lambda line, n: (
        _("%(zone)s：首费已按最高的一张运费表收取，不再重复") % {"zone": line.name}
    ),
    "seller_pays": lambda line, n: _("卖家包邮"),
    "surcharge": lambda line, n: _("附加费：%(name)s") % {"name": line.name},
    "fallback": lambda line, n: _("没有官方价表，按普通快递价加收（兜底）：%(name)s") % {"name": line.name},
    "answered": lambda line, n: _("人工确认的实际运费（%(name)s）") % {"name": line.name},
    "ask_first": lambda line, n: _("%(zone)s：先确认实际运费，再告诉买家") % {"zone": line.name},
    "no_place": lambda line, n: _("认不出收货地区，请填写省市区"),
    "no_zone": lambda line, n: _("运费表里没有%(to)s") % {"to": regions.full_name(n["to"])},
    "weight_unknown": lambda line, n: _("重量未知，运费表按重量计费"),
    "volume_unknown": lambda line, n: _("体积未知，运费表按体积计费"),
    "pieces_unknown": lambda line, n: _("件数未知，运费表按件计费"),
    "no_table": lambda line, n: _("本店没有从%(city)s发货的运费表") % {"city": regions.full_name(n["from"])},
    "no_official": lambda line, n: _("%(name)s按官方价收费，本店还没有录入它的运费表") % {"name": line.name},
    "carrier_unknown": lambda line, n: _("没有这家快递：%(code)s") % {"code": line.name},
}


def outcome_name(outcome: str) -> str:
    """The outcome as a word."""
    return {"priced": _("有价"), "undefined": _("未定义"), "ask": _("先问价")}.get(outcome, outcome)


def why_not(receipt: Receipt) -> str:
    """Why there is no price; "" when there is one."""
    return "；".join(sentence(line) for line in receipt.lines) if receipt.outcome != PRICED else ""


def for_buyer(receipt: Receipt, carrier_name: str = "") -> str:
    """A sentence to paste into the chat: Chinese whatever language the clerk reads, for buyers read Chinese.

    Only a priced receipt names an amount.
    """
    place, carrier = regions.full_name(receipt.to) if receipt.to else "", carrier_name or _EXPRESS
    key = "free" if receipt.outcome == PRICED and receipt.fee_fen == 0 else receipt.outcome
    return _TO_BUYER[key].format(place=place, carrier=carrier, fee=plain_yuan(receipt.fee_fen or 0))


_EXPRESS = "快递"  # data: said to the buyer
_TO_BUYER = {  # data: said to the buyer
    ASK: "您好，寄到{place}的运费我先向快递公司确认，确认后马上告诉您。",
    UNDEFINED: "您好，运费我确认一下，马上回复您。",
    "free": "您好，寄到{place}，{carrier}包邮。",
    PRICED: "您好，寄到{place}，{carrier}运费 {fee} 元。",
}
