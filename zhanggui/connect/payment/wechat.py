"""WeChat Pay v3 through wechatpayv3: its signatures and its sealed notices; our own way out. Amounts are fen there too.

The merchant gives WeChat's public key (微信支付公钥) with its id; fetching platform certificates is not used, so
checking a notice never calls the network.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization

from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.connect.payment import outbound
from zhanggui.connect.payment.accounts import Account, account_for, accounts_of
from zhanggui.connect.payment.ports import (
    CLOSED,
    DONE,
    FAILED,
    OPEN,
    PAID,
    PENDING,
    REFUNDED,
    UNKNOWN,
    Answer,
    BadNotice,
    BillRow,
    Declined,
    Heard,
    Incoming,
    Refunded,
    Start,
    Unreachable,
    offer,
    told_whole,
)
from zhanggui.connect.payment.wechat_bill import read_bill
from zhanggui.kit.clock import CHINA, in_china
from zhanggui.kit.refusals import Unreadable

GATEWAY = "https://api.mch.weixin.qq.com"
OLDEST = timedelta(minutes=5)
_STATES = {
    "SUCCESS": PAID,
    "REFUND": PAID,
    "NOTPAY": OPEN,
    "USERPAYING": OPEN,
    "ACCEPT": OPEN,
    "PAYERROR": OPEN,
    "CLOSED": CLOSED,
    "REVOKED": CLOSED,
}
_BACKS = {"SUCCESS": DONE, "PROCESSING": PENDING, "ABNORMAL": FAILED, "CLOSED": FAILED}
_TRANSIENT = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "NOT_ENOUGH"}


class _Core(Core):  # type: ignore[misc]
    """The SDK's core with our way out in place of its own."""

    inside = False

    def request(
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,
        **_unused: Any,
    ) -> tuple[int, Any]:
        """Send a signed question; the answer's signature is checked unless it is a file. Raises Unreachable."""
        body = json.dumps(data) if data else ""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "zhanggui",
            "Wechatpay-Serial": self._public_key_id,
            "Authorization": build_authorization(
                path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body
            ),
        }
        reply = outbound.send(
            self._gate_way + path,
            hosts=[urlsplit(self._gate_way).netloc],
            method=method.value,
            body=body.encode() or None,
            headers=headers,
            inside=self.inside,
            most=outbound.MOST_BILL_BYTES if skip_verify else outbound.MOST_BYTES,
        )
        if skip_verify:
            return reply.status, reply.body
        given = {name.lower(): value for name, value in reply.headers.items()}
        text = reply.body.decode("utf-8", "replace")
        if 200 <= reply.status < 300 and not self.believes(given, text):
            raise Unreachable("the answer's signature is wrong")
        return reply.status, text

    def believes(self, headers: Mapping[str, Any], body: str) -> bool:
        """Whether WeChat signed this: the SDK's check, which raises on what it cannot read."""
        try:
            return bool(self._verify_signature(headers, body))
        except (
            Exception
        ):  # the SDK raises plain Exception for a foreign algorithm, ValueError for odd serials
            return False

    def _update_certificates(self) -> None:
        """Not used: the merchant gave the public key."""


def client_of(account: Account, *, inside: bool = False) -> WeChatPay:
    """The SDK for one account."""
    keys = account.keys
    about = {
        "mchid": account.app,
        "cert_serial_no": keys["serial"],
        "private_key": keys["private"],
        "apiv3_key": keys["v3"],
        "public_key": keys["public"],
        "public_key_id": keys["public_id"],
    }
    client = WeChatPay(
        WeChatPayType.NATIVE, appid=keys["appid"], notify_url=f"{settings.PUBLIC_URL}/notify/wechat/", **about
    )
    core = _Core(**about)
    core._gate_way = (account.gateway or GATEWAY).rstrip("/")
    core.inside = inside
    client._core = core
    return client


