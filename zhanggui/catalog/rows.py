"""The SKU matrix as a plain form: options and rows as texts, to and from what the verb takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from zhanggui.catalog.actions.matrix import MOST_FEN, MOST_OPTIONS, MOST_SKUS, SkuRow, specs_of, tidy
from zhanggui.catalog.models import Sku
from zhanggui.kit.money import parse_yuan, plain_yuan
from zhanggui.kit.numbers import whole
from zhanggui.kit.refusals import Invalid, Unreadable

MONEY = ("price_fen", "cost_fen", "floor_fen")
FILLED = ("price_fen", "cost_fen", "floor_fen", "weight_g")
TEXTS = ("code", *MONEY, "weight_g", "barcode", "picture")
COLUMNS = {
    "code": "商家编码",
    "price_fen": "价格（元）",
    "cost_fen": "成本（元）",
    "floor_fen": "底价（元）",
    "weight_g": "重量（克）",
    "barcode": "条码",
    "picture": "图片",
}
"""Column → its heading, a message id."""
MOST_WEIGHT = 2_000_000_000
_PARTED = re.compile(r"[,，、\s]+")


@dataclass(slots=True)
class Typed:
    """One row as typed: its spec, its texts by column, and what is wrong with them."""

    spec: str
    texts: dict[str, str]
    on: bool = True
    known: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The spec for people: the values alone."""
        return " / ".join(part.partition(":")[2] for part in self.spec.split(";") if part)


@dataclass(slots=True)
class TypedOption:
    """One option as typed: its name, its values in one text."""

    name: str
    values: str


def shown_options(options: Sequence[tuple[str, Sequence[str]]]) -> list[TypedOption]:
    """The options of a product as texts, with one empty place more."""
    rows = [TypedOption(name, " ".join(values)) for name, values in options]
    return [*rows, *([TypedOption("", "")] if len(rows) < MOST_OPTIONS else [])]


def shown_rows(skus: Sequence[Sku]) -> list[Typed]:
    """The SKUs as texts."""
    return [
        Typed(
            sku.spec,
            {name: _text(name, getattr(sku, name)) for name in TEXTS},
            on=sku.off_at is None,
            known=True,
        )
        for sku in skus
    ]


def posted_options(data: Mapping[str, Any]) -> list[TypedOption]:
    """The options as posted."""
    return [
        TypedOption(data.get(f"option-{number}", "")[:60], data.get(f"values-{number}", "")[:3000])
        for number in range(MOST_OPTIONS)
        if f"option-{number}" in data
    ]


def read_options(typed: Sequence[TypedOption]) -> list[tuple[str, list[str]]]:
    """The options. Raises Invalid (field "options")."""
    return tidy([(one.name, [value for value in _PARTED.split(one.values) if value]) for one in typed])


def posted_rows(data: Mapping[str, Any]) -> list[Typed]:
    """The rows as posted."""
    found = []
    for number in range(MOST_SKUS):
        if f"sku-{number}-spec" not in data:
            break
        texts = {name: data.get(f"sku-{number}-{name}", "")[:200] for name in TEXTS}
        found.append(Typed(data[f"sku-{number}-spec"][:200], texts, on=f"sku-{number}-on" in data))
    return found


def laid(options: Sequence[tuple[str, Sequence[str]]], rows: Sequence[Typed]) -> list[Typed]:
    """A row for every combination: those there are stay, a new one takes what its neighbours agree on."""
    known = {row.spec: row for row in rows}
    same = {
        name: next(iter(told))
        for name in FILLED
        if len(told := {row.texts[name] for row in rows if row.texts[name].strip()}) == 1
    }
    empty = dict.fromkeys(TEXTS, "")
    if not options:
        return [known.get("") or (rows[0] if len(rows) == 1 else Typed("", empty | same))]
    return [known.get(spec) or Typed(spec, empty | same) for spec in specs_of(options)]


def filled(rows: Sequence[Typed], data: Mapping[str, Any], *, over: bool) -> dict[str, str]:
    """Batch fill: what stands in the fields above goes into the empty cells, or (`over`) into all.

    Gives what is wrong with those fields, by column; then nothing is filled.
    """
    texts = {name: str(data.get(f"fill-{name}", "")).strip()[:20] for name in FILLED}
    wrong = {name: said for name, text in texts.items() if (said := _read(name, text)[1])}
    if wrong:
        return wrong
    for name, text in texts.items():
        for row in rows:
            if text and (over or not row.texts[name].strip()):
                row.texts[name] = text
    return {}


def wrong_cells(rows: Sequence[Typed]) -> list[str]:
    """What is wrong, each with its SKU and column: "红 / 大，价格（元）：请填写数字"."""
    return [
        _("%(sku)s，%(column)s：%(why)s")
        % {"sku": row.shown or _("（无规格）"), "column": _(COLUMNS[name]), "why": said}
        for row in rows
        for name, said in row.errors.items()
    ]


def _read(name: str, text: str) -> tuple[int | None, str]:
    """A cell's number, and what is wrong with it."""
    if not text:
        return None, ""
    if name == "weight_g":
        number = whole(text)
        if number is None:
            return None, _("请填写整数")
        return number, "" if 0 < number < MOST_WEIGHT else _("重量要大于 0；不知道就留空")
    try:
        fen = parse_yuan(text)
    except Unreadable:
        return None, _("请填写数字，最多两位小数")
    return fen, "" if 0 <= fen <= MOST_FEN else _("价格不能为负数，也不能大得离谱")


def read_rows(rows: Sequence[Typed]) -> list[SkuRow] | None:
    """The rows as the verb takes them; None when something cannot be read, which then stands in `errors`."""
    found = []
    for row in rows:
        values: dict[str, int | None] = {}
        for name in FILLED:
            values[name], said = _read(name, row.texts[name].strip())
            if said:
                row.errors[name] = said
        if not row.errors:
            found.append(
                SkuRow(
                    row.spec,
                    values["price_fen"] or 0,
                    row.texts["code"].strip(),
                    values["cost_fen"],
                    values["floor_fen"],
                    values["weight_g"],
                    barcode=row.texts["barcode"].strip(),
                    picture=row.texts["picture"].strip(),
                    on=row.on,
                )
            )
    return None if any(row.errors for row in rows) else found


def blame(refusal: Invalid, rows: Sequence[Typed]) -> bool:
    """Put a refusal beside the rows it names by code; gives whether it found one."""
    hit = [row for row in rows if row.texts["code"].strip() and row.texts["code"].strip() in refusal.message]
    if refusal.field != "code" or not hit:
        return False
    for row in hit:
        row.errors["code"] = refusal.message
    return True


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    return plain_yuan(value) if name in MONEY else str(value)
