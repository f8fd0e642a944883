"""What the sandbox does when a merchant asks: signed questions in, signed answers out."""

import base64
import binascii
import json
import secrets
import time
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from zhanggui.connect.payment.sandbox import keys
from zhanggui.connect.payment.sandbox.notices import Notifier
from zhanggui.connect.payment.sandbox.store import Store

FEE_BP = 60
"""What the sandbox keeps of a payment, in 1/10000."""
_DAY = 24 * 3600


def china(at: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment on China's clock."""
    return time.strftime(form, time.gmtime(at + 8 * 3600))


def yuan(fen: int) -> str:
    """Fen as the platform writes money."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str) -> int:
    """Money as the merchant writes it, in fen. Raises ValueError."""
    whole, _point, part = text.partition(".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(part) > 2 or len(whole) > 9:
        raise ValueError(text)
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


class No(Exception):
    """The platform says no: code, sub_code."""

    def __init__(self, sub_code: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.code, self.sub_code = code, sub_code


class Gateway:
    """The platform behind /gateway.do."""

    def __init__(self, home: Path, store: Store, key: RSAPrivateKey, notifier: Notifier, url: str) -> None:
        self.home, self.store, self.key, self.notifier, self.url = home, store, key, notifier, url

    def check(self, given: dict[str, str]) -> None:
        """The question must be signed by the merchant whose app it names. Raises No."""
        public = keys.known(self.home, given.get("app_id", ""))
        if public is None:
            raise No("isv.invalid-app-id", "40002")
        text = "&".join(f"{k}={v}" for k, v in sorted(given.items()) if v and k != "sign")
        try:
            public.verify(base64.b64decode(given.get("sign", "")), text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            raise No("isv.invalid-signature", "40002") from None

    def answer(self, given: dict[str, str]) -> str:
        """The signed answer to a question."""
        method = given.get("method", "")
        try:
            self.check(given)
            about = json.loads(given.get("biz_content", "{}"))
            doing = {
                "alipay.trade.query": self.query,
                "alipay.trade.close": self.close,
                "alipay.trade.refund": self.refund,
                "alipay.trade.fastpay.refund.query": self.refund_query,
                "alipay.data.dataservice.bill.downloadurl.query": self.bill_url,
            }.get(method)
            if doing is None:
                raise No("isv.invalid-method", "40002")
            said = {"code": "10000", "msg": "Success"} | doing(given["app_id"], about)
        except No as no:
            said = {
                "code": no.code,
                "msg": "Business Failed",
                "sub_code": no.sub_code,
                "sub_msg": no.sub_code,
            }
        except (ValueError, KeyError, TypeError):
            said = {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-parameter"}
        inner = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        signature = base64.b64encode(self.key.sign(inner.encode(), PKCS1v15(), SHA256())).decode()
        return f'{{"{method.replace(".", "_")}_response":{inner},"sign":"{signature}"}}'

    def begin(self, given: dict[str, str]) -> dict[str, Any]:
        """A buyer arrives with a signed address: the trade, made at his first visit. Raises No, ValueError."""
        self.check(given)
        about = json.loads(given["biz_content"])
        number, fen = str(about["out_trade_no"]), fen_of(str(about["total_amount"]))
        now = time.time()
        expires = now + _DAY
        if about.get("time_expire"):
            expires = time.mktime(time.strptime(about["time_expire"], "%Y-%m-%d %H:%M:%S")) - time.timezone
            expires -= 8 * 3600
        if expires < now:
            raise No("ACQ.TRADE_HAS_CLOSE")
        with self.store.act() as link:
            link.execute(
                "INSERT INTO trades (trade_no, app, number, fen, subject, state, return_url, notify_url, made, expires) "
                "SELECT ?, ?, ?, ?, ?, 'WAIT_BUYER_PAY', ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM trades WHERE app = ? AND number = ?)",
                (
                    china(now, "%Y%m%d22001") + f"{secrets.randbelow(10**15):015d}",
                    given["app_id"],
                    number,
                    fen,
                    str(about.get("subject", ""))[:120],
                    given.get("return_url", ""),
                    given.get("notify_url", ""),
                    now,
                    expires,
                    given["app_id"],
                    number,
                ),
            )
        trade = self.store.trade(given["app_id"], number)
        if trade is None or trade["fen"] != fen:
            raise No("ACQ.CONTEXT_INCONSISTENT")
        return trade

    def pay(self, trade_no: str) -> bool:
        """The buyer pressed the button: paid once, then told. False when it cannot be paid any more."""
        now = time.time()
        with self.store.act() as link:
            won = link.execute(
                "UPDATE trades SET state = 'TRADE_SUCCESS', paid = ?, fee = (fen * ? + 5000) / 10000 "
                "WHERE trade_no = ? AND state = 'WAIT_BUYER_PAY' AND expires >= ?",
                (now, FEE_BP, trade_no, now),
            ).rowcount
            row = link.execute("SELECT * FROM trades WHERE trade_no = ?", (trade_no,)).fetchone()
            if row is None:
                return False
            trade = dict(row)
            if won:
                line = (trade["app"], china(now, "%Y-%m-%d"), trade["number"], trade_no)
                sql = "INSERT INTO bill (app, day, kind, number, trade_no, fen, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
                for kind, fen in (("在线支付", trade["fen"]), ("收费", -trade["fee"])):
                    if fen:
                        link.execute(sql, (*line[:2], kind, *line[2:], fen, now))
        if won:
            self._tell(trade)
        return bool(won) or trade["state"] == "TRADE_SUCCESS"

    def pay_beside(self, like: str, number: str, fen: int) -> str:
        """For tests: the buyer of one trade pays another one, for the same number or for any; gives its trade_no."""
        made = time.time()
        trade_no = china(made, "%Y%m%d22009") + f"{secrets.randbelow(10**15):015d}"
        with self.store.act() as link:
            link.execute(
                "INSERT INTO trades (trade_no, app, number, fen, subject, state, return_url, notify_url, made, expires) "
                "SELECT ?, app, ?, ?, subject, 'WAIT_BUYER_PAY', return_url, notify_url, ?, ? FROM trades "
                "WHERE number = ? LIMIT 1",
                (trade_no, number, fen, made, made + _DAY, like),
            )
        self.pay(trade_no)
        return trade_no

    def refund_anyway(self, number: str, ref: str, fen: int) -> None:
        """For tests: a refund that was refused is paid out after all, and told as Alipay tells of refunds."""
        trade = self.store.one("SELECT * FROM trades WHERE number = ? ORDER BY made", number)
        assert trade is not None
        self.refund(trade["app"], {"out_trade_no": number, "refund_amount": yuan(fen), "out_request_no": ref})
        after = self._trade(trade["app"], {"out_trade_no": number})
        more = {"out_biz_no": ref, "refund_fee": yuan(after["refunded"]), "gmt_refund": china(time.time())}
        self._tell(after, more)

    def query(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        """alipay.trade.query"""
        trade = self._trade(app, about)
        said = {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["number"],
            "trade_status": trade["state"],
            "total_amount": yuan(trade["fen"]),
        }
        return said | ({"send_pay_date": china(trade["paid"])} if trade["paid"] else {})

    def close(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        """alipay.trade.close: only while nobody paid."""
        trade = self._trade(app, about)
        with self.store.act() as link:
            link.execute(
                "UPDATE trades SET state = 'TRADE_CLOSED' WHERE trade_no = ? AND state = 'WAIT_BUYER_PAY'",
                (trade["trade_no"],),
            )
        after = self._trade(app, about)
        if after["paid"]:
            raise No("ACQ.TRADE_STATUS_ERROR")
        return {"trade_no": trade["trade_no"], "out_trade_no": trade["number"]}

    def refund(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        """alipay.trade.refund: the same out_request_no pays out once."""
        fen, ref, now = fen_of(str(about["refund_amount"])), str(about["out_request_no"]), time.time()
        trade = self._trade(app, about)
        if self.notifier.faults["refund_refused"] > 0:
            self.notifier.faults["refund_refused"] -= 1
            raise No("ACQ.TRADE_NOT_ALLOW_REFUND")
        with self.store.act() as link:
            seen = link.execute(
                "SELECT fen, at FROM refunds WHERE app = ? AND number = ? AND ref = ?",
                (app, trade["number"], ref),
            ).fetchone()
            if seen is not None and seen["fen"] != fen:
                raise No("ACQ.DISCORDANT_REPEAT_REQUEST")
            if seen is None:
                won = link.execute(
                    "UPDATE trades SET refunded = refunded + ?, "
                    "state = CASE WHEN refunded + ? = fen THEN 'TRADE_CLOSED' ELSE state END "
                    "WHERE trade_no = ? AND paid IS NOT NULL AND refunded + ? <= fen",
                    (fen, fen, trade["trade_no"], fen),
                ).rowcount
                if not won:
                    raise No(
                        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" if trade["paid"] else "ACQ.TRADE_NOT_ALLOW_REFUND"
                    )
                link.execute(
                    "INSERT INTO refunds VALUES (?, ?, ?, ?, ?)", (app, trade["number"], ref, fen, now)
                )
                link.execute(
                    "INSERT INTO bill VALUES (?, ?, '交易退款', ?, ?, ?, ?, ?)",
                    (app, china(now, "%Y-%m-%d"), trade["number"], trade["trade_no"], -fen, now, ref),
                )
        after = self._trade(app, about)
        return {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["number"],
            "refund_fee": yuan(after["refunded"]),
            "fund_change": "N" if seen is not None else "Y",
            "gmt_refund_pay": china(seen["at"] if seen is not None else now),
        }

    def refund_query(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        """alipay.trade.fastpay.refund.query"""
        trade = self._trade(app, about)
        seen = self.store.one(
            "SELECT * FROM refunds WHERE app = ? AND number = ? AND ref = ?",
            app,
            trade["number"],
            str(about["out_request_no"]),
        )
        found = {"refund_amount": yuan(seen["fen"]), "refund_status": "REFUND_SUCCESS"} if seen else {}
        return {"trade_no": trade["trade_no"], "out_trade_no": trade["number"]} | found

    def bill_url(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        """alipay.data.dataservice.bill.downloadurl.query"""
        day = time.strftime("%Y-%m-%d", time.strptime(str(about["bill_date"]), "%Y-%m-%d"))
        return {"bill_download_url": f"{self.url}/bills/{app}/{day}.zip"}

    def _trade(self, app: str, about: dict[str, Any]) -> dict[str, Any]:
        if about.get("trade_no"):
            trade = self.store.one(
                "SELECT * FROM trades WHERE app = ? AND trade_no = ?", app, str(about["trade_no"])
            )
        else:
            trade = self.store.trade(app, str(about.get("out_trade_no", "")))
        if trade is None:
            raise No("ACQ.TRADE_NOT_EXIST")
        return trade

    def _tell(self, trade: dict[str, Any], more: dict[str, str] | None = None) -> None:
        event = secrets.token_hex(16)
        fields = {
            "notify_type": "trade_status_sync",
            "notify_id": event,
            "app_id": trade["app"],
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["number"],
            "trade_status": "TRADE_SUCCESS",
            "total_amount": yuan(trade["fen"]),
            "subject": trade["subject"],
            "gmt_create": china(trade["made"]),
            "gmt_payment": china(trade["paid"]),
        } | (more or {})
        self.notifier.tell(trade["notify_url"], fields, event)