class Wechat:
    """WeChat Pay: a QR code (native), on phones outside WeChat its H5 page."""

    name = "wechat"
    inside = False

    def start(self, payment: Payment, *, return_url: str, phone: bool = True) -> Start:
        """Ask WeChat for a place to pay. `phone`: its H5 page, when the account has it; else a QR text."""
        account = account_for(payment)
        h5 = phone and account.keys.get("h5") == "1"
        said = self._must(
            client_of(account, inside=self.inside).pay(
                description=_("订单 %(number)s") % {"number": payment.number},
                out_trade_no=payment.number,
                amount={"total": payment.amount_fen, "currency": "CNY"},
                time_expire=in_china(payment.closes_at).isoformat(timespec="seconds"),
                scene_info={"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}} if h5 else None,
                pay_type=WeChatPayType.H5 if h5 else WeChatPayType.NATIVE,
            )
        )
        return Start(url=str(said["h5_url"])) if h5 else Start(qr=str(said["code_url"]))

    def query(self, payment: Payment) -> Heard:
        """What WeChat knows of the payment."""
        account = account_for(payment)
        code, text = client_of(account, inside=self.inside).query(out_trade_no=payment.number)
        if code == 404:
            return Heard(self.name, account.merchant_id, payment.number, UNKNOWN)
        return self._heard(account, self._must((code, text)))

    def close(self, payment: Payment) -> None:
        """Close it; one that WeChat never heard of counts as closed."""
        account = account_for(payment)
        code, text = client_of(account, inside=self.inside).close(out_trade_no=payment.number)
        if code not in (204, 404):
            self._must((code, text))

    def refund(self, back: MoneyBack) -> Refunded:
        """Ask for the money back; WeChat works on it, so "processing" is asked again until it ends."""
        account = account_for(back.payment)
        paid = back.payment.told_fen if back.payment.told_fen is not None else back.payment.amount_fen
        by_trade = back.payment.by_trade  # stray money goes by its own trade number
        named = (
            {"transaction_id": back.payment.provider_ref}
            if by_trade
            else {"out_trade_no": back.payment.number}
        )
        answer = client_of(account, inside=self.inside).refund(
            out_refund_no=back.ref,
            **named,
            amount={"refund": back.amount_fen, "total": paid, "currency": "CNY"},
        )
        try:
            said = self._must(answer)
        except Declined as no:
            return Refunded(FAILED, trouble=str(no)[:200])
        state = _BACKS.get(str(said.get("status")), PENDING)
        return Refunded(
            state, _moment(said.get("success_time")), "" if state == DONE else str(said.get("status"))
        )

    def bill(self, account: Account, day: date) -> Sequence[BillRow]:
        """Download and read the day's trade bill (交易账单)."""
        client = client_of(account, inside=self.inside)
        said = self._must(client.trade_bill(bill_date=day.isoformat()))
        url = urlsplit(str(said.get("download_url", "")))
        code, content = client._core.request(f"{url.path}?{url.query}", skip_verify=True)
        if code != 200:
            raise Unreachable(f"bill: status {code}")
        with suppress(OSError, EOFError):
            content = gzip.decompress(content)
        try:
            return read_bill(content.decode("utf-8-sig"))
        except (Unreadable, UnicodeDecodeError, KeyError) as trouble:
            raise Unreachable("the bill cannot be read") from trouble

    def read_notice(self, incoming: Incoming) -> tuple[list[Heard], Answer]:
        """Check the signature over timestamp, nonce and body, then open the sealed part with the v3 key."""
        try:
            sent = datetime.fromtimestamp(
                int(str(incoming.meta.get("HTTP_WECHATPAY_TIMESTAMP", ""))[:12]), CHINA
            )
            text = incoming.body.decode()
        except (ValueError, OverflowError, OSError):
            raise BadNotice("unreadable") from None
        if not -OLDEST <= incoming.at - sent <= OLDEST:
            raise BadNotice("replay")
        headers = {k: str(v) for k, v in incoming.meta.items() if k.startswith("HTTP_WECHATPAY_")}
        for account in accounts_of(self.name):
            core = client_of(account)._core
            if core.believes(headers, text):
                opened = self._opened(core, headers, text)
                if opened is not None:
                    return self._read(account, *opened), Answer(status=204)
        raise BadNotice("wrong signature")

    def sorry(self) -> Answer:
        """Anything but 200 or 204 lets WeChat repeat."""
        return Answer(
            json.dumps({"code": "FAIL", "message": "refused"}, ensure_ascii=False), 400, "application/json"
        )

    def _opened(
        self, core: Any, headers: dict[str, str], text: str
    ) -> tuple[str, str, dict[str, Any]] | None:
        try:
            whole = json.loads(text)
            inner = core.decrypt_callback(headers, text)
            return (str(whole["id"]), str(whole["event_type"]), json.loads(inner)) if inner else None
        except Exception:  # a signed notice whose sealed part is not for this account's key
            return None

    def _read(self, account: Account, event: str, kind: str, inner: dict[str, Any]) -> list[Heard]:
        if inner.get("mchid") != account.app:
            raise BadNotice("other merchant")
        number = str(inner.get("out_trade_no", ""))
        if kind.startswith("REFUND."):
            if inner.get("refund_status") != "SUCCESS":
                return [
                    Heard(
                        self.name, account.merchant_id, number, REFUNDED, event=event[:128], app=account.app
                    )
                ]
            return [
                Heard(
                    self.name,
                    account.merchant_id,
                    number,
                    REFUNDED,
                    paid_at=_moment(inner.get("success_time")),
                    event=event[:128],
                    app=account.app,
                    back_ref=str(inner.get("out_refund_no", ""))[:64],
                ),
            ]
        heard = self._heard(account, inner, event)
        if not number or not event:
            raise BadNotice("unreadable")
        return [heard]

    def _heard(self, account: Account, said: Mapping[str, Any], event: str = "") -> Heard:
        state = _STATES.get(str(said.get("trade_state")))
        amount = said.get("amount") or {}
        try:
            # What nobody paid may come without an amount.
            total = told_whole(amount.get("total")) if state == PAID or "total" in amount else None
        except ValueError:
            state = None
        if state is None:
            raise BadNotice("unreadable") if event else Unreachable("unknown trade_state")
        return Heard(
            self.name,
            account.merchant_id,
            str(said.get("out_trade_no", "")),
            state,
            total,
            str(said.get("transaction_id", ""))[:64],
            _moment(said.get("success_time")),
            event[:128],
            app=account.app,
        )

    def _must(self, answer: tuple[int, Any]) -> dict[str, Any]:
        code, text = answer
        try:
            said = json.loads(text or "{}")
        except ValueError:
            raise Unreachable(f"status {code}") from None
        if 200 <= code < 300 and isinstance(said, dict):
            return said
        name = str(said.get("code", "")) if isinstance(said, dict) else ""
        told = f"{code} {name} {said.get('message', '') if isinstance(said, dict) else ''}".strip()
        if code >= 500 or code == 429 or name in _TRANSIENT:
            raise Unreachable(told)
        raise Declined(told)


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=CHINA)


offer(Wechat())
