"""What a buyer waits for: asked for once, forgotten when he says so."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.catalog.queries import window
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow
from zhanggui.shops.models import Shop
from zhanggui.storefront.models import Wait

MOST = 100


@action
def wait_for(*, by: Actor, buyer: Buyer, shop: Shop, sku_id: int, at: datetime) -> None:
    """Let the buyer know when a SKU can be had again; asking twice changes nothing. Five statements.

    Raises NotFound for what the shop of the buyer's merchant does not list, NotNow for more than a hundred.
    """
    card = window.skus([sku_id], shop_id=shop.pk, at=at).get(sku_id)
    if card is None or not card.on or shop.merchant_id != buyer.merchant_id:
        raise NotFound(_("没有这件商品，或者它已经下架。"))
    Buyer.objects.select_for_update().get(pk=buyer.pk)
    if Wait.objects.filter(buyer=buyer).count() >= MOST:
        raise NotNow(_("到货通知最多登记 %(most)s 件，请先取消一些。") % {"most": MOST})
    Wait.objects.bulk_create([Wait(buyer=buyer, shop=shop, sku_id=sku_id, at=at)], ignore_conflicts=True)


@action
def forget(*, by: Actor, buyer: Buyer, wait_id: int) -> None:
    """Wait no more. Raises NotFound for another's. One statement."""
    if not Wait.objects.filter(pk=wait_id, buyer=buyer).delete()[0]:
        raise NotFound(_("没有这条到货通知。"))
