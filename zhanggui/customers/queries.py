"""What pages ask about buyers."""

from django.utils.translation import gettext as _

from zhanggui.customers.addressing import opened
from zhanggui.customers.models import Address, Buyer
from zhanggui.customers.whereto import Whereto
from zhanggui.kit.refusals import NotFound


def addresses(buyer: Buyer) -> list[Address]:
    """The buyer's addresses, masked, the default first, then the latest used. One statement."""
    rows = Address.objects.filter(buyer=buyer, dropped_at__isnull=True).defer("sealed")
    return list(rows.order_by("-is_default", "-used_at", "-pk"))


def address(buyer: Buyer, key: str) -> tuple[Address, Whereto]:
    """One address of the buyer with its words in the clear. Raises NotFound for another's. One statement."""
    row = Address.objects.filter(buyer=buyer, key=key, dropped_at__isnull=True).first()
    if row is None:
        raise NotFound(_("没有这个地址。"))
    return row, opened(row)
