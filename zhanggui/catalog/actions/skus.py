"""Adding products and SKUs by the seller's codes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhanggui.catalog.models import Product, Sku
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import Line, write_many
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid
from zhanggui.people.powers import Power


@dataclass(frozen=True, slots=True)
class NewSku:
    """A SKU to add, with its product's code and title. Money in fen, weight in grams; None is unknown."""

    product_code: str
    title: str
    code: str
    spec: str = ""
    price_fen: int = 0
    cost_fen: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    barcode: str = ""
    picture: str = ""


@action
def add_skus(*, by: Actor, merchant_id: int, rows: Sequence[NewSku]) -> dict[str, int]:
    """Add SKUs whose codes the merchant does not have yet; gives the ids of all of them by code.

    Raises NotAllowed, and Invalid for an empty code or a negative price. Half a dozen statements.
    """
    by.must(Power.CATALOG_EDIT)
    for row in rows:
        if not row.code.strip() or row.price_fen < 0:
            raise Invalid(_("商品编码不能为空，价格不能为负数"), "code")
    titles = {row.product_code or row.code: row.title for row in rows}
    Product.objects.bulk_create(
        [Product(merchant_id=merchant_id, code=code, title=title) for code, title in sorted(titles.items())],
        ignore_conflicts=True,
    )
    products = dict(
        Product.objects.filter(merchant_id=merchant_id, code__in=list(titles)).values_list("code", "pk")
    )
    known = set(
        Sku.objects.filter(merchant_id=merchant_id, code__in=[row.code for row in rows]).values_list(
            "code", flat=True
        )
    )
    fresh = {row.code: row for row in rows if row.code not in known}
    Sku.objects.bulk_create(
        [
            Sku(
                product_id=products[row.product_code or row.code],
                merchant_id=merchant_id,
                code=code,
                spec=row.spec,
                price_fen=row.price_fen,
                cost_fen=row.cost_fen,
                weight_g=row.weight_g,
                volume_cm3=row.volume_cm3,
                barcode=row.barcode,
                picture=row.picture,
            )
            for code, row in sorted(fresh.items())
        ],
        ignore_conflicts=True,
    )
    ids = dict(
        Sku.objects.filter(merchant_id=merchant_id, code__in=[row.code for row in rows]).values_list(
            "code", "pk"
        )
    )
    write_many(
        by=by,
        what="sku.added",
        lines=[Line("sku", ids[code], None, {"code": [None, code]}) for code in sorted(fresh)],
    )
    return ids
