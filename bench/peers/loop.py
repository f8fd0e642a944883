"""A closed loop of buyers: each buys again as soon as the last purchase is through. Bounded in count and seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

Purchase = Callable[[httpx.AsyncClient, int], Awaitable[bool]]
"""One purchase of a buyer from an empty cart to a placed order; gives whether it was accepted."""


@dataclass
class Run:
    """What came of a run: purchases accepted and refused, seconds of each accepted one, and of the whole."""

    accepted: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    each: list[float] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        """Accepted purchases per second."""
        return self.accepted / self.seconds if self.seconds else 0.0

    def at(self, share: float) -> float:
        """The time in milliseconds that this share of the accepted purchases stayed within."""
        ordered = sorted(self.each) or [0.0]
        return 1000 * ordered[max(0, round(len(ordered) * share) - 1)]


def buy(base: str, purchase: Purchase, *, buyers: int, most: int, seconds: float) -> Run:
    """Let so many buyers buy at once until `most` purchases were begun or the time is over."""
    return asyncio.run(_buy(base, purchase, buyers, most, seconds))


async def _buy(base: str, purchase: Purchase, buyers: int, most: int, seconds: float) -> Run:
    run = Run()
    begun = 0
    first = time.perf_counter()

    async def shop() -> None:
        nonlocal begun
        while begun < most and time.perf_counter() - first < seconds:
            number, begun = begun, begun + 1
            async with httpx.AsyncClient(base_url=base, timeout=90, trust_env=False) as client:
                start = time.perf_counter()
                try:
                    accepted = await purchase(client, number)
                except (httpx.HTTPError, KeyError, ValueError):
                    run.failed += 1
                    continue
                if accepted:
                    run.accepted += 1
                    run.each.append(time.perf_counter() - start)
                else:
                    run.refused += 1

    await asyncio.gather(*(shop() for _ in range(buyers)))
    run.seconds = time.perf_counter() - first
    return run


async def until_it_answers(base: str, path: str, seconds: float = 90) -> None:
    """Wait until a server answers at all."""
    end = time.perf_counter() + seconds
    async with httpx.AsyncClient(base_url=base, timeout=10, trust_env=False) as client:
        while True:
            try:
                answer = await client.get(path)
                if answer.status_code < 500:
                    return
            except httpx.HTTPError:
                pass
            if time.perf_counter() > end:
                raise TimeoutError(f"{base} does not answer; its log tells why")
            await asyncio.sleep(0.3)
