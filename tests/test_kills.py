"""G1.2 at the size that fits a usual run; `make prove` runs the long one."""

import tempfile
from pathlib import Path

import pytest

from tests.killing import STOCK, storm

pytestmark = pytest.mark.processes


def judge(outcome: dict) -> None:
    """Zero lost, zero doubled, zero oversold, and the books balanced."""
    acked, truth = outcome["acked"], outcome["truth"]
    assert acked.numbers <= set(truth["numbers"]), "an acknowledged order is missing"
    assert len(truth["numbers"]) == len(set(truth["numbers"]))
    for name in (
        "without_receiver",
        "wrong_lines",
        "told_twice",
        "untold",
        "unpaid_in_the_books",
        "unbalanced",
        "unexplained",
    ):
        assert truth[name] == [], name
    marks = dict(map(tuple, truth["marks"]))
    assert acked.marks <= set(marks), "an acknowledged mark is missing"
    assert set(marks.values()) <= {1}, "a mark was put twice"
    assert all(held <= STOCK for _sku, held in truth["held"]), "oversold"
    assert not (truth["short"] and truth["free"]), "sold out was said while pieces were free"
    assert truth["waiting"] == 0


def test_nothing_is_lost_doubled_or_oversold_while_everything_is_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="zg-kills-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a system user of its own when we are root
        outcome = storm(folder, rounds=6, seed=20261111)
    judge(outcome)
    assert outcome["acked"].numbers
    assert outcome["acked"].marks
    assert len(outcome["kills"]) == 6
