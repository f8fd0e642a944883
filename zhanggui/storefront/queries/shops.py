"""Which shops buyers may enter."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhanggui.kit.refusals import NotFound
from zhanggui.promotions.models import Auction
from zhanggui.promotions.states import AUCTION_RUNNING
from zhanggui.shops.models import Platform, Shop


def open_shops() -> "QuerySet[Shop]":
    """Our own shops whose door is open, by code, each with its face. One statement."""
    return (
        Shop.objects.filter(platform=Platform.OWN, closed_at__isnull=True, face__open=True)
        .select_related("face")
        .order_by("code")
    )


def enter(request: Any, code: str, *, closed_too: bool = False) -> Shop:
    """The open shop of that code with its face; it is hung on the request as `request.shop`. `auctioning`: whether an
    auction runs there.

    `closed_too`: its door may still be shut (a preview by its own staff). Raises NotFound. One statement.
    """
    rows = Shop.objects.filter(platform=Platform.OWN).select_related("face") if closed_too else open_shops()
    running = Auction.objects.filter(
        shop=OuterRef("pk"), state__in=AUCTION_RUNNING, starts_at__lte=Now(), ends_at__gt=Now()
    )
    rows = rows.annotate(auctioning=Exists(running))
    shop = rows.filter(code__iexact=code).first() if "\0" not in code else None
    if shop is None:
        raise NotFound(_("没有这家店铺，或者它还没有开门。"))
    request.shop = shop
    return shop
