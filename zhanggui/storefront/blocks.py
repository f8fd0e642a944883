"""The blocks a home page is made of (S0-55, screens S1): plain values, read and checked here; no database, no clock.

A block is a dict of JSON values with its `kind` and a `key` of its own in the look. What a block says about
pictures are names of assets, about goods ids of listings; whether those are the shop's is asked by the action.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid

Block = dict[str, Any]
MOST_BLOCKS = 30
MOST_GOODS = 24
MOST_TITLE, MOST_TEXT, MOST_LINK, MOST_ALT = 30, 1000, 200, 80


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of block has: `slides` pictures at most (for the use `use`), goods, a moment, a text."""

    code: str
    label: str
    icon: str
    hint: str
    use: str = ""
    slides: int = 0
    timed: bool = False
    goods: bool = False
    until: bool = False
    text: bool = False
    titled: bool = True
    once: bool = False


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "banner",
            "轮播图",
            "picture",
            "980×250 的图，最多五张，各有起止时间",
            use="banner",
            slides=5,
            timed=True,
            titled=False,
            once=True,
        ),
        Kind("coupons", "优惠券条", "ticket", "现在可以领的券，自动列出", once=True),
        Kind("countdown", "倒计时", "clock", "到某个时刻还有多久", until=True),
        Kind("categories", "店铺分类", "grid", "本店的分类", once=True),
        Kind("hero", "爆款", "star", "不选商品时，自动取主打商品和卖得最多的", goods=True, once=True),
        Kind("main", "主推", "flag", "不选商品时，自动取橱窗推荐的商品", goods=True, once=True),
        Kind("new", "新品", "bell", "不选商品时，自动取最近上架的", goods=True, once=True),
        Kind("goods", "自选商品", "list", "自己选几件商品排成一组", goods=True),
        Kind("notice", "店铺公告", "info", "正在显示的公告，自动列出", once=True),
        Kind("poster", "海报", "picture", "一张通栏的图", use="poster", slides=1),
        Kind("picture", "图片组", "columns", "并排的几张图，最多四张", use="block", slides=4),
        Kind("text", "文字", "note", "一段文字", text=True),
    )
}
"""Every kind, in the order in which the editor offers them."""

USUAL = ("banner", "notice", "coupons", "categories", "hero", "main", "new")
"""What a new look begins with."""


def fresh(kind: str) -> Block:
    """A new block of a kind, empty. Raises Invalid for a kind there is not."""
    if kind not in KINDS:
        raise Invalid(_("没有这种模块。"), "kind")
    return {"kind": kind, "key": secrets.token_hex(4), **_empty(KINDS[kind])}


def _empty(kind: Kind) -> Block:
    block: Block = {}
    if kind.titled:
        block["title"] = ""
    if kind.slides:
        block["slides"] = []
    if kind.goods:
        block |= {"listings": [], "most": 6}
    if kind.until:
        block |= {"until": None, "link": ""}
    if kind.text:
        block["text"] = ""
    return block


def read(kind_code: str, values: Mapping[str, Any]) -> Block:
    """A block's values, cleaned: without `key`. Raises Invalid that names the field.

    `until`, `from` and `until` of slides: aware moments or ISO texts or None.
    """
    kind = KINDS[kind_code]
    block = _empty(kind)
    if kind.titled:
        block["title"] = _short(values.get("title", ""), MOST_TITLE, "title")
    if kind.slides:
        block["slides"] = [_slide(kind, slide) for slide in _few(values.get("slides", ()), kind.slides)]
    if kind.goods:
        ids = list(dict.fromkeys(int(one) for one in values.get("listings", ())))
        if len(ids) > MOST_GOODS:
            raise Invalid(_("一个模块最多 %(most)s 件商品。") % {"most": MOST_GOODS}, "codes")
        block |= {"listings": ids, "most": min(max(int(values.get("most") or 6), 1), MOST_GOODS)}
    if kind.until:
        moment = _moment(values.get("until"))
        if moment is None:
            raise Invalid(_("请填写倒计时到哪一刻。"), "until")
        block |= {"until": moment, "link": link(values.get("link", ""))}
    if kind.text:
        block["text"] = _short(values.get("text", ""), MOST_TEXT, "text")
        if not block["text"]:
            raise Invalid(_("请写下文字。"), "text")
    return block


