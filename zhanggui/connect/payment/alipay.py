"""Alipay through python-alipay-sdk: its keys, its signatures, its order of fields; our own way out and our own money.

Amounts are texts made of fen, never floats. Times are China's, whatever the machine's zone.
"""

import binascii
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from django.conf import settings
from django.utils.translation import gettext as _

from zhanggui.checkout.models import MoneyBack, Payment
from zhanggui.connect.payment import outbound
from zhanggui.connect.payment.accounts import Account, account_for, accounts_of
from zhanggui.connect.payment.alipay_bill import SUMMARY, read_bill
from zhanggui.connect.payment.ports import (
    CLOSED,
    DONE,
    OPEN,
    PAID,
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
    told_fen,
)
from zhanggui.kit.clock import CHINA, in_china, now
from zhanggui.kit.money import plain_yuan
from zhanggui.kit.refusals import Unreadable

GATEWAY = "https://openapi.alipay.com/gateway.do"
BILL_HOSTS = ("dwbillcenter.alipay.com", "alipay-bill.oss-cn-hangzhou.aliyuncs.com")
_STATES = {
    "WAIT_BUYER_PAY": OPEN,
    "TRADE_SUCCESS": PAID,
    "TRADE_FINISHED": PAID,
    "TRADE_CLOSED": CLOSED,
}
_TRANSIENT = {
    "ACQ.SYSTEM_ERROR",
    "SYSTEM_ERROR",
    "isp.unknow-error",
    "aop.unknow-error",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "AE20",
}
"""Codes after which the same question may get another answer."""
_NO_TRADE = "ACQ.TRADE_NOT_EXIST"
_MOST_FIELDS = 100


class _Client(AliPay):  # type: ignore[misc]
    """The SDK with our way out in place of its own."""

    def __init__(self, account: Account, *, gateway: str, inside: bool) -> None:
        super().__init__(
            appid=account.app,
            app_private_key_string=pem(account.keys["private"], "RSA PRIVATE KEY"),
            alipay_public_key_string=pem(account.keys["public"], "PUBLIC KEY"),
            sign_type="RSA2",
        )
        self._gateway = gateway
        self._inside = inside

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> Any:
        """Send and read a signed answer. Raises Unreachable for none or one that is not Alipay's."""
        reply = outbound.send(
            self._gateway,
            hosts=[urlsplit(self._gateway).netloc],
            method="POST",
            body=self.sign_data(data).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            inside=self._inside,
        )
        try:
            return self._verify_and_return_sync_response(reply.body.decode(), response_type)
        except AliPayValidationError as trouble:
            raise Unreachable("the answer's signature is wrong") from trouble
        except AliPayException as trouble:
            raise Unreachable("the answer is not signed") from trouble
        except (ValueError, AttributeError, TypeError, binascii.Error) as trouble:
            raise Unreachable("the answer cannot be read") from trouble


def pem(text: str, kind: str) -> str:
    """A key as Alipay's tools give it (bare base64) or as a PEM file, made a PEM file."""
    bare = text.strip()
    return bare if bare.startswith("-----") else f"-----BEGIN {kind}-----\n{bare}\n-----END {kind}-----"


