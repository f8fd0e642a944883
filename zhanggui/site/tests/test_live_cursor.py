"""Where a stream goes on from: a number that is none begins anew instead of breaking the line."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from zhanggui.site import admission
from zhanggui.site.live import Live


@pytest.mark.parametrize("after", ["", "²", "-1", "9" * 5000, "9" * 19, "1\x00"])
def test_an_odd_cursor_begins_anew(monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    asked: list[Any] = []

    async def here(self: Live, work: Callable[[], Any]) -> Any:
        asked.append(work)
        return 7

    monkeypatch.setattr(Live, "_in_thread", here)
    assert asyncio.run(Live()._missed(["shop:1"], after)) == b"id: 7\n\n"
    assert asked == [admission.newest_bell]
