"""What every verb on a product does first: who may, which version, and that what is on the shelf stays fit for it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.catalog import gate
from zhanggui.catalog.models import Listing, Product
from zhanggui.catalog.queries.goods import dossiers, rules_of
from zhanggui.kit.actor import Actor
from zhanggui.kit.bells import ring
from zhanggui.kit.clock import day_of
from zhanggui.kit.refusals import NotNow
from zhanggui.people.powers import Power


class Stale(NotNow):
    """Somebody changed the thing since the page was read; nothing was overwritten."""

    code = "stale"


class Unfit(NotNow):
    """The gate says no. `checks`: those that failed."""

    code = "unfit"

    def __init__(self, message: str, checks: Sequence[gate.Check] = ()) -> None:
        super().__init__(message)
        self.checks = list(checks)


def must_edit(by: Actor, product: Product) -> list[Listing]:
    """Raise NotAllowed unless the actor may edit goods in every shop that lists the product; gives its listings.

    A product that stands nowhere wants the power everywhere. One statement.
    """
    listings = list(
        Listing.objects.filter(product=product).select_related("shop").defer("words").order_by("pk")
    )
    for listing in listings:
        by.must(Power.CATALOG_EDIT, shop_id=listing.shop_id)
    if not listings:
        by.must(Power.CATALOG_EDIT)
    return listings


def claim(product: Product, version: int | None) -> Product:
    """The product locked for this transaction. Raises Stale when its version moved. One statement."""
    fresh = Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    if version is not None and fresh.version != version:
        raise Stale(_("这件商品刚被别人改过，您的修改没有保存，请核对后再提交。"))
    return fresh


def stay_fit(product: Product, listings: Sequence[Listing], *, at: datetime) -> None:
    """Raise Unfit when the product, as it stands now, may no longer be where it is on the shelf or going to be.

    What the gate says is written at every listing, drafts too: the list and the product's page have one source.
    Four statements and one for each shop.
    """
    if not listings:
        return
    dossier = dossiers([product.pk])[product.pk]
    for listing in listings:
        failed = gate.failing(gate.examine(dossier, rules_of(listing.shop, day_of(at))))
        on = listing.state == Listing.State.ON and (listing.off_at is None or at < listing.off_at)
        if failed and on:
            said = (
                _(
                    "这件商品定好了要在「%(shop)s」上架，这样改到时就不合格了：%(why)s。请先取消定时，或改正后再保存。"
                )
                if listing.waits(at)
                else _("这件商品在「%(shop)s」架上，这样改就不合格了：%(why)s。请先下架，或改正后再保存。")
            )
            raise Unfit(said % {"shop": listing.shop.name, "why": failed[0].said}, failed)
        listing.troubles, listing.checked_at = [check.code for check in failed], at
    Listing.objects.bulk_update(listings, ["troubles", "checked_at"])


def tell(product: Product, listings: Sequence[Listing]) -> None:
    """Ring for those who look at the product or its shops."""
    for listing in listings:
        ring(f"shop:{listing.shop_id}", f"goods:{product.pk}")
