"""A merchant's account at a provider, with its keys opened. The keys leave this process only as signatures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from zhanggui.connect.models import PayAccount
from zhanggui.kit.refusals import Refused
from zhanggui.kit.sealed import unseal

ABOUT = "pay_account"


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


def accounts_of(provider: str, *, app: str = "") -> list[Account]:
    """The active accounts at a provider, with that app id where one is given. One statement."""
    rows = PayAccount.objects.filter(provider=provider, active=True)
    return [opened(row) for row in (rows.filter(app=app) if app else rows).order_by("pk")]


def ways(merchant_id: int) -> list[str]:
    """The names of the providers that a buyer of the merchant can choose. One statement."""
    rows = PayAccount.objects.filter(merchant_id=merchant_id, active=True)
    if not settings.SANDBOX_URL:
        rows = rows.exclude(provider="sandbox")
    return list(rows.order_by("provider").values_list("provider", flat=True))
