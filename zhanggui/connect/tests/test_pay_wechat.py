"""WeChat Pay's adapter against a stub that computes every signature by itself; amounts are fen on both sides."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from zhanggui.checkout.models import MoneyBack
from zhanggui.connect.payment import ports
from zhanggui.connect.payment.accounts import account_of
from zhanggui.connect.payment.wechat import Wechat
from zhanggui.connect.tests.pay_cast import account, key, payment, pkcs8, signed

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC_ID = "PUB_KEY_ID_TEST"


class Stub(BaseHTTPRequestHandler):
    """Answers what the test wants, after checking who asks."""

    answers: dict[str, tuple[int, dict]] = {}
    asked: list[tuple[str, str, dict]] = []
    spoil = False

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def _do(self, method: str) -> None:
        import base64

        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        told = dict(re.findall(r'(\w+)="([^"]*)"', self.headers["Authorization"]))
        text = f"{method}\n{self.path}\n{told['timestamp']}\n{told['nonce_str']}\n{body}\n"
        public = key("merchant").public_key()
        public.verify(base64.b64decode(told["signature"]), text.encode(), PKCS1v15(), SHA256())
        assert told["mchid"] == "1900000001"
        self.asked.append((method, self.path, json.loads(body or "{}")))
        status, said = next(
            (a for part, a in self.answers.items() if part in self.path), (404, {"code": "NO"})
        )
        content = json.dumps(said) if said else ""
        moment, nonce = str(int(time.time())), "n1"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Wechatpay-Timestamp", moment)
        self.send_header("Wechatpay-Nonce", nonce)
        self.send_header("Wechatpay-Serial", PUBLIC_ID)
        self.send_header("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
        who = "thief" if self.spoil else "provider"
        self.send_header("Wechatpay-Signature", signed(who, f"{moment}\n{nonce}\n{content}\n"))
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def stub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    Stub.answers, Stub.asked, Stub.spoil = {}, [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def desk(stub, monkeypatch):
    monkeypatch.setattr(Wechat, "inside", True)
    told = {
        "private": pkcs8("merchant"),
        "appid": "wx1",
        "serial": "AB",
        "v3": "x" * 32,
        "public_id": PUBLIC_ID,
    }
    account("wechat", app="1900000001", gateway=stub, keys=told)
    return Wechat()


def waiting(**also):
    return payment(provider="wechat", amount_fen=12345, **also)


def test_a_qr_text_to_pay_with(desk):
    Stub.answers = {"/native": (200, {"code_url": "weixin://wxpay/x"})}
    assert desk.start(waiting(), return_url="https://shop.example/").qr == "weixin://wxpay/x"
    sent = Stub.asked[0][2]
    assert sent["amount"] == {"total": 12345, "currency": "CNY"}
    assert sent["notify_url"].endswith("/notify/wechat/")


@pytest.mark.parametrize(
    ("said", "state"),
    [("SUCCESS", ports.PAID), ("REFUND", ports.PAID), ("NOTPAY", ports.OPEN), ("CLOSED", ports.CLOSED)],
)
def test_what_wechat_knows(desk, said, state):
    one = waiting()
    about = {
        "out_trade_no": one.number,
        "trade_state": said,
        "transaction_id": "42",
        "amount": {"total": 12345},
    }
    Stub.answers = {"/out-trade-no/": (200, about | {"success_time": "2026-11-01T12:00:00+08:00"})}
    heard = desk.query(one)
    assert (heard.state, heard.amount_fen, heard.ref) == (state, 12345, "42")


def test_an_answer_that_wechat_did_not_sign_is_no_answer(desk):
    one = waiting()
    Stub.answers = {
        "/out-trade-no/": (
            200,
            {"out_trade_no": one.number, "trade_state": "SUCCESS", "amount": {"total": 1}},
        )
    }
    Stub.spoil = True
    with pytest.raises(ports.Unreachable, match="signature"):
        desk.query(one)


def test_a_payment_nobody_began_is_unknown_and_closes(desk):
    one = waiting()
    assert desk.query(one).state == ports.UNKNOWN
    desk.close(one)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, {"status": "SUCCESS", "success_time": "2026-11-01T12:00:00+08:00"}), ports.DONE),
        ((200, {"status": "PROCESSING"}), ports.PENDING),
        ((200, {"status": "ABNORMAL"}), ports.FAILED),
        ((400, {"code": "INVALID_REQUEST", "message": "-"}), ports.FAILED),
    ],
)
def test_what_becomes_of_a_refund(desk, answer, state):
    Stub.answers = {"/refunds": answer}
    back = MoneyBack.objects.create(payment=waiting(), ref="B1", amount_fen=45, why="-")
    assert desk.refund(back).state == state
    assert Stub.asked[0][2]["out_refund_no"] == "B1"
    assert Stub.asked[0][2]["amount"] == {"refund": 45, "total": 12345, "currency": "CNY"}


def test_trouble_of_wechats_own_is_asked_again(desk):
    Stub.answers = {"/refunds": (500, {"code": "SYSTEM_ERROR"})}
    back = MoneyBack.objects.create(payment=waiting(), ref="B1", amount_fen=45, why="-")
    with pytest.raises(ports.Unreachable):
        desk.refund(back)


@pytest.mark.parametrize("total", [-1, 0, True, "12345", 1.5, None, 10**12])
def test_an_amount_that_is_none_is_no_answer(desk, total):
    one = waiting()
    about = {
        "out_trade_no": one.number,
        "trade_state": "SUCCESS",
        "amount": {"total": total},
        "mchid": "1900000001",
    }
    Stub.answers = {"/out-trade-no/": (200, about)}
    with pytest.raises(ports.Unreachable):
        desk.query(one)


def test_a_notice_of_a_refund_tells_our_number_of_it_once_it_succeeded(desk):
    """An abnormal refund may be mended at WeChat's own desk days later; the notice is the first we hear of it."""
    owner = account_of(payment(provider="wechat").merchant_id, "wechat")
    told = {
        "mchid": owner.app,
        "out_trade_no": "P1",
        "out_refund_no": "B1",
        "refund_status": "SUCCESS",
        "success_time": "2026-11-20T10:00:00+08:00",
    }
    [heard] = desk._read(owner, "e1", "REFUND.SUCCESS", told)
    assert (heard.state, heard.back_ref, heard.amount_fen) == (ports.REFUNDED, "B1", None)
    assert heard.paid_at is not None
    [closed] = desk._read(owner, "e2", "REFUND.ABNORMAL", told | {"refund_status": "ABNORMAL"})
    assert closed.back_ref == "", "nothing went back"


def test_stray_money_goes_back_by_its_own_trade(desk):
    stray = payment(
        provider="wechat", state="stray", told_fen=5990, told_number="P1", provider_ref="4200009", number="P2"
    )
    back = MoneyBack.objects.create(payment=stray, ref="B9", amount_fen=5990, why="-")
    Stub.answers["POST /v3/refund/domestic/refunds"] = (200, {"status": "SUCCESS"})
    desk.refund(back)
    _method, _path, asked = Stub.asked[-1]
    assert asked["transaction_id"] == "4200009"
    assert "out_trade_no" not in asked
