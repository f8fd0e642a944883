"""What a buyer likes (收藏)."""

from datetime import datetime

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.catalog.models import Listing
from zhanggui.customers.models import Buyer
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotNow
from zhanggui.storefront.models import Favourite

MOST = 200


@action
def like(*, by: Actor, buyer: Buyer, listing: Listing, at: datetime) -> bool:
    """Keep a listing in mind; twice is once. Gives whether it is new. Raises NotNow with too many. Three statements."""
    if Favourite.objects.filter(buyer=buyer).exclude(listing=listing).count() >= MOST:
        raise NotNow(_("最多收藏 %(most)s 件，请先清理。") % {"most": MOST})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO storefront_favourite (buyer_id, listing_id, at) VALUES (%s, %s, %s) "
            "ON CONFLICT (buyer_id, listing_id) DO NOTHING",
            [buyer.pk, listing.pk, at],
        )
        new = bool(cursor.rowcount)
    if new:
        Listing.objects.filter(pk=listing.pk).update(liked=F("liked") + 1)
    return new


@action
def unlike(*, by: Actor, buyer: Buyer, listing_id: int) -> bool:
    """Forget it; gives whether it was there. Two statements."""
    gone = bool(Favourite.objects.filter(buyer=buyer, listing_id=listing_id).delete()[0])
    if gone:
        Listing.objects.filter(pk=listing_id, liked__gt=0).update(liked=F("liked") - 1)
    return gone
