"""A merchant's account at a provider, with its keys opened. The keys leave this process only as signatures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayAccount
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import unseal

ABOUT = "pay_account"
WITH_KEYS = Q(active=True) | Q(closed_at__isnull=False, emptied_at__isnull=True)
"""Accounts whose providers can still be asked and believed."""


class NoAccount(Refused):
    """The merchant has no active account at the provider."""

    code = "no_pay_account"


@dataclass(frozen=True, slots=True)
class Account:
    """`app`: app id (Alipay) or merchant id (WeChat Pay). `gateway`: "" for the provider's own.

    `fee_bp`: agreed fee in 1/10000. Keys never show in a log: they are left out of the representation.
    """

    id: int
    merchant_id: int
    provider: str
    app: str
    gateway: str
    fee_bp: int
    keys: Mapping[str, str] = field(repr=False)


def opened(row: PayAccount) -> Account:
    """The account with its keys. Raises sealed.Broken."""
    keys = json.loads(unseal(row.sealed, about=ABOUT))
    return Account(row.pk, row.merchant_id, row.provider, row.app, row.gateway, row.fee_bp, keys)


def account_of(merchant_id: int, provider: str) -> Account:
    """The merchant's active account. Raises NoAccount. One statement."""
    row = PayAccount.objects.filter(merchant_id=merchant_id, provider=provider, active=True).first()
    if row is None:
        raise NoAccount(_("商家还没有设置这种收款账户。"))
    return opened(row)


def row_for(payment: Payment) -> PayAccount | None:
    """The account under which a payment was opened, in use or closed: the youngest that was there then. One statement."""
    rows = PayAccount.objects.filter(merchant_id=payment.merchant_id, provider=payment.provider)
    found = list(rows.order_by("made_at", "pk"))
    under = [row for row in found if row.made_at <= payment.made_at] or found[:1]
    return under[-1] if under else None


def account_for(payment: Payment) -> Account:
    """`row_for` with its keys. Raises NoAccount when they are destroyed. One statement."""
    row = row_for(payment)
    if row is None or not (row.active or (row.closed_at and not row.emptied_at)):
        raise NoAccount(_("这笔支付的收款账户已经停用，密钥已经销毁。"))
    return opened(row)


def opened_under(account: Account) -> Q:
    """The payments that were opened under an account, as a condition on Payment. One statement."""
    rows = PayAccount.objects.filter(merchant_id=account.merchant_id, provider=account.provider)
    found = list(rows.order_by("made_at", "pk").values_list("pk", "made_at"))
    place = [pk for pk, _at in found].index(account.id)
    mine = Q(merchant_id=account.merchant_id, provider=account.provider)
    if place:
        mine &= Q(made_at__gte=found[place][1])
    if place + 1 < len(found):
        mine &= Q(made_at__lt=found[place + 1][1])
    return mine


def accounts_of(provider: str, *, app: str = "") -> list[Account]:
    """The accounts at a provider whose notices are believed, with that app id where one is given: those in use first, then
    closed ones, whose payments may still be paid. One statement.
    """
    rows = PayAccount.objects.filter(WITH_KEYS, provider=provider)
    return [opened(row) for row in (rows.filter(app=app) if app else rows).order_by("-active", "-pk")]


def ways(merchant_id: int) -> list[str]:
    """The names of the providers that a buyer of the merchant can choose. One statement."""
    rows = PayAccount.objects.filter(merchant_id=merchant_id, active=True)
    if not settings.SANDBOX_URL:
        rows = rows.exclude(provider="sandbox")
    return list(rows.order_by("provider").values_list("provider", flat=True))
