"""Safety stock and quotas (S0-54): what is kept back from sale, and what is set apart for one shop."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.catalog.models import Sku
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.refusals import Invalid, NotFound, NotNow
from zhanggui.people.powers import Power
from zhanggui.shops.models import Shop
from zhanggui.stock.actions.shelves import lock_balances
from zhanggui.stock.models import Quota

MOST = 10_000_000


@action
def keep_back(*, by: Actor, sku_id: int, warehouse_id: int, pieces: int) -> None:
    """Keep so many pieces of a SKU in a warehouse back from our own shops. Platforms' orders are not bound by it.

    Raises NotAllowed, Invalid, NotFound where the SKU is not kept. What is promised already stays promised.
    """
    by.must(Power.STOCK_MOVE)
    if not 0 <= pieces <= MOST:
        raise Invalid(_("安全库存不能小于 0，也不能大得不合情理。"), "safety")
    shelves = lock_balances(skus=[sku_id], warehouses=[warehouse_id])
    if not shelves:
        raise NotFound(_("这个仓库没有这个商品"))
    before, shelves[0].safety = shelves[0].safety, pieces
    shelves[0].save(update_fields=["safety"])
    write(by=by, what="stock.safety", kind="sku", object_id=sku_id, change={"safety": [before, pieces]})


@action
def set_quota(
    *, by: Actor, shop: Shop, sku: Sku, pieces: int, until: datetime | None, at: datetime
) -> Quota | None:
    """Set pieces of a SKU apart for a shop until a moment (None: for good); 0 pieces end the quota.

    What the shop sold from it already counts. Raises NotAllowed in the shop, Invalid, NotNow below what is taken.
    """
    by.must(Power.STOCK_MOVE, shop_id=shop.pk)
    if not 0 <= pieces <= MOST or (until is not None and until <= at):
        raise Invalid(_("配额须是不小于 0 的件数，截止时间须在以后。"), "pieces")
    if sku.merchant_id != shop.merchant_id:
        raise NotFound(_("这家店铺没有这个商品"))
    lock_balances(skus=[sku.pk])
    row = Quota.objects.filter(shop=shop, sku=sku).first()
    before = row.pieces if row is not None else None
    if row is not None and pieces and pieces < row.taken:
        raise NotNow(_("这个配额已经卖出 %(taken)s 件，不能改得更少。") % {"taken": row.taken})
    if not pieces:
        if row is not None:
            row.delete()
            row = None
    elif row is None:
        row = Quota.objects.create(shop=shop, sku=sku, pieces=pieces, until=until)
    else:
        row.pieces, row.until = pieces, until
        row.save(update_fields=["pieces", "until"])
    write(
        by=by, what="stock.quota", kind="sku", object_id=sku.pk, shop_id=shop.pk,
        change={"quota": [before, pieces or None], "until": [None, until]},
    )  # fmt: skip
    ring(f"shop:{shop.pk}", "stock")
    return row
