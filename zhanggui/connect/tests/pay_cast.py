"""Payments, accounts and a provider's keys for the stories about money from outside."""

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.cast import merchant
from zhanggui.checkout.models import Payment
from zhanggui.connect.models import PayAccount
from zhanggui.connect.payment.accounts import ABOUT
from zhanggui.connect.payment.sandbox import keys
from zhanggui.customers.models import Buyer
from zhanggui.kit.clock import in_china, now
from zhanggui.kit.sealed import seal


@cache
def key(name: str) -> RSAPrivateKey:
    """A key pair of "provider", "merchant", "thief" ..., the same through the whole run."""
    return keys.fresh()


def pkcs8(name: str) -> str:
    """The private key as WeChat's merchants get it."""
    form = serialization.PrivateFormat.PKCS8
    return key(name).private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def signed(name: str, text: str) -> str:
    return base64.b64encode(key(name).sign(text.encode(), PKCS1v15(), SHA256())).decode()


def account(provider: str = "alipay", app: str = "2021000000000001", **also: Any) -> PayAccount:
    """The merchant's account, its keys those of the cast."""
    told = {
        "private": keys.private_pem(key("merchant")),
        "public": keys.public_pem(key("provider").public_key()),
    } | also.pop("keys", {})
    owner = also.pop("merchant_id", None) or merchant().pk
    return PayAccount.objects.create(
        merchant_id=owner,
        provider=provider,
        name=provider,
        app=app,
        sealed=seal(json.dumps(told), about=ABOUT),
        **also,
    )


def buyer() -> Buyer:
    return Buyer.objects.get_or_create(merchant_id=merchant().pk, platform="own", nick="江边小鱼")[0]


def payment(number: str = "P2026110100000001", amount_fen: int = 5990, **also: Any) -> Payment:
    """A payment that waits for its buyer; it pays of no order."""
    values = {
        "merchant_id": merchant().pk,
        "buyer": buyer(),
        "provider": "alipay",
        "amount_fen": amount_fen,
        "closes_at": now() + timedelta(hours=1),
    } | also
    return Payment.objects.create(number=number, **values)


def notice(of: Payment, *, by: str = "provider", at: datetime | None = None, **also: str) -> str:
    """The body of a notice as Alipay sends it: signed without `sign_type`, un-escaped values."""
    at = in_china(at or now())
    moment = f"{at:%Y-%m-%d %H:%M:%S}"
    fields = {
        "notify_type": "trade_status_sync",
        "notify_id": "n" * 32,
        "notify_time": moment,
        "app_id": "2021000000000001",
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": "2026110122001400000000000001",
        "out_trade_no": of.number,
        "trade_status": "TRADE_SUCCESS",
        "total_amount": f"{of.amount_fen // 100}.{of.amount_fen % 100:02d}",
        "subject": "订单 & 茶+叶=100%",
        "gmt_payment": moment,
        "body": "",
    } | also
    text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)
    return urlencode(fields | {"sign": signed(by, text), "sign_type": "RSA2"})
