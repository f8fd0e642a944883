"""Opening, changing and closing a merchant's account at a provider. Keys go in and never come out again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from wechatpayv3.utils import format_private_key, format_public_key

from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayAccount
from zhanggui.connect.payment.accounts import ABOUT, opened, opened_under
from zhanggui.connect.payment.alipay import pem
from zhanggui.journal import daybook
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.kit.sealed import seal
from zhanggui.people.powers import Power

KEEP = timedelta(days=365)
"""How long a closed account's keys are kept after its last payment: so long providers give money back."""


@dataclass(frozen=True, slots=True)
class Key:
    """One of the values a provider needs. `secret`: never shown again, not even masked."""

    name: str
    label: str
    secret: bool = False
    long: bool = False
    needed: bool = True
    hint: str = ""


KEYS: Mapping[str, tuple[Key, ...]] = {
    "alipay": (
        Key(
            "private",
            N_("应用私钥（RSA2）"),
            secret=True,
            long=True,
            hint=N_("密钥工具生成的那一段，或整个 PEM 文件"),
        ),
        Key("public", N_("支付宝公钥"), long=True, hint=N_("开放平台上显示的支付宝公钥，不是应用公钥")),
    ),
    "wechat": (
        Key("appid", N_("应用 appid")),
        Key("serial", N_("商户证书序列号")),
        Key("private", N_("商户证书私钥（apiclient_key.pem）"), secret=True, long=True),
        Key("v3", N_("APIv3 密钥"), secret=True, hint=N_("32 个字符")),
        Key("public_id", N_("微信支付公钥编号"), hint=N_("以 PUB_KEY_ID_ 开头")),
        Key("public", N_("微信支付公钥"), long=True),
        Key("h5", N_("已开通 H5 支付（填 1）"), needed=False),
    ),
}
"""What the page asks for. The sandbox asks for nothing: its keys are made by `sandbox.setup`."""


@action
def open_account(
    *,
    by: Actor,
    merchant_id: int,
    provider: str,
    name: str,
    app: str,
    gateway: str,
    fee_bp: int,
    keys: Mapping[str, str],
) -> PayAccount:
    """Open an account. Raises NotAllowed without PAYMENT_SETUP, Invalid naming the field, NotNow when there is one."""
    by.must(Power.PAYMENT_SETUP)
    told = _checked(provider, keys, {})
    _check_gateway(gateway)
    try:
        with transaction.atomic():
            row = PayAccount.objects.create(
                merchant_id=merchant_id,
                provider=provider,
                name=name.strip()[:60],
                app=app.strip(),
                gateway=gateway,
                fee_bp=fee_bp,
                sealed=seal(json.dumps(told), about=ABOUT),
            )
    except IntegrityError:
        raise NotNow(_("已经有一个在用的这种收款账户，请先停用它。")) from None
    daybook.write(by=by, what="pay_account.opened", on=row, kind="pay_account", change={"app": ["", row.app]})
    return row


@action
def change_account(
    *,
    by: Actor,
    row: PayAccount,
    version: int,
    name: str,
    app: str,
    gateway: str,
    fee_bp: int,
    keys: Mapping[str, str],
) -> None:
    """Change an account; a secret left empty stays as it is. Raises NotAllowed, Invalid, NotNow when it was changed."""
    by.must(Power.PAYMENT_SETUP)
    before = opened(row)
    told = dict(before.keys) if row.provider not in KEYS else _checked(row.provider, keys, before.keys)
    _check_gateway(gateway, inside=row.provider == "sandbox")
    fresh = {"name": name.strip()[:60], "app": app.strip(), "gateway": gateway, "fee_bp": fee_bp}
    change = {k: [getattr(row, k), v] for k, v in fresh.items() if getattr(row, k) != v}
    changed = sorted(k for k, v in told.items() if before.keys.get(k, "").strip() != v.strip())
    if changed:
        change["keys"] = ["", ", ".join(changed)]  # which, never what
    won = PayAccount.objects.filter(pk=row.pk, version=version, active=True).update(
        **fresh, sealed=seal(json.dumps(told), about=ABOUT), version=F("version") + 1
    )
    if not won:
        raise NotNow(_("这个账户刚刚被别人改动或停用了，请刷新后再试。"))
    daybook.write(by=by, what="pay_account.changed", on=row, kind="pay_account", change=change)


