"""The long proofs, before a release: `make prove`, or `python -m tests.prove oversell shop_kills model`.

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


def shop_races() -> dict[str, object]:
    """G1.1, G1.3, G2.4 over HTTP: sixty-four buyers at once against several processes; and the verbs by threads."""
    rounds, verbs = max(1, int(70 * SCALE)), max(2, int(100 * SCALE))
    _pytest("tests/test_shop_races.py", SHOP_RACE_ROUNDS=str(rounds))
    _pytest("tests/test_buying_races.py", BUYING_ROUNDS=str(verbs))
    return {
        "http_rounds": 3 * rounds,
        "verb_rounds": 2 * verbs,
        "oversold": 0,
        "false_sold_out": 0,
        "deadlocks": 0,
    }


def shop_kills() -> dict[str, object]:
    """G1.2, G2, G3.1 with buyers who place and pay while everything is killed; several houses, each with its seed."""
    from tests.killing_shop import SHOPPING
    from tests.test_kills import judge_shop, stormy

    sums = dict.fromkeys(
        ("kills", "acknowledged_orders", "refused", "paid_at_provider", "refunded", "dead_carts"), 0
    )
    slowest, freed = 0.0, 0.0
    for seed in range(max(1, int(10 * SCALE))):
        outcome = stormy(SHOPPING, rounds=10, seed=seed)
        judge_shop(outcome)
        bought, provider = outcome["acked"], outcome["truth"]["provider"]
        for name, many in (
            ("kills", len(outcome["kills"])),
            ("acknowledged_orders", len(bought.orders)),
            ("refused", len(bought.refused)),
            ("paid_at_provider", len(provider.paid)),
            ("refunded", len(provider.refunds)),
            ("dead_carts", bought.dead_carts),
        ):
            sums[name] += many
        slowest, freed = max(slowest, outcome["slowest_return"]), max(freed, bought.freed_in)
    return {
        **sums, "lost": 0, "doubled": 0, "oversold": 0, "fen_off": 0,
        "slowest_return_s": round(slowest, 2), "slowest_freed_s": round(freed, 2),
    }  # fmt: skip


def payments() -> dict[str, object]:
    """G2.2, G2.3, G3.3, G3.4: notices doubled, lost, forged, late; refunds killed between answer and note."""
    kills = max(6, int(200 * SCALE))
    _pytest("tests/test_pay_faults.py", ZHANGGUI_PAY_KILLS=str(kills))
    return {"kills_between_answer_and_note": kills, "paid_out_twice": 0, "differences_missed": 0}


def shop_model() -> dict[str, object]:
    """G3.1: the stateful walk of buying and paying, with the books checked after every step."""
    runs = max(20, int(500 * SCALE))
    _pytest("zhanggui/checkout/tests/test_machine.py", BUYING_WALKS=str(runs))
    return {"runs": runs, "fen_off": 0}


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
    "shop_races": shop_races,
    "shop_kills": shop_kills,
    "payments": payments,
    "shop_model": shop_model,
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
