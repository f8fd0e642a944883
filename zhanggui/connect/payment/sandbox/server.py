"""The sandbox's web server: /gateway.do for merchants, /cashier/ for buyers, /bills/ to download, /admin/ for tests."""

import json
import logging
import os
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zhanggui.connect.payment.sandbox import cashier, keys
from zhanggui.connect.payment.sandbox.bill import zipped
from zhanggui.connect.payment.sandbox.gateway import Gateway, No
from zhanggui.connect.payment.sandbox.notices import FAULTS, SCHEDULES, Notifier
from zhanggui.connect.payment.sandbox.store import Store

MOST_BYTES = 100_000
log = logging.getLogger("sandbox")


@dataclass
class Options:
    """How the sandbox is started. `faults`: whether /admin/ answers; never in a demo."""

    home: Path
    host: str = "127.0.0.1"
    port: int = 0
    url: str = ""
    schedule: str = "alipay"
    factor: float = 1.0
    faults: bool = False


class Server(ThreadingHTTPServer):
    """Everything the handlers need."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, options: Options) -> None:
        super().__init__((options.host, options.port), Handler)
        self.options = options
        self.faults: dict[str, Any] = dict(FAULTS)
        self.store = Store(options.home)
        key = keys.own(options.home)
        steps = [step * options.factor for step in SCHEDULES[options.schedule]]
        self.notifier = Notifier(self.store, key, schedule=steps, faults=self.faults)
        self.url = options.url.rstrip("/") or f"http://{options.host}:{self.server_address[1]}"
        self.gateway = Gateway(options.home, self.store, key, self.notifier, self.url)

    def begin(self) -> None:
        """Serve until the process ends."""
        self.notifier.start()
        self.serve_forever()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 15
    server_version = "sandbox"
    sys_version = ""

    def do_GET(self) -> None:
        """Buyers' pages, bills, and signed addresses."""
        where = urlsplit(self.path)
        given = dict(parse_qsl(where.query, keep_blank_values=True))
        parts = [part for part in where.path.split("/") if part]
        match parts:
            case ["healthz"]:
                self._send(200, "ok")
            case ["cashier.css"]:
                self._send(200, cashier.STYLE, "text/css")
            case ["gateway.do"]:
                self._arrive(given)
            case ["cashier", trade_no]:
                self._page(trade_no, given)
            case ["bills", app, name] if name.endswith(".zip"):
                day = name.removesuffix(".zip")
                rows = self.server.store.rows(
                    "SELECT * FROM bill WHERE app = ? AND day = ? ORDER BY at", app, day
                )
                self._send(200, zipped(app, day, rows), "application/zip")
            case ["admin", "state"] if self.server.options.faults:
                tables = ("trades", "refunds", "notices", "bill")
                self._send(200, json.dumps({t: self.server.store.rows(f"SELECT * FROM {t}") for t in tables}))  # noqa: S608
            case _:
                self._send(404, "")

    def do_POST(self) -> None:
        """Merchants' questions and the buyer's button."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self.close_connection = True
            self._send(413, "")
            return
        body = self.rfile.read(length)
        where = urlsplit(self.path)
        parts = [part for part in where.path.split("/") if part]
        if parts == ["gateway.do"]:
            given = dict(parse_qsl(where.query, keep_blank_values=True))
            given |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            self._ask(given)
        elif parts[:1] == ["cashier"] and len(parts) == 2:
            given = dict(parse_qsl(body.decode("utf-8", "replace")))
            if given.get("result") == "ok":
                self.server.gateway.pay(parts[1])
                said = ""
            else:
                said = "failed"
            lang = "en" if given.get("lang") == "en" else "zh"
            self._send(303, "", headers={"Location": f"/cashier/{parts[1]}/?lang={lang}&said={said}"})
        elif parts[:1] == ["admin"] and self.server.options.faults:
            self._admin(parts[1:], json.loads(body or b"{}"))
        else:
            self._send(404, "")

    def _ask(self, given: dict[str, str]) -> None:
        faults = self.server.faults
        if faults["down"]:
            self._send(500, "")
            return
        answer = self.server.gateway.answer(given)
        if given.get("method") == "alipay.trade.refund" and faults["refund_dies"] > 0:
            faults["refund_dies"] -= 1
            self.close_connection = True  # done, but nobody hears of it
            return
        self._send(200, answer, "application/json")

    def _arrive(self, given: dict[str, str]) -> None:
        try:
            trade = self.server.gateway.begin(given)
        except (No, ValueError, KeyError):
            self._send(400, cashier.page(None, lang=self._lang(given), said="broken"), "text/html")
            return
        self._send(302, "", headers={"Location": f"/cashier/{trade['trade_no']}/?lang={self._lang(given)}"})

    def _page(self, trade_no: str, given: dict[str, str]) -> None:
        trade = self.server.store.one("SELECT app, number FROM trades WHERE trade_no = ?", trade_no)
        trade = self.server.store.trade(trade["app"], trade["number"]) if trade else None
        text = cashier.page(trade, lang=self._lang(given), said=given.get("said", ""))
        self._send(200 if trade else 404, text, "text/html")

    def _admin(self, parts: list[str], given: dict[str, Any]) -> None:
        if parts == ["faults"]:
            self.server.faults.update({k: v for k, v in given.items() if k in FAULTS})
            self._send(200, json.dumps(self.server.faults))
        elif parts == ["pay"]:
            trade = self.server.store.one("SELECT trade_no FROM trades WHERE number = ?", given["number"])
            done = bool(trade) and self.server.gateway.pay(str(trade["trade_no"]) if trade else "")
            self._send(200, json.dumps({"paid": done}))
        elif parts == ["beside"]:  # more money, for the same number or for one that nobody knows
            made = self.server.gateway.pay_beside(given["like"], given["number"], int(given["fen"]))
            self._send(200, json.dumps({"trade_no": made}))
        elif parts == ["refund"]:  # after all
            self.server.gateway.refund_anyway(given["number"], given["ref"], int(given["fen"]))
            self._send(200, "{}")
        elif parts == ["bill"]:  # a movement the merchant knows nothing of, or another amount
            with self.server.store.act() as link:
                link.execute(given["sql"], given.get("values", []))
            self._send(200, "{}")
        else:
            self._send(404, "")

    def _lang(self, given: dict[str, str]) -> str:
        asked = given.get("lang", "")
        if asked in ("zh", "en"):
            return asked
        return "en" if self.headers.get("Accept-Language", "zh").lower().startswith("en") else "zh"

    def _send(
        self, status: int, body: str | bytes, kind: str = "text/plain", headers: dict[str, str] | None = None
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind if kind == "application/zip" else f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        csp = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"
        self.send_header("Content-Security-Policy", csp)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet unless asked: addresses carry signatures."""
        if os.environ.get("ZHANGGUI_LOG", "").upper() == "DEBUG":
            log.debug(format, *args)
