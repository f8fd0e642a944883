"""SKUs as orders and freight need them."""

from collections.abc import Iterable
from dataclasses import dataclass

from zhanggui.catalog.models import Sku


@dataclass(frozen=True, slots=True)
class SkuCard:
    """A SKU as orders and freight need it. Unknown weight, volume and cost stay None, never 0."""

    id: int
    code: str
    title: str
    spec: str
    price_fen: int
    cost_fen: int | None
    weight_g: int | None
    volume_cm3: int | None
    picture: str = ""


_FIELDS = (
    "id",
    "code",
    "product__title",
    "spec",
    "price_fen",
    "cost_fen",
    "weight_g",
    "volume_cm3",
    "picture",
)


def skus_by_code(merchant_id: int, codes: Iterable[str]) -> dict[str, SkuCard]:
    """The merchant's SKUs with these seller codes. One statement, none for no codes."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return {}
    rows = Sku.objects.filter(merchant_id=merchant_id, code__in=wanted).values_list(*_FIELDS)
    return {row[1]: SkuCard(*row) for row in rows}


def skus_by_id(ids: Iterable[int]) -> dict[int, SkuCard]:
    """SKUs by id. One statement, none for no ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = Sku.objects.filter(pk__in=wanted).values_list(*_FIELDS)
    return {row[0]: SkuCard(*row) for row in rows}
