"""The publishing gate (S3-03): classification, model, pictures, copy and price must agree. Pure: no database, no clock.

The law is docs/laws/publishing.md. Every check has a code, the requirement it comes from, and a sentence.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import product as combinations
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.catalog.lexicon import KINDS, Lexicon, lexicon
from zhanggui.kit.money import yuan

MOST_TOLD = 4


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """A SKU on sale as the gate sees it. Money in fen; None is unknown."""

    code: str
    spec: str
    price_fen: int
    floor_fen: int | None
    cost_fen: int | None
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that the gate looks at. `leaf` None: no classification is chosen; else whether it is a leaf of the tree.

    `retired`: it takes no goods any more. `asked`: the attributes the classification asks for. `pictures`: role, width, height.
    """

    title: str
    copy: str = ""
    model: str = ""
    description: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    size_guide: Sequence[Sequence[str]] = ()
    leaf: bool | None = None
    retired: bool = False
    asked: Sequence[Mapping[str, Any]] = ()
    virtual: bool = False
    virtual_class: bool = False
    postage_included: bool | None = None
    options: Sequence[tuple[str, Sequence[str]]] = ()
    skus: Sequence[SkuFacts] = ()
    pictures: Sequence[tuple[str, int, int]] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a shop wants: smallest side of a main picture in pixels, longest title, the forbidden words."""

    main_px: int = 600
    title_most: int = 60
    words: Lexicon = field(default_factory=lexicon)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: stable code, name (a message id), requirement id, whether it passed, and what is wrong."""

    code: str
    label: str
    source: str
    ok: bool
    said: str = ""
    warns: bool = False
    """It only warns: the product may go on the shelf all the same."""

    @property
    def stops(self) -> bool:
        """Whether the product may not go on the shelf because of it."""
        return not self.ok and not self.warns


def examine(dossier: Dossier, rules: Rules) -> list[Check]:
    """All checks in the order of the panel, passed and failed."""
    found = []
    for code, label, source, look, warns in _CHECKS:
        said = next(look(dossier, rules), "")
        found.append(Check(code, label, source, not said, said, warns))
    return found


def failing(checks: Sequence[Check]) -> list[Check]:
    """Those that keep the product off the shelf."""
    return [check for check in checks if check.stops]


