"""The SKU matrix of a product: options × values, each combination a SKU that keeps its code while the house stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product as combinations
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhanggui.catalog.actions.categories import refile
from zhanggui.catalog.actions.finding import remember
from zhanggui.catalog.actions.guarding import claim, must_edit, stay_fit, tell
from zhanggui.catalog.models import Product, Sku
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.pictures import NAME
from zhanggui.kit.refusals import Invalid

MOST_OPTIONS = 4
MOST_SKUS = 200
MOST_FEN = 10**11
Options = Sequence[tuple[str, Sequence[str]]]

FIELDS = (
    "code",
    "price_fen",
    "cost_fen",
    "floor_fen",
    "weight_g",
    "volume_cm3",
    "barcode",
    "picture",
    "position",
    "off_at",
)


@dataclass(frozen=True, slots=True)
class SkuRow:
    """One SKU as the page shows it, found by its spec. Money in fen, weight in grams; None is unknown.

    An empty `code` keeps the code the SKU has, or makes one. `on` False takes it off sale.
    """

    spec: str
    price_fen: int = 0
    code: str = ""
    cost_fen: int | None = None
    floor_fen: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    barcode: str = ""
    picture: str = ""
    on: bool = True


def specs_of(options: Options) -> list[str]:
    """Every combination of the values as a spec, in order: 颜色:白;尺码:L. One empty spec without options."""
    names = [name for name, _values in options]
    return [
        ";".join(f"{name}:{value}" for name, value in zip(names, values, strict=True))
        for values in combinations(*(values for _name, values in options))
    ]


def tidy(options: Options) -> list[tuple[str, list[str]]]:
    """The options as they are kept: stripped, each value once, empty ones gone. Raises Invalid (field "options")."""
    found: dict[str, list[str]] = {}
    for name, values in options:
        name = name.strip()
        kept = list(dict.fromkeys(value.strip() for value in values if value.strip()))
        if not name and not kept:
            continue
        if not name or not kept:
            raise Invalid(_("每个规格要有名称，也要有至少一个值"), "options")
        if name in found:
            raise Invalid(_("规格「%(name)s」写了两次") % {"name": name}, "options")
        if any(mark in text for text in (name, *kept) for mark in ":;\n"):
            raise Invalid(_("规格名和值里不能有冒号、分号"), "options")
        if max(map(len, (name, *kept))) > 30:
            raise Invalid(_("规格名和值最多 30 个字"), "options")
        found[name] = kept
    if len(found) > MOST_OPTIONS:
        raise Invalid(_("最多 %(most)s 个规格") % {"most": MOST_OPTIONS}, "options")
    many = 1
    for kept in found.values():
        many *= len(kept)
    if many > MOST_SKUS:
        raise Invalid(
            _("这样会有 %(many)s 个型号，最多 %(most)s 个") % {"many": many, "most": MOST_SKUS}, "options"
        )
    return list(found.items())


@action
def set_skus(
    *, by: Actor, product: Product, version: int, options: Options, rows: Sequence[SkuRow], at: datetime
) -> Product:
    """Write the whole matrix as the page shows it. A SKU is found by its spec and keeps its row and its code.

    SKUs whose spec is gone leave the sale (orders name them, so no row is ever deleted) and come back with it.
    Combinations without a row become SKUs at price 0, which the gate refuses. Raises NotAllowed, Invalid,
    Stale, Unfit. A dozen statements however many SKUs.
    """
    listings = must_edit(by, product)
    fresh = claim(product, version)
    kept_options = tidy(options)
    wanted = _wanted(kept_options, rows)
    known = {sku.spec: sku for sku in Sku.objects.select_for_update().filter(product=fresh).order_by("pk")}
    if any(len(spec) > 120 for spec in wanted):
        raise Invalid(_("规格名和值合起来太长了"), "options")
    before = {spec: _state(sku) for spec, sku in known.items()}
    codes = _codes(fresh, wanted, known)
    made: list[Sku] = []
    kept: list[Sku] = []
    for place, (spec, row) in enumerate(wanted.items()):
        sku = known.get(spec) or Sku(product=fresh, merchant_id=fresh.merchant_id, spec=spec)
        sku.code, sku.position = codes[spec], place
        sku.price_fen, sku.cost_fen, sku.floor_fen = row.price_fen, row.cost_fen, row.floor_fen
        sku.weight_g, sku.volume_cm3 = row.weight_g, row.volume_cm3
        sku.barcode, sku.picture = row.barcode.strip(), row.picture
        sku.off_at = None if row.on else (sku.off_at or at)
        (kept if sku.pk else made).append(sku)
    for spec, sku in known.items():
        if spec not in wanted and sku.off_at is None:
            sku.off_at = at
            kept.append(sku)
    try:
        with transaction.atomic():
            Sku.objects.bulk_update(kept, FIELDS)
            Sku.objects.bulk_create(made)
    except IntegrityError:
        raise Invalid(_("有编码和别的型号重复；要互换两个编码，请分两次保存。"), "code") from None
    fresh.options = [[name, values] for name, values in kept_options]
    fresh.version += 1
    fresh.save(update_fields=["options", "version"])
    stay_fit(fresh, listings, at=at)
    remember([fresh.pk])
    for listing in listings:
        refile(listing.shop_id, [listing.pk])
    shop_id = listings[0].shop_id if listings else None
    lines = [
        Line("sku", sku.pk, shop_id, {"code": [None, sku.code], "price_fen": [None, sku.price_fen]})
        for sku in made
    ]
    write_many(by=by, what="sku.added", lines=lines)
    changes = [(sku, _difference(before[sku.spec], _state(sku))) for sku in kept]
    write_many(
        by=by, what="sku.changed", lines=[Line("sku", sku.pk, shop_id, told) for sku, told in changes if told]
    )
    write(
        by=by, what="product.changed", on=fresh, shop_id=shop_id, change={"version": [version, fresh.version]}
    )
    tell(fresh, listings)
    return fresh


def _wanted(options: Options, rows: Sequence[SkuRow]) -> dict[str, SkuRow]:
    given = {row.spec: row for row in rows}
    if options:
        wanted = {spec: given.get(spec) or SkuRow(spec) for spec in specs_of(options)}
    else:
        wanted = {"": next(iter(given.values()), SkuRow(""))}
    for row in wanted.values():
        for name in ("price_fen", "cost_fen", "floor_fen"):
            fen = getattr(row, name)
            if fen is not None and not 0 <= fen <= MOST_FEN:
                raise Invalid(_("价格不能为负数，也不能大得离谱"), name)
        for name in ("weight_g", "volume_cm3"):
            size = getattr(row, name)
            if size is not None and not 0 < size < 2_000_000_000:
                raise Invalid(_("重量和体积要大于 0；不知道就留空"), name)
        if len(row.code) > 60 or len(row.barcode) > 60:
            raise Invalid(_("最多 %(most)s 个字。") % {"most": 60}, "code")
        if row.picture and not NAME.fullmatch(row.picture):
            raise Invalid(_("请从列表中选择"), "picture")
    return wanted


def _codes(product: Product, wanted: Mapping[str, SkuRow], known: Mapping[str, Sku]) -> dict[str, str]:
    """The code of every spec: the one given, the one it has, or a fresh one. Raises Invalid for one that is taken."""
    own = {sku.pk for sku in known.values()}
    found = {
        spec: row.code.strip() or (known[spec].code if spec in known else "") for spec, row in wanted.items()
    }
    given = [code for code in found.values() if code]
    if len(set(given)) < len(given):
        twice = next(code for code in given if given.count(code) > 1)
        raise Invalid(_("编码 %(code)s 用了两次") % {"code": twice}, "code")
    start = f"{product.code[:52]}-"
    rows = Sku.objects.filter(merchant_id=product.merchant_id)
    taken = dict(rows.filter(code__in=given).values_list("code", "pk"))
    taken |= dict(rows.filter(code__startswith=start).values_list("code", "pk"))
    gone = {sku.code for spec, sku in known.items() if spec not in wanted}
    for code in found.values():
        other = code and taken.get(code)
        if other and (other not in own or code in gone):
            raise Invalid(_("编码 %(code)s 已经有型号用了。") % {"code": code}, "code")
    used, number = set(given) | set(taken), 0
    for spec, code in found.items():
        while not code:
            number += 1
            if f"{start}{number:02}" not in used:
                code = f"{start}{number:02}"
                used.add(code)
        found[spec] = code
    return found


def _state(sku: Sku) -> dict[str, Any]:
    return {name: getattr(sku, name) for name in FIELDS}


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}
