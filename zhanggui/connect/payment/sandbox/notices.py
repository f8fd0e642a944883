"""Telling the merchant: notices repeated until the answer is `success`, and the faults that tests ask for."""

import base64
import json
import logging
import random
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from zhanggui.connect.payment.sandbox.store import Store

SCHEDULES = {
    "alipay": [240, 600, 600, 3600, 7200, 21600, 54000],
    "wechat": [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600],
}
"""Seconds between one notice and the next, as the real ones publish them; multiplied by the factor."""
FAULTS: dict[str, Any] = {
    "lose": 0,  # share of notices that never leave
    "double": 1,  # how often each is sent
    "delay": 0,  # seconds before the first
    "shuffle": 0,  # random seconds on top of each, so that they overtake each other
    "wrong_amount": 0,  # fen added to what is told
    "wrong_sign": False,
    "other_app": "",  # told in the name of another merchant
    "stale": 0,  # seconds by which `notify_time` is old
    "refund_refused": 0,  # so many refunds are refused for good
    "refund_dies": 0,  # so many refunds are made without any answer
    "down": False,  # every question is answered with 500
}
log = logging.getLogger("sandbox")


def sign(key: RSAPrivateKey, fields: dict[str, str], *, without: tuple[str, ...] = ()) -> str:
    """RSA2 over the sorted, un-encoded, non-empty fields."""
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k not in without)
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


class Notifier(threading.Thread):
    """Sends what is due, a few at a time."""

    def __init__(
        self, store: Store, key: RSAPrivateKey, *, schedule: list[float], faults: dict[str, Any]
    ) -> None:
        super().__init__(name="notices", daemon=True)
        self.store, self.key, self.schedule, self.faults = store, key, schedule, faults
        self.pool = ThreadPoolExecutor(8)
        self.wake = threading.Event()
        self.flying: set[int] = set()
        self.dice = random.Random()

    def tell(self, url: str, fields: dict[str, str], event: str) -> None:
        """Queue a notice, as healthy or as ill as the faults say."""
        if not url or self.dice.random() < float(self.faults["lose"]):
            return
        told = dict(fields)
        if self.faults["wrong_amount"]:
            fen = round(float(told["total_amount"]) * 100) + int(self.faults["wrong_amount"])
            told["total_amount"] = f"{fen // 100}.{fen % 100:02d}"
        if self.faults["other_app"]:
            told["app_id"] = str(self.faults["other_app"])
        with self.store.act() as link:
            for _ in range(int(self.faults["double"])):
                due = (
                    time.time()
                    + float(self.faults["delay"])
                    + self.dice.random() * float(self.faults["shuffle"])
                )
                link.execute(
                    "INSERT INTO notices (event, url, fields, due, spoiled) VALUES (?, ?, ?, ?, ?)",
                    (event, url, json.dumps(told), due, int(bool(self.faults["wrong_sign"]))),
                )
        self.wake.set()

    def run(self) -> None:
        """For ever."""
        while True:
            self.wake.wait(0.1)
            self.wake.clear()
            for row in self.store.rows("SELECT * FROM notices WHERE answered = '' AND due <= ?", time.time()):
                if row["id"] not in self.flying:
                    self.flying.add(row["id"])
                    self.pool.submit(self._send, row)

    def _send(self, row: dict[str, Any]) -> None:
        try:
            fields = json.loads(row["fields"])
            then = time.time() - float(self.faults["stale"])
            fields["notify_time"] = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(then + 8 * 3600))
            fields["sign_type"] = "RSA2"
            # Alipay signs notices without `sign_type`
            fields["sign"] = sign(self.key, fields, without=("sign_type",))
            if row["spoiled"]:
                fields["sign"] = fields["sign"][::-1]
            answer = self._post(row["url"], urlencode(fields).encode())
            over = answer == "success" or row["step"] >= len(self.schedule)
            due = time.time() + (0 if over else self.schedule[row["step"]])
            with self.store.act() as link:
                link.execute(
                    "UPDATE notices SET step = step + 1, sent = sent + 1, due = ?, answered = ? WHERE id = ?",
                    (due, ("success" if answer == "success" else "given up") if over else "", row["id"]),
                )
        except Exception:
            log.exception("a notice could not be sent")
        finally:
            self.flying.discard(row["id"])

    def _post(self, url: str, body: bytes) -> str:
        kind = "application/x-www-form-urlencoded; charset=utf-8"
        try:
            ask = urllib.request.Request(url, body, {"Content-Type": kind})
            with urllib.request.urlopen(ask, timeout=5) as answer:
                return str(answer.read(200).decode("utf-8", "replace").strip())
        except (OSError, urllib.error.URLError, ValueError) as trouble:
            return f"({type(trouble).__name__})"
