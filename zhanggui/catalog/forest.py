"""The tree of classifications (类目) as values, and what it must agree with. Pure: no database, no clock.

Every change of the tree, one node by hand or a whole file, is laid upon what there is and looked at as a whole.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.kit.refusals import Invalid

LEVELS = 4
MOST = 5000
MOST_ASKED = 40
MOST_CHOICES = 100
LONGEST_NAME = 60
LONGEST_TOLD = 30
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
_JOINERS = "\u200c\u200d"
"""They hold letters and emoji together."""
_SIGNS = re.compile(r"[;；=＝*＊/\n]")


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of goods. `parent`: code of the kind above, "" for none. `asked`: its own attributes, as they are kept."""

    code: str
    name: str
    parent: str = ""
    virtual: bool = False
    asked: tuple[Mapping[str, Any], ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a kind itself: how many products, and how many of them are on a shelf or waiting for their moment."""

    goods: int = 0
    on: int = 0


Forest = Mapping[str, Node]
"""Code → node."""


def troubles(
    forest: Forest, standing: Mapping[str, Standing], before: Forest, changed: Sequence[str]
) -> Iterator[tuple[str, str, str]]:
    """What does not agree in the changed nodes: code, field, sentence. `before`: the tree as it was."""
    below: dict[str, list[Node]] = {}
    for node in forest.values():
        below.setdefault(node.parent, []).append(node)
    for code in changed:
        for field, said in _of(forest[code], forest, below, standing, before):
            yield code, field, said


def _of(
    node: Node,
    forest: Forest,
    below: Mapping[str, Sequence[Node]],
    standing: Mapping[str, Standing],
    before: Forest,
) -> Iterator[tuple[str, str]]:
    here = standing.get(node.code, Standing())
    if not CODE.fullmatch(node.code):
        yield "code", _("类目编码用小写字母、数字和连字符，最多 30 个字")
    if not node.name or len(node.name) > LONGEST_NAME:
        yield "name", _("类目名要有 1 到 %(most)s 个字") % {"most": LONGEST_NAME}
    if any(other.name == node.name and other.code != node.code for other in below.get(node.parent, ())):
        yield "name", _("同一级里已经有叫「%(name)s」的类目了") % {"name": node.name}
    above = list(_above(node, forest))
    over = forest.get(node.parent)
    if node.parent and over is None:
        yield "parent", _("没有编码是 %(code)s 的上级类目") % {"code": node.parent}
        return
    if node in above:
        yield "parent", _("「%(name)s」不能放到它自己下面") % {"name": node.name}
        return
    if len(above) + _height(node, below) > LEVELS:
        yield "parent", _("类目最多 %(most)s 级") % {"most": LEVELS}
    if over is not None:
        held = standing.get(over.code, Standing()).goods
        if over.retired and not node.retired:
            yield "parent", _("上级类目「%(name)s」已停用") % {"name": over.name}
        was = before.get(node.code)
        arrives = was is None or was.parent != node.parent or was.retired
        if held and arrives and not node.retired:
            yield (
                "parent",
                _("「%(name)s」里还有 %(many)s 件商品，先把它们移到别的类目，才能在它下面分小类")
                % {
                    "name": over.name,
                    "many": held,
                },
            )
        if over.virtual != node.virtual:
            yield "virtual", _("虚拟商品的类目和实物的类目不能放在一起")
    was = before.get(node.code)
    if was is not None and was.virtual != node.virtual and here.goods:
        yield "virtual", _("这里还有 %(many)s 件商品，不能改成另一种") % {"many": here.goods}
    if any(one.virtual != node.virtual for one in below.get(node.code, ())):
        yield "virtual", _("虚拟商品的类目和实物的类目不能放在一起")
    if node.retired:
        if any(not one.retired for one in below.get(node.code, ())):
            yield "retired", _("「%(name)s」下面还有在用的类目，先停用它们") % {"name": node.name}
        if here.on and (was is None or not was.retired):
            yield (
                "retired",
                _("「%(name)s」里还有 %(many)s 件商品在架或等着上架，先移到别的类目或下架")
                % {
                    "name": node.name,
                    "many": here.on,
                },
            )


def _above(node: Node, forest: Forest) -> Iterator[Node]:
    """The kinds above, the nearest first; ends with the node itself where the tree bites its tail."""
    seen = {node.code}
    one = forest.get(node.parent)
    while one is not None:
        yield one
        if one.code in seen:
            return
        seen.add(one.code)
        one = forest.get(one.parent)


def _height(node: Node, below: Mapping[str, Sequence[Node]], most: int = LEVELS + 1) -> int:
    if most <= 0:
        return 1
    return 1 + max((_height(one, below, most - 1) for one in below.get(node.code, ())), default=0)


def ordered(nodes: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """Codes with their depth (0 on top), each below its own: of (code, code above) in the order of their places."""
    below: dict[str, list[str]] = {}
    for code, above in nodes:
        below.setdefault(above, []).append(code)
    found: list[tuple[str, int]] = []

    def walk(above: str, depth: int) -> None:
        for code in below.get(above, ()):
            found.append((code, depth))
            if depth < LEVELS:
                walk(code, depth + 1)

    walk("", 0)
    return found


def tidy_name(text: str) -> str:
    """A name as it is kept: one line, without signs that nobody sees (NUL, direction marks) and blanks around."""
    seen = (
        letter
        for letter in " ".join(text.split())
        if letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    return " ".join("".join(seen).split())


def read_asked(text: str) -> tuple[dict[str, Any], ...]:
    """Attributes as they are written, one a line or between semicolons: "材质*" must be told, "季节=春/夏" has choices.

    Raises Invalid (field "attributes").
    """
    found: dict[str, dict[str, Any]] = {}
    for part in re.split(r"[;；\n]", text.replace("＝", "=").replace("＊", "*")):
        told, sign, choices = part.partition("=")
        must = told.strip().endswith("*")
        name = tidy_name(told.strip().rstrip("*"))
        if not name and not sign:
            continue
        kept = list(dict.fromkeys(filter(None, (tidy_name(one) for one in choices.split("/")))))
        if not name or len(name) > LONGEST_TOLD or _SIGNS.search(name):
            raise Invalid(
                _("属性名要有 1 到 %(most)s 个字：%(text)s") % {"most": LONGEST_TOLD, "text": part[:40]},
                "attributes",
            )
        if sign and not kept:
            raise Invalid(
                _("属性「%(name)s」的等号后面要写可选的值，用 / 隔开") % {"name": name}, "attributes"
            )
        if len(kept) > MOST_CHOICES or any(len(one) > LONGEST_NAME for one in kept):
            raise Invalid(_("属性「%(name)s」的可选值太多或太长") % {"name": name}, "attributes")
        if name in found:
            raise Invalid(_("属性「%(name)s」写了两次") % {"name": name}, "attributes")
        found[name] = {"name": name, "must": must, "choices": kept}
    if len(found) > MOST_ASKED:
        raise Invalid(_("一个类目最多 %(most)s 个属性") % {"most": MOST_ASKED}, "attributes")
    return tuple(found.values())


def said_asked(asked: Sequence[Mapping[str, Any]], between: str = ";") -> str:
    """Attributes as `read_asked` reads them."""
    return between.join(
        str(one["name"])
        + ("*" if one.get("must") else "")
        + ("=" + "/".join(one["choices"]) if one.get("choices") else "")
        for one in asked
    )


COLUMNS = ("类目编码", "类目名", "上级编码", "虚拟", "属性", "停用中")
"""Headings of the file, message ids; a file of either language is read."""
_YES = ("1", "是", "yes", "y", "true")  # not a text
_ENGLISH = ("code of the class", "name of the class", "upper code", "virtual", "attributes", "retired")


def cells_of(node: Node) -> list[str]:
    """A line of the file."""
    return [
        node.code,
        node.name,
        node.parent,
        "1" if node.virtual else "0",
        said_asked(node.asked),
        "1" if node.retired else "0",
    ]


def read_rows(rows: Sequence[Sequence[str]]) -> tuple[dict[str, Node], list[tuple[int, str]]]:
    """The nodes of a file by code, and what cannot be read: line (from 1) and sentence. The first line is the heading."""
    if not rows:
        return {}, [(1, _("这个文件是空的"))]
    heading = [_bare(cell).casefold() for cell in rows[0]]
    places: list[int] = []
    for chinese, english in zip(COLUMNS, _ENGLISH, strict=True):
        place = next((n for n, cell in enumerate(heading) if cell in (chinese, english)), -1)
        places.append(place)
    if -1 in places[:2]:
        return {}, [(1, _("第一行要有列名：%(names)s") % {"names": "、".join(_(one) for one in COLUMNS)})]
    found: dict[str, Node] = {}
    wrong: list[tuple[int, str]] = []
    for number, row in enumerate(rows[1:], 2):
        cells = [_bare(row[place]) if 0 <= place < len(row) else "" for place in places]
        if not any(cells):
            continue
        code, name, parent, virtual, asked, retired = cells
        code, parent = code.casefold(), parent.casefold()
        try:
            node = Node(code, tidy_name(name), parent, _yes(virtual), read_asked(asked), _yes(retired))
        except Invalid as trouble:
            wrong.append((number, trouble.message))
            continue
        if code in found:
            wrong.append((number, _("编码 %(code)s 在文件里写了两次") % {"code": code}))
        found[code] = node
    if len(found) > MOST:
        wrong.append((1, _("一次最多 %(most)s 个类目") % {"most": MOST}))
    return found, wrong


def _yes(text: str) -> bool:
    return text.casefold() in _YES


def _bare(cell: str) -> str:
    """A cell without what keeps a spreadsheet from running it (kit/sheets.py)."""
    text = cell.replace("\0", "").replace("\ufeff", "").strip()
    return text[1:].strip() if text.startswith("'") else text


def laid_upon(forest: Forest, told: Forest) -> tuple[dict[str, Node], list[str]]:
    """The tree with the told nodes in it, and the codes of those that are new or differ. What is not told stays."""
    merged = dict(forest) | dict(told)
    return merged, [code for code, node in told.items() if forest.get(code) != node]


def with_virtual(forest: Forest, node: Node) -> Node:
    """A node below another is what that one is."""
    over = forest.get(node.parent)
    return replace(node, virtual=over.virtual) if over is not None else node
