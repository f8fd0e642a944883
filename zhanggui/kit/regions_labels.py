"""Labels in pasted addresses: 收件人：…, 电话:…, 【所在地区】…, in any order, with any colon, on one line or several.

Platforms, couriers and people each have their own words for the same five things; they all stand in one table.
"""

import re
from dataclasses import dataclass

NAME, PHONE, REGION, STREET, ZIP, NOTE = "name", "phone", "region", "street", "zip", "note"

LABELS: dict[str, tuple[str, ...]] = {
    NAME: (
        "收货人姓名", "收件人姓名", "收货人名称", "收件人名称", "联系人姓名", "收货联系人", "收货人", "收件人", "联系人", "收方",
        "姓名", "名字", "receiver", "recipient", "contact", "name",
    ),
    PHONE: (
        "收货人手机号码", "收件人手机号码", "收货人手机号", "收件人手机号", "收货人手机", "收件人手机", "收货人电话", "收件人电话",
        "联系人电话", "联系人手机", "手机号码", "联系电话", "联系手机", "联系方式", "电话号码", "移动电话", "固定电话", "收货电话",
        "收件电话", "收货手机", "收件手机", "手机号", "手机", "电话", "座机", "固话", "号码", "telephone", "mobile", "phone", "tel",
    ),
    REGION: (
        "收货人所在地区", "收件人所在地区", "省市区县", "所在地区", "所在省市", "所在区域", "所在地", "省市区", "省份城市", "地区",
        "区域", "region",
    ),
    STREET: (
        "收货人详细地址", "收件人详细地址", "详细收货地址", "详细收件地址", "收货人地址", "收件人地址", "收货地址", "收件地址", "送货地址",
        "邮寄地址", "寄送地址", "快递地址", "详细地址", "街道地址", "通讯地址", "联系地址", "具体地址", "住址", "地址", "街道", "门牌号",
        "address",
    ),
    ZIP: ("邮政编码", "邮编", "zip code", "postcode", "zip"),
    NOTE: ("买家备注", "订单备注", "备注", "留言", "微信号", "微信", "昵称"),
}  # fmt: skip
"""What a label says, by the words for it. A NOTE belongs to no address."""

_NEEDS_COLON = frozenset({"地区", "区域", "街道", "号码", "收方", "微信", "名字", "所在地", "留言"})
"""Words that an address may hold by itself: without a colon or brackets they are no labels."""
_KIND = {word: kind for kind, words in LABELS.items() for word in words}
_BLANK = r"[ \t　]*"


def _pattern(words: list[str]) -> str:
    """Any of these words, longer ones first; blanks between the characters of a Chinese one are padding (姓　名)."""
    forms = []
    for word in sorted(words, key=len, reverse=True):
        forms.append(rf"(?<![a-z]){word}" if word.isascii() else _BLANK.join(word))
    return "|".join(forms)


_ANY = _pattern(list(_KIND))
_BARE = "|".join(
    sorted((w for w in _KIND if not w.isascii() and w not in _NEEDS_COLON), key=len, reverse=True)
)
_LABEL = re.compile(
    rf"[【\[（(]{_BLANK}(?P<held>{_ANY}){_BLANK}[】\]）)]{_BLANK}[:：﹕︰]?"
    rf"|(?P<colon>{_ANY})(?:{_BLANK}[/／、和及]{_BLANK}(?:{_ANY}))*{_BLANK}[:：﹕︰]"
    rf"|(?:(?<=^)|(?<=[\s,，;；、]))(?P<bare>{_BARE})(?=[ \t　\n]+\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what was pasted. `kind`: of its label, "" where it has none."""

    kind: str
    text: str


def read_labels(text: str) -> list[Said]:
    """The text in pieces, each from its label to the next one. Without any label it is one piece of no kind."""
    pieces: list[Said] = []
    kind, start = "", 0
    for found in _LABEL.finditer(text):
        pieces.append(Said(kind, text[start : found.start()]))
        word = found["held"] or found["colon"] or found["bare"]
        kind, start = _kind_of(word), found.end()
    pieces.append(Said(kind, text[start:]))
    return [piece for piece in pieces if piece.text.strip()]


def _kind_of(word: str) -> str:
    plain = word.lower()
    return _KIND.get(plain) or _KIND[re.sub(r"[ \t　]", "", plain)]
