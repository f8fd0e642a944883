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
from zhanggui.shops.models import Platform, Shop
from zhanggui.stock.actions.shelves import lock_balances
from zhanggui.stock.models import Quota

MOST = 10_000_000


class Stale(NotNow):
    """Somebody changed the number since the page was read; nothing was overwritten."""

    code = "stale"


class Doubtful(NotNow):
    """The number is larger than what is there; who means it says so (`sure`)."""

    code = "doubtful"


@action
def keep_back(
    *, by: Actor, sku_id: int, warehouse_id: int, pieces: int, seen: int | None = None, sure: bool = False
) -> None:
    """Keep so many pieces of a SKU in a warehouse back from our own shops. Platforms' orders are not bound by it.

    `seen`: the number the person saw (None: not asked). `sure`: more than is on hand is meant.
    Raises NotAllowed, Invalid, NotFound where the SKU is not kept, Stale when the number is not what was seen, Doubtful.
    What is promised already stays promised.
    """
    by.must(Power.STOCK_MOVE)
    if not 0 <= pieces <= MOST:
        raise Invalid(_("安全库存不能小于 0，也不能大得不合情理。"), "safety")
    shelves = lock_balances(skus=[sku_id], warehouses=[warehouse_id])
    if not shelves:
        raise NotFound(_("这个仓库没有这个商品"))
    shelf = shelves[0]
    before = shelf.safety
    if seen is not None and seen != before:
        raise Stale(
            _(
                "安全库存刚被别人从 %(seen)s 改为 %(now)s，您填的 %(told)s 没有保存。核对后再保存一次，就以您的为准。"
            )
            % {"seen": seen, "now": before, "told": pieces}
        )
    if pieces > shelf.on_hand and not sure:
        raise Doubtful(
            _(
                "安全库存 %(pieces)s 大于在库 %(there)s，自营店铺将一件也卖不了。确实要这样，请勾选“我确认”再保存。"
            )
            % {"pieces": pieces, "there": shelf.on_hand}
        )
    shelf.safety = pieces
    shelf.save(update_fields=["safety"])
    write(by=by, what="stock.safety", kind="sku", object_id=sku_id, change={"safety": [before, pieces]})


@action
def set_quota(
    *,
    by: Actor,
    shop: Shop,
    sku: Sku,
    pieces: int,
    until: datetime | None,
    at: datetime,
    seen: int | None = None,
    sure: bool = False,
) -> Quota | None:
    """Set pieces of a SKU apart for a shop of ours until a moment (None: for good); 0 pieces end the quota.

    What the shop sold from it already counts. `seen`: the pieces of the quota the person saw, 0 for none (None: not
    asked). `sure`: more than lies on the shelves is meant. Raises NotAllowed in the shop, Invalid (also for a shop of
    another platform: only our own are bound by it), NotNow below what is taken, Stale, Doubtful.
    """
    by.must(Power.STOCK_MOVE, shop_id=shop.pk)
    if not 0 <= pieces <= MOST or (until is not None and until <= at):
        raise Invalid(_("配额须是不小于 0 的件数，截止时间须在以后。"), "pieces")
    if sku.merchant_id != shop.merchant_id:
        raise NotFound(_("这家店铺没有这个商品"))
    if shop.platform != Platform.OWN:
        raise Invalid(
            _("配额只约束自营店铺，「%(shop)s」在别的平台，设了也不起作用。") % {"shop": shop.name}, "shop"
        )
    there = sum(shelf.on_hand for shelf in lock_balances(skus=[sku.pk]))
    row = Quota.objects.filter(shop=shop, sku=sku).first()
    before = row.pieces if row is not None else None
    if seen is not None and seen != (before or 0):
        raise Stale(
            _(
                "「%(shop)s」的配额刚被别人从 %(seen)s 件改为 %(now)s 件，您填的 %(told)s 件没有保存。请核对后再保存一次。"
            )
            % {"shop": shop.name, "seen": seen, "now": before or 0, "told": pieces}
        )
    if row is not None and pieces and pieces < row.taken:
        raise NotNow(_("这个配额已经卖出 %(taken)s 件，不能改得更少。") % {"taken": row.taken})
    if pieces - (row.taken if row is not None else 0) > there and not sure:
        raise Doubtful(
            _("配额 %(pieces)s 件，各仓在库一共只有 %(there)s 件。确实要这样，请勾选“我确认”再保存。")
            % {"pieces": pieces, "there": there}
        )
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
