"""The long proofs, before a release: `make prove`, or `python -m tests.prove oversell kills model`.

The same stories as in the usual run, at full size. Prints one JSON line for each; docs/proof.md keeps the last figures.
PROVE_SCALE (default 1) makes all of them longer or shorter.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SCALE = float(os.environ.get("PROVE_SCALE", "1"))


def _pytest(*words: str, **more: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pytest", *words], env=os.environ | more, check=False)
    if done.returncode:
        raise SystemExit(f"failed: pytest {' '.join(words)}")


def oversell() -> dict[str, object]:
    """G1.1: sixteen buyers at once, baskets in opposite order, stock 1, 10 and 100."""
    rounds = int(200 * SCALE)
    _pytest("tests/test_oversell.py", OVERSELL_ROUNDS=str(rounds))
    return {"rounds": 3 * rounds, "oversold": 0, "false_sold_out": 0}


def kills() -> dict[str, object]:
    """G1.2: SIGKILL of web, worker, database or all three, under load; several houses, each with its own seed."""
    from tests.killing import storm
    from tests.test_kills import judge

    total, orders, marks, slowest = 0, 0, 0, 0.0
    for seed in range(max(1, int(6 * SCALE))):
        with tempfile.TemporaryDirectory(prefix="zg-prove-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            outcome = storm(folder, rounds=10, seed=seed)
            judge(outcome)
        total += len(outcome["kills"])  # type: ignore[arg-type]
        acked = outcome["acked"]
        orders, marks = orders + len(acked.numbers), marks + len(acked.marks)  # type: ignore[attr-defined]
        slowest = max(slowest, float(outcome["slowest_return"]))  # type: ignore[arg-type]
    return {
        "kills": total,
        "acknowledged_orders": orders,
        "acknowledged_marks": marks,
        "lost": 0,
        "doubled": 0,
        "oversold": 0,
        "slowest_return_s": round(slowest, 2),
    }


def model() -> dict[str, object]:
    """G2.6: the stateful model of people, shops and orders, with the books checked after every step."""
    examples = int(2000 * SCALE)
    _pytest("zhanggui/orders/tests/test_model.py", ZHANGGUI_MODEL_RUNS=str(examples))
    return {"runs": examples, "wrong": 0}


def odd() -> dict[str, object]:
    """G7.3: odd texts to every field, address and header of every route; no answer is a server error."""
    _pytest("tests/test_odd_input.py", ZHANGGUI_THOROUGH="1")
    return {"server_errors": 0}


def prices() -> dict[str, object]:
    """The engine of prices and the brute force over random carts, to the fen (docs/laws/prices.md)."""
    from zhanggui.promotions.tests.oracle import long_run

    return long_run(int(100_000 * SCALE), processes=os.cpu_count() or 1)


PROOFS: dict[str, Callable[[], dict[str, object]]] = {
    "oversell": oversell,
    "kills": kills,
    "model": model,
    "odd": odd,
    "prices": prices,
}


def main() -> None:
    """Run what is named, or all."""
    for name in sys.argv[1:] or PROOFS:
        began = time.monotonic()
        found = PROOFS[name]()
        print(json.dumps({"proof": name, **found, "seconds": round(time.monotonic() - began)}), flush=True)


if __name__ == "__main__":
    main()
