"""The engine and the brute force agree to the fen; a wrong engine is noticed."""

import pytest

from zhanggui.promotions.pricing import base, choice, engine, red, stack
from zhanggui.promotions.tests.oracle import difference, long_run

CARTS = 4000


def test_both_ways_of_pricing_agree():
    assert long_run(CARTS)["fen_off"] == 0


def test_they_agree_with_the_bound_and_the_memory_for_many_offers(monkeypatch):
    monkeypatch.setattr(choice, "_MANY", 0)
    assert long_run(2000, seed=1_000_000)["fen_off"] == 0


def _noticed(carts: int = 2000) -> bool:
    return any(difference(seed) for seed in range(carts))


def _plain_split(off, cost, lines):
    parts = [off // len(lines)] * len(lines)
    parts[-1] += off - sum(parts)
    for i, part in zip(lines, parts, strict=True):
        cost[i] -= part
    return parts


def _greedy(ground, base_, choices, fee, wished):
    """The heuristic that the search is not: take what fits, one after the other."""
    chosen = []
    for one in choices:
        if not any(stack.conflict(one, other) for other in chosen):
            found = stack.follow(ground, base_, [*chosen, one], fee)
            if isinstance(found, stack.Followed):
                chosen.append(one)
    return chosen


def _no_floor(ground):
    return 0


def _first_come(payable, packets, *, at, most, wished=None, barred=""):
    uses = []
    for packet in packets[:most]:
        fen = min(payable, packet.left_fen)
        payable -= fen
        uses.append(red.PacketUse(packet.id, fen))
    return uses, [], ""


@pytest.mark.parametrize(
    ("where", "name", "wrong"),
    [
        (stack, "take", _plain_split),
        (engine.choosing, "best", _greedy),
        (base, "_floor", _no_floor),
        (engine.purse, "pay", _first_come),
        (base, "_wrong", lambda found: None),
        (choice, "_suffix", lambda rows: [0] * (len(rows) + 1)),
    ],
)
def test_control_a_wrong_step_is_noticed(monkeypatch, where, name, wrong):
    if name == "take":
        monkeypatch.setattr(choice, name, wrong)
    monkeypatch.setattr(where, name, wrong)
    assert _noticed()
