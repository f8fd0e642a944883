"""A buyer's own addresses: added, changed, dropped, one of them the default. Only the owner's: others are not found."""

import secrets
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from zhanggui.customers import rules
from zhanggui.customers.addressing import check, columns
from zhanggui.customers.models import Address, Buyer
from zhanggui.customers.whereto import Whereto
from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import NotFound, NotNow


@action
def add(*, by: Actor, buyer: Buyer, whereto: Whereto, default: bool = False, at: datetime) -> Address:
    """A new address of the buyer; the first one is the default. Raises Invalid, NotNow with too many. Six statements."""
    clean = check(whereto)
    Buyer.objects.select_for_update().get(pk=buyer.pk)
    kept = Address.objects.filter(buyer=buyer, dropped_at__isnull=True)
    many = kept.count()
    if many >= rules.MOST_ADDRESSES:
        raise NotNow(_("最多保存 %(most)s 个地址，请先删除不用的。") % {"most": rules.MOST_ADDRESSES})
    if default or not many:
        kept.filter(is_default=True).update(is_default=False)
    row = Address.objects.create(
        buyer=buyer,
        key=secrets.token_urlsafe(16),
        is_default=default or not many,
        used_at=at,
        **columns(clean),
    )
    write(by=by, what="address.added", kind="buyer", object_id=buyer.pk)
    return row


@action
def change(
    *, by: Actor, buyer: Buyer, key: str, whereto: Whereto, default: bool, version: int, at: datetime
) -> Address:
    """Change an address. Raises NotFound, Invalid, NotNow when another window changed it meanwhile. Five statements."""
    row = _mine(buyer, key)
    clean = check(whereto)
    if row.version != version:
        raise NotNow(_("这个地址刚在别处改过，请核对后再保存。"))
    if default and not row.is_default:
        _undefault(buyer)
    for name, value in columns(clean).items():
        setattr(row, name, value)
    row.is_default = row.is_default or default
    row.version = version + 1
    row.used_at = at
    row.save()
    write(by=by, what="address.changed", kind="buyer", object_id=buyer.pk)
    return row


@action
def drop(*, by: Actor, buyer: Buyer, key: str, at: datetime) -> None:
    """Drop an address: its sealed part is emptied at once; the newest other one becomes the default. Raises NotFound."""
    row = _mine(buyer, key)
    was = row.is_default
    for name, value in columns(Whereto()).items():
        setattr(row, name, value)
    row.is_default, row.dropped_at = False, at
    row.save()
    if was:
        heir = (
            Address.objects.filter(buyer=buyer, dropped_at__isnull=True).order_by("-used_at", "-pk").first()
        )
        if heir is not None:
            Address.objects.filter(pk=heir.pk).update(is_default=True)
    write(by=by, what="address.dropped", kind="buyer", object_id=buyer.pk)


@action
def use_default(*, by: Actor, buyer: Buyer, key: str, at: datetime) -> None:
    """Make an address the default. Raises NotFound. Four statements."""
    row = _mine(buyer, key)
    if row.is_default:
        return
    _undefault(buyer)
    Address.objects.filter(pk=row.pk).update(is_default=True, version=F("version") + 1)
    write(by=by, what="address.default_set", kind="buyer", object_id=buyer.pk)


def _undefault(buyer: Buyer) -> None:
    Address.objects.filter(buyer=buyer, is_default=True).update(is_default=False)


def _mine(buyer: Buyer, key: str) -> Address:
    """The row, with the buyer locked first: two windows cannot both make a default."""
    Buyer.objects.select_for_update().get(pk=buyer.pk)
    row = Address.objects.filter(buyer=buyer, key=key, dropped_at__isnull=True).first()
    if row is None:
        raise NotFound(_("没有这个地址。"))
    return row
