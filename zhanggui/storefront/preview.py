"""Looking at the window as it will be: for whoever decorates the shop, at any moment (S0-55)."""

from dataclasses import dataclass
from datetime import datetime

from zhanggui.kit.clock import CHINA, now
from zhanggui.kit.numbers import whole
from zhanggui.people.http import Request
from zhanggui.people.powers import Power
from zhanggui.shops.models import Platform, Shop
from zhanggui.storefront.models import Look
from zhanggui.storefront.queries.shops import enter


@dataclass(frozen=True, slots=True)
class Preview:
    """At which moment the page is looked at, and which look is wished (None: the one that holds then)."""

    at: datetime
    look: Look | None = None


def wished(request: Request, code: str) -> tuple[Shop, Preview | None]:
    """The shop, and the preview that was asked for by `?at=` or `?look=`. Whoever may not decorate the shop gets no
    preview and enters open shops only: the words in the address change nothing for a buyer.

    Raises NotFound. One statement, two with `?look=`.
    """
    asked = "at" in request.GET or "look" in request.GET
    if not asked or request.actor is None or not request.actor.can_somewhere(Power.SHOPFRONT_EDIT):
        return enter(request, code), None
    shop = Shop.objects.filter(code__iexact=code, platform=Platform.OWN).select_related("face").first()
    if shop is None or not request.actor.can(Power.SHOPFRONT_EDIT, shop.pk):
        return enter(request, code), None
    request.shop = shop  # type: ignore[attr-defined]
    pk = whole(request.GET.get("look", ""))
    look = Look.objects.exclude(state=Look.State.DROPPED).filter(shop=shop, pk=pk).first() if pk else None
    return shop, Preview(_moment(request.GET.get("at", "")), look)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now()
    if not 2000 <= moment.year <= 2100:
        return now()
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
