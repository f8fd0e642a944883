"""Buyers by the nicks a person types."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from zhanggui.customers.models import Buyer
from zhanggui.shops.models import Shop


def buyers_named(
    merchant_id: int, shop_ids: Sequence[int], nicks: Iterable[str]
) -> tuple[dict[str, int], list[str]]:
    """Ids of buyers by nick, on the platforms of these shops (none: of all of the merchant's), and the nicks that
    nobody has. The same nick on two platforms is the one of the first platform by name. Two statements."""
    wanted = list(dict.fromkeys(nicks))
    shops = Shop.objects.filter(merchant_id=merchant_id)
    if shop_ids:
        shops = shops.filter(pk__in=list(shop_ids))
    platforms = sorted(set(shops.values_list("platform", flat=True)))
    rows = Buyer.objects.filter(merchant_id=merchant_id, platform__in=platforms, nick__in=wanted)
    found: dict[str, int] = {}
    for nick, pk in rows.order_by("platform").values_list("nick", "pk"):
        found.setdefault(nick, pk)
    return found, [nick for nick in wanted if nick not in found]


def no_such(nicks: Sequence[str]) -> str:
    """The sentence about nicks that nobody has."""
    return str(_("没有这些买家：%(nicks)s") % {"nicks": "、".join(nicks[:8])})