def link(text: str, field: str = "link") -> str:
    """Where a picture leads: an address of this house ("/s/OW01/search/?q=茶"), or "". Raises Invalid for others,
    so that a page of ours never sends a buyer elsewhere.
    """
    text = text.strip()
    if not text:
        return ""
    parts = urlsplit(text) if len(text) <= MOST_LINK and "\\" not in text and text.isprintable() else None
    if parts is None or parts.scheme or parts.netloc or not text.startswith("/") or text.startswith("//"):
        raise Invalid(_("链接只能是本站的地址，以 / 开头，如 /s/OW01/。"), field)
    return text


def pictures_in(blocks: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of all pictures that blocks show."""
    return {slide["picture"] for block in blocks for slide in block.get("slides", ())}


def texts_of(block: Mapping[str, Any]) -> dict[str, str]:
    """What buyers read of a block, by field: title, text, what stands for its pictures."""
    alts = " \n ".join(str(slide.get("alt", "")) for slide in block.get("slides", ()))
    return {"title": block.get("title", ""), "text": block.get("text", ""), "slides": alts}


def listings_in(blocks: Iterable[Mapping[str, Any]]) -> set[int]:
    """The ids of all listings that blocks pick."""
    return {pk for block in blocks for pk in block.get("listings", ())}


def shown(slides: Sequence[Mapping[str, Any]], at: datetime) -> list[Mapping[str, Any]]:
    """The slides whose time it is (screens S1: each with start and end)."""

    def holds(slide: Mapping[str, Any]) -> bool:
        begins, ends = slide.get("from"), slide.get("until")
        return (not begins or datetime.fromisoformat(begins) <= at) and (
            not ends or at < datetime.fromisoformat(ends)
        )

    return [slide for slide in slides if holds(slide)]


def moved(blocks: Sequence[Block], key: str, up: bool) -> list[Block]:
    """The blocks with one of them a place higher or lower; the same where it is at the end."""
    found = list(blocks)
    here = place_of(found, key)
    there = here - 1 if up else here + 1
    if 0 <= there < len(found):
        found[here], found[there] = found[there], found[here]
    return found


def place_of(blocks: Sequence[Mapping[str, Any]], key: str) -> int:
    """Where the block of that key stands. Raises Invalid when there is none."""
    for place, block in enumerate(blocks):
        if block.get("key") == key:
            return place
    raise Invalid(_("这个模块已经不在了，请刷新页面。"))


def _slide(kind: Kind, given: Mapping[str, Any]) -> Block:
    slide: Block = {
        "picture": str(given.get("picture", "")),
        "link": link(str(given.get("link", "")), "slides"),
        "alt": _short(str(given.get("alt", "")), MOST_ALT, "slides"),
    }
    if not slide["picture"]:
        raise Invalid(_("请选一张图片。"), "slides")
    if not slide["alt"]:
        raise Invalid(_("每张图都要写替代文字：看不到图的人靠它知道内容。"), "slides")
    if kind.timed:
        begins, ends = _moment(given.get("from")), _moment(given.get("until"))
        if begins and ends and datetime.fromisoformat(ends) <= datetime.fromisoformat(begins):
            raise Invalid(_("结束时间要晚于开始时间。"), "slides")
        slide |= {"from": begins, "until": ends}
    return slide


def _few(slides: Iterable[Mapping[str, Any]], most: int) -> list[Mapping[str, Any]]:
    found = list(slides)
    if len(found) > most:
        raise Invalid(_("最多 %(most)s 张图。") % {"most": most}, "slides")
    return found


def _moment(value: Any) -> str | None:
    if not value:
        return None
    return value.isoformat() if isinstance(value, datetime) else datetime.fromisoformat(value).isoformat()


def _short(text: str, most: int, field: str) -> str:
    text = str(text).strip()
    if len(text) > most or "\0" in text:
        raise Invalid(_("最多 %(most)s 个字。") % {"most": most}, field)
    return text
