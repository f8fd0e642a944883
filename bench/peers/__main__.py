"""`python -m bench.peers [oscar] [vendure] [--quick]`: the peers' own orders per second, and whether they oversell.

One system at a time, each warmed first, every purchase counted in its database. `--quick` only shows that it works.
"""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

from bench.figures import say, tell
from bench.peers import oscar, vendure
from bench.peers.loop import buy

PEERS: dict[str, ModuleType] = {"oscar": oscar, "vendure": vendure}
STOCK = 500


def main() -> None:
    """Measure the peers that are named, all of them without a name."""
    quick = "--quick" in sys.argv
    names = [name for name in sys.argv[1:] if not name.startswith("-")] or list(PEERS)
    for name in names:
        tell(f"measuring {name}")
        _measure(name, PEERS[name], quick)


def _measure(name: str, peer: ModuleType, quick: bool) -> None:
    stock = 5 if quick else STOCK
    with peer.opened(stock) as (base, socket):
        buy(base, peer.spread, buyers=2, most=4 if quick else 40, seconds=30)
        for buyers in (1, 16, 64):
            before = _count(socket, peer.DATABASE, peer.COUNT)
            run = buy(
                base,
                peer.spread,
                buyers=buyers,
                most=max(buyers, 8) if quick else 40 + 4 * buyers,
                seconds=60,
            )
            placed = _count(socket, peer.DATABASE, peer.COUNT) - before
            say(
                f"peers.{name}.buyers_{buyers}",
                run.a_second,
                "orders/s",
                p50_ms=round(run.at(0.5)),
                p99_ms=round(run.at(0.99)),
                placed=placed,
                refused=run.refused,
                failed=run.failed,
            )
        run = buy(
            base, peer.hot, buyers=16 if quick else 64, most=stock + (16 if quick else 140), seconds=240
        )
        sold = _count(socket, peer.DATABASE, peer.SOLD)
        say(
            f"peers.{name}.hot",
            run.a_second,
            "orders/s",
            stock=stock,
            sold=sold,
            oversold=max(0, sold - stock),
            refused=run.refused,
            failed=run.failed,
        )


def _count(socket: Path, database: str, question: str) -> int:
    from zhanggui.site.database import binaries

    done = subprocess.run(
        [binaries() / "psql", "-h", socket, "-U", "postgres", "-d", database, "-Atc", question],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


if __name__ == "__main__":
    main()
