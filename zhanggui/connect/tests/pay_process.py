"""The sandbox as a real process, for tests: started, misbehaving on demand, killed."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Cashier:
    """A running sandbox and a buyer at its cashier."""

    def __init__(self, home: Path, *more: str) -> None:
        self.home = home
        command = [sys.executable, "-m", "zhanggui.connect.payment.sandbox", "--home", str(home), "--faults"]
        self.process = subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline() if self.process.stdout else ""
        self.url = said.removeprefix("ready ").strip()
        assert self.url.startswith("http://127.0.0.1:"), said
        self.gateway = f"{self.url}/gateway.do"

    def faults(self, **wanted: Any) -> None:
        self._post("/admin/faults", json.dumps(wanted).encode())

    def state(self) -> dict[str, list[dict[str, Any]]]:
        with urllib.request.urlopen(f"{self.url}/admin/state", timeout=5) as answer:
            return json.load(answer)

    def bill(self, sql: str, *values: Any) -> None:
        """Change the bill behind the house's back."""
        self._post("/admin/bill", json.dumps({"sql": sql, "values": values}).encode())

    def pay_beside(self, like: str, *, number: str = "", fen: int) -> str:
        """More money: another trade for the same number, or for another one; gives its trade number."""
        told = {"like": like, "number": number or like, "fen": fen}
        made: str = json.loads(self._post("/admin/beside", json.dumps(told).encode()))["trade_no"]
        return made

    def refund_anyway(self, number: str, ref: str, fen: int) -> None:
        """A refund that was refused is paid out after all, and told of."""
        self._post("/admin/refund", json.dumps({"number": number, "ref": ref, "fen": fen}).encode())

    def arrive(self, start_url: str) -> str:
        """A buyer opens the signed address; gives the page he sees."""
        with urllib.request.urlopen(start_url, timeout=5) as answer:
            return answer.read().decode()

    def pay(self, start_url: str, *, result: str = "ok") -> str:
        """A buyer opens the signed address and presses a button, without any script."""
        page = self.arrive(start_url)
        form = re.search(r"action='(/cashier/\d+/)'", page)
        assert form, page
        return self._post(form[1], urllib.parse.urlencode({"result": result, "lang": "zh"}).encode())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _post(self, path: str, body: bytes) -> str:
        with urllib.request.urlopen(self.url + path, body, timeout=10) as answer:
            return answer.read().decode()


@contextmanager
def cashier(home: Path, *more: str) -> Iterator[Cashier]:
    """A sandbox for the length of a story."""
    running = Cashier(home, *more)
    try:
        yield running
    finally:
        running.kill()