@action
def close_account(*, by: Actor, row: PayAccount, at: datetime) -> None:
    """Open no new payments under it. Raises NotAllowed, NotNow.

    What was opened under it may still be paid, asked for and given back, so its keys stay for `KEEP` after its last payment;
    without any they are destroyed at once.
    """
    by.must(Power.PAYMENT_SETUP)
    gone = {"emptied_at": at, "sealed": seal("{}", about=ABOUT)} if not _needed(row, at) else {}
    won = PayAccount.objects.filter(pk=row.pk, active=True).update(
        active=False, closed_at=at, version=F("version") + 1, **gone
    )
    if not won:
        raise NotNow(_("这个账户已经停用。"))
    daybook.write(
        by=by, what="pay_account.closed", on=row, kind="pay_account", change={"active": [True, False]}
    )


@action
def empty_account(*, by: Actor, row: PayAccount, at: datetime) -> None:
    """Destroy the keys of a closed account before their time: nothing of it is heard, asked or given back any more.

    Raises NotAllowed, NotNow while it is in use, while payments under it are open, or when that was done before.
    """
    by.must(Power.PAYMENT_SETUP)
    if Payment.objects.filter(opened_under(opened(row)), state=Payment.State.OPEN).exists():
        raise NotNow(_("还有没结束的支付，最多等到它们的截止时间再销毁。"))
    _empty(by, row, at)


def _empty(by: Actor, row: PayAccount, at: datetime) -> None:
    won = PayAccount.objects.filter(pk=row.pk, active=False, emptied_at__isnull=True).update(
        emptied_at=at, sealed=seal("{}", about=ABOUT), version=F("version") + 1
    )
    if not won:
        raise NotNow(_("这个账户还在用，或者密钥已经销毁。"))
    daybook.write(by=by, what="pay_account.emptied", on=row, kind="pay_account")


@action
def empty_old(*, by: Actor, at: datetime) -> int:
    """Destroy the keys of closed accounts that nobody needs any more; gives how many. Called each night."""
    rows = PayAccount.objects.filter(active=False, closed_at__isnull=False, emptied_at__isnull=True)
    over = [row for row in rows.order_by("pk") if not _needed(row, at)]
    for row in over:
        _empty(by, row, at)
    return len(over)


def _needed(row: PayAccount, at: datetime) -> bool:
    """Whether a payment under it may still be paid, asked for or given back."""
    return Payment.objects.filter(opened_under(opened(row)), made_at__gt=at - KEEP).exists()


def _checked(provider: str, keys: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    told = {}
    for key in KEYS.get(provider, ()):
        value = keys.get(key.name, "").strip() or (before.get(key.name, "") if key.secret else "")
        if key.needed and not value:
            raise Invalid(_("请填写%(label)s。") % {"label": _(key.label)}, key.name)
        told[key.name] = value
    if not told:
        raise Invalid(_("这种收款账户不能在这里开通。"), "provider")
    reading = _readable_alipay if provider == "alipay" else _readable_wechat
    for name in ("private", "public"):
        try:
            reading(told[name], private=name == "private")
        except (ValueError, TypeError, IndexError):
            raise Invalid(_("这个密钥读不出来，请检查是不是复制完整。"), name) from None
    if provider == "wechat" and len(told["v3"].encode()) != 32:
        raise Invalid(_("APIv3 密钥应当是 32 个字符。"), "v3")
    return told


def _readable_alipay(text: str, *, private: bool) -> None:
    from Cryptodome.PublicKey import RSA  # noqa: PLC0415 - what the SDK itself reads keys with

    key = RSA.import_key(pem(text, "RSA PRIVATE KEY" if private else "PUBLIC KEY"))
    if key.has_private() != private or key.size_in_bits() < 2048:
        raise ValueError("key")


def _readable_wechat(text: str, *, private: bool) -> None:
    key: object
    if private:
        key = serialization.load_pem_private_key(format_private_key(text).encode(), None)
    else:
        key = serialization.load_pem_public_key(format_public_key(text).encode())
    if not isinstance(key, RSAPrivateKey if private else RSAPublicKey):
        raise TypeError("key")


def _check_gateway(gateway: str, *, inside: bool = False) -> None:
    parts = urlsplit(gateway)
    if gateway and not (parts.hostname and (parts.scheme == "https" or (inside and parts.scheme == "http"))):
        raise Invalid(_("网关地址应当以 https:// 开头；一般留空即可。"), "gateway")