def plain(html: str) -> str:
    """The text of cleaned HTML; a tag between two characters hides no word."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def _classification(d: Dossier, r: Rules) -> Iterator[str]:
    if d.leaf is None:
        yield _("还没有选类目")
    elif d.retired:
        yield _("选的类目已停用，请换一个")
    elif not d.leaf:
        yield _("选的类目下面还有小类，请选到最末一级")
    elif d.virtual != d.virtual_class:
        yield _("商品与类目不一致：一个是虚拟商品，另一个是实物")


def _attributes(d: Dossier, r: Rules) -> Iterator[str]:
    missing = [str(one["name"]) for one in d.asked if one.get("must") and not d.attributes.get(one["name"])]
    if missing:
        yield _("必填属性没有填：%(names)s") % {"names": "、".join(missing[:MOST_TOLD])}
    for one in d.asked:
        told = d.attributes.get(one["name"])
        if told and one.get("choices") and told not in one["choices"]:
            yield _("属性「%(name)s」的值不在类目允许的范围内") % {"name": one["name"]}


def _title(d: Dossier, r: Rules) -> Iterator[str]:
    if not d.title.strip():
        yield _("标题是空的")
    if len(d.title) > r.title_most:
        yield _("标题有 %(many)s 个字，最多 %(most)s 个") % {"many": len(d.title), "most": r.title_most}


def _model(d: Dossier, r: Rules) -> Iterator[str]:
    if d.model and _tight(d.model) not in _tight(d.title):
        yield _("标题里没有型号 %(model)s") % {"model": d.model}


def _skus(d: Dossier, r: Rules) -> Iterator[str]:
    if not d.skus:
        yield _("没有一个在售的型号")
    names = [name for name, _values in d.options]
    wanted = {
        ";".join(f"{name}:{value}" for name, value in zip(names, values, strict=True))
        for values in combinations(*(values for _name, values in d.options))
    }
    strange = [sku.code for sku in d.skus if d.options and sku.spec not in wanted]
    if strange:
        yield _("型号 %(codes)s 不在规格表里") % {"codes": "、".join(strange[:MOST_TOLD])}
    if not d.options and len(d.skus) > 1 and len({sku.spec for sku in d.skus}) < len(d.skus):
        yield _("有两个型号的规格相同")


def _prices(d: Dossier, r: Rules) -> Iterator[str]:
    unpriced = [sku.code for sku in d.skus if sku.price_fen <= 0]
    if unpriced:
        yield _("型号 %(codes)s 没有价格") % {"codes": "、".join(unpriced[:MOST_TOLD])}
    for sku in d.skus:
        least = sku.floor_fen if sku.floor_fen is not None else sku.cost_fen
        if least is not None and sku.price_fen < least:
            yield _("型号 %(code)s 的价格 %(price)s 低于底价 %(least)s") % {
                "code": sku.code,
                "price": yuan(sku.price_fen),
                "least": yuan(least),
            }


def _postage(d: Dossier, r: Rules) -> Iterator[str]:
    if d.virtual:
        return
    if d.postage_included is None:
        yield _("没有说明价格是否包邮")
    said = _tight(d.title + d.copy)
    promises = "包邮" in said and "不包邮" not in said  # not a text: what titles say
    if promises and not d.postage_included:
        yield _("标题或卖点写了包邮，价格却不含邮费")


def _pictures(d: Dossier, r: Rules) -> Iterator[str]:
    main = [(width, height) for role, width, height in d.pictures if role == "main"]
    if not main:
        yield _("没有主图")
    small = [f"{width}×{height}" for width, height in main if min(width, height) < r.main_px]
    if small:
        yield _("主图边长至少 %(least)s 像素，有一张是 %(size)s") % {"least": r.main_px, "size": small[0]}


def _copy(d: Dossier, r: Rules) -> Iterator[str]:
    if not plain(d.description).strip() and not any(role == "detail" for role, _w, _h in d.pictures):
        yield _("没有商品描述，也没有详情图")


def _terms(d: Dossier, r: Rules) -> Iterator[str]:
    places = {
        _("标题"): d.title,
        _("卖点"): d.copy,
        _("商品描述"): plain(d.description),
        _("属性"): " \n ".join(str(value) for value in d.attributes.values()),
        _("规格"): " \n ".join(sku.spec for sku in d.skus),
        _("尺码表"): " \n ".join(cell for row in d.size_guide for cell in row),
    }
    told = [
        _("%(place)s有「%(term)s」（%(kind)s）")
        % {"place": place, "term": hit.term, "kind": _(KINDS[hit.kind])}
        for place, text in places.items()
        for hit in r.words.hits(text)
    ]
    if told:
        yield "；".join(told[:MOST_TOLD])  # not a text


def _weights(d: Dossier, r: Rules) -> Iterator[str]:
    unknown = [sku.code for sku in d.skus if sku.weight_g is None]
    if unknown and not d.virtual:
        yield _("型号 %(codes)s 没有重量，按重量计费的邮费算不出来") % {
            "codes": "、".join(unknown[:MOST_TOLD])
        }


def _tight(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


_CHECKS: tuple[tuple[str, str, str, Callable[[Dossier, Rules], Iterator[str]], bool], ...] = (
    ("classification", "类目", "S3-03", _classification, False),
    ("attributes", "必填属性", "S3-03", _attributes, False),
    ("title", "标题", "S3-03", _title, False),
    ("model", "型号与标题", "S3-03", _model, False),
    ("skus", "规格与型号", "S3-03", _skus, False),
    ("prices", "价格与底价", "S3-03, S0-41", _prices, False),
    ("postage", "价格与邮费", "S3-12", _postage, False),
    ("pictures", "主图", "S3-03, S3-21", _pictures, False),
    ("copy", "文案", "S3-03", _copy, False),
    ("terms", "广告用语", "S3-03", _terms, False),
    ("weights", "重量", "S1-03", _weights, True),
)
CODES = tuple(code for code, *_rest in _CHECKS)
LABELS = {code: label for code, label, *_rest in _CHECKS}