class Alipay:
    """Alipay's page and phone payment."""

    name = "alipay"
    inside = False

    def gateway(self, account: Account) -> str:
        """Where the account's requests go."""
        return account.gateway or GATEWAY

    def start(self, payment: Payment, *, return_url: str, phone: bool = True) -> Start:
        """A signed address that the buyer's browser goes to. No network call."""
        client = self._client(account_for(payment))
        method = "alipay.trade.wap.pay" if phone else "alipay.trade.page.pay"
        product = "QUICK_WAP_WAY" if phone else "FAST_INSTANT_TRADE_PAY"
        about = {
            "subject": _("订单 %(number)s")
            % {"number": payment.number},  # what was bought is nobody else's business
            "out_trade_no": payment.number,
            "total_amount": plain_yuan(payment.amount_fen),
            "product_code": product,
            "time_expire": _moment(payment.closes_at),
        }
        query = client.client_api(
            method,
            about,
            timestamp=_moment(now()),
            return_url=return_url,
            notify_url=f"{settings.PUBLIC_URL}/notify/{self.name}/",
            **self.beside(),
        )
        return Start(url=f"{client._gateway}?{query}")

    def beside(self) -> dict[str, str]:
        """What the signed address carries besides; nothing that Alipay does not know of."""
        return {}

    def query(self, payment: Payment) -> Heard:
        """What Alipay knows of the payment; one it never heard of was never begun by the buyer."""
        account = account_for(payment)
        said = self._ask(account, "alipay.trade.query", {"out_trade_no": payment.number})
        if said.get("sub_code") == _NO_TRADE:
            return Heard(self.name, account.merchant_id, payment.number, UNKNOWN)
        self._must(said)
        return self._heard(account, said, paid_at=said.get("send_pay_date", ""))

    def close(self, payment: Payment) -> None:
        """Close it; one that was never begun counts as closed, its `time_expire` keeps it so."""
        account = account_for(payment)
        said = self._ask(account, "alipay.trade.close", {"out_trade_no": payment.number})
        if said.get("sub_code") != _NO_TRADE:
            self._must(said)

    def refund(self, back: MoneyBack) -> Refunded:
        """Give money back under the ref as `out_request_no`; stray money by its own trade number."""
        account = account_for(back.payment)
        named = back.payment.by_trade
        about = {
            "trade_no" if named else "out_trade_no": back.payment.provider_ref
            if named
            else back.payment.number,
            "refund_amount": plain_yuan(back.amount_fen),
            "out_request_no": back.ref,
        }
        try:
            said = self._ask(account, "alipay.trade.refund", about)
            self._must(said)
        except Declined as no:
            return Refunded("failed", trouble=str(no)[:200])
        return Refunded(DONE, at=_read_moment(said.get("gmt_refund_pay", "")))

    def bill(self, account: Account, day: date) -> Sequence[BillRow]:
        """Download and read the day's bill (账务明细)."""
        about = {"bill_type": "signcustomer", "bill_date": day.isoformat()}
        said = self._ask(account, "alipay.data.dataservice.bill.downloadurl.query", about)
        self._must(said)
        url = str(said.get("bill_download_url", ""))
        hosts = [*BILL_HOSTS, *([urlsplit(self.gateway(account)).netloc] if self.inside else [])]
        reply = outbound.send(url, hosts=hosts, inside=self.inside, most=outbound.MOST_BILL_BYTES)
        if reply.status != 200:
            raise Unreachable(f"bill: status {reply.status}")
        try:
            return read_bill(_unzipped(reply.body))
        except (zipfile.BadZipFile, Unreadable, UnicodeDecodeError, KeyError) as trouble:
            raise Unreachable("the bill cannot be read") from trouble

    def read_notice(self, incoming: Incoming) -> tuple[list[Heard], Answer]:
        """A form that Alipay signed. Values are used as they came, un-escaped once."""
        try:
            pairs = parse_qsl(
                incoming.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise BadNotice("unreadable") from None
        given = dict(pairs)
        if len(given) != len(pairs):
            raise BadNotice("doubled field")
        account = self._signer(given)
        self._check_age(given, incoming.at)
        number, event = given.get("out_trade_no", ""), given.get("notify_id", "")
        if not number or not event:
            raise BadNotice("unreadable")
        try:
            heard = self._heard(account, given, paid_at=given.get("gmt_payment", ""), event=event)
        except Unreachable:
            raise BadNotice("unreadable") from None
        return [heard, *_money_back(heard, given)], Answer("success")

    def sorry(self) -> Answer:
        """Anything but "success" lets Alipay repeat; the status is for our own monitoring."""
        return Answer("fail", 400)

    def _check_age(self, given: Mapping[str, str], at: datetime) -> None:
        """Alipay repeats a notice for 25 hours and does not say whether `notify_time` is renewed: no limit."""

    def _signer(self, given: Mapping[str, str]) -> Account:
        found = accounts_of(self.name, app=given.get("app_id", "") or "-")
        for account in found:
            if verified(self._client(account), given):
                return account
        raise BadNotice("wrong signature" if found else "other merchant")

    def _heard(self, account: Account, said: Mapping[str, Any], *, paid_at: str, event: str = "") -> Heard:
        state = _STATES.get(str(said.get("trade_status", "")))
        if state is None:
            raise Unreachable("unknown trade_status")
        if state == CLOSED and paid_at:
            state = PAID if not event else REFUNDED  # closed because all of it went back: it was paid
        try:
            amount = told_fen(said["total_amount"])
        except (KeyError, ValueError):
            raise Unreachable("no amount") from None
        return Heard(
            self.name,
            account.merchant_id,
            str(said.get("out_trade_no", "")),
            state,
            amount,
            str(said.get("trade_no", ""))[:64],
            _read_moment(paid_at),
            event[:128],
            app=account.app,
        )

    def _ask(self, account: Account, method: str, about: dict[str, str]) -> dict[str, Any]:
        said: dict[str, Any] = self._client(account).server_api(method, about, timestamp=_moment(now()))
        return said

    def _must(self, said: Mapping[str, Any]) -> None:
        code, sub = str(said.get("code", "")), str(said.get("sub_code", ""))
        if code == "10000":
            return
        told = f"{code} {sub} {said.get('sub_msg') or said.get('msg') or ''}".strip()
        if code.startswith("2") or sub in _TRANSIENT:
            raise Unreachable(told)
        raise Declined(told)

    def _client(self, account: Account) -> _Client:
        return _Client(account, gateway=self.gateway(account), inside=self.inside)


def _money_back(heard: Heard, given: Mapping[str, str]) -> list[Heard]:
    """What a notice tells of a refund beside the payment: Alipay repeats the trade's notice for each, with our number of it."""
    ref, at = given.get("out_biz_no", ""), _read_moment(given.get("gmt_refund", ""))
    if not ref or at is None:
        return []
    told = replace(
        heard,
        state=REFUNDED,
        amount_fen=None,
        paid_at=at,
        event=f"{heard.event[:120]}:back",
        back_ref=ref[:64],
    )
    return [told]


def verified(client: AliPay, given: Mapping[str, str]) -> bool:
    """Whether Alipay signed these fields: with `sign_type` kept, then removed; without empty values, then with."""
    signature = given.get("sign", "")
    for leave in ({"sign"}, {"sign", "sign_type"}):
        for empties in (False, True):
            fields = sorted((k, v) for k, v in given.items() if k not in leave and (v or empties))
            message = "&".join(f"{name}={value}" for name, value in fields)
            try:
                if client._verify(message, signature):
                    return True
            except (ValueError, binascii.Error):
                return False
    return False


def _moment(at: datetime) -> str:
    return f"{in_china(at):%Y-%m-%d %H:%M:%S}"


def _read_moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
    except (ValueError, TypeError):
        return None


def _unzipped(content: bytes) -> str:
    """The rows' file of the bill; the other one, (汇总), only sums up."""
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        for entry in folder.infolist():
            name = entry.filename
            if not entry.flag_bits & 0x800:
                name = name.encode("cp437", "replace").decode("gb18030", "replace")
            if name.endswith(".csv") and SUMMARY not in name and entry.file_size <= outbound.MOST_BILL_BYTES:
                return folder.read(entry).decode("gb18030")
    raise KeyError("no csv")


def dumped(about: Mapping[str, str]) -> str:
    """`biz_content` as the SDK writes it, for tests that compute the signature themselves."""
    return json.dumps(about, separators=(",", ":"))


offer(Alipay())
