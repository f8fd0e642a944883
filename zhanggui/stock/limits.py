"""What a shop may still sell of a SKU: safety stock and quotas on top of what is free (S0-54). Pure functions.

A quota is set apart for one shop: that shop sells from it alone, every other shop of ours sells from what no open quota
sets apart. A line is served whole from one warehouse, so no more than the fullest warehouse has can be had at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Allotment:
    """An open quota as values; `taken` grows while a list is served."""

    id: int
    shop_id: int
    pieces: int
    taken: int

    @property
    def left(self) -> int:
        return max(self.pieces - self.taken, 0)


def is_open(until: datetime | None, at: datetime) -> bool:
    """Whether a quota still sets pieces apart: its last moment is included."""
    return until is None or until >= at


def may_have(free: Iterable[int], allotments: Mapping[int, Allotment], shop_id: int) -> int:
    """How many pieces a shop of ours may still sell in one line, never below 0.

    `free`: by warehouse what is neither promised nor kept back for safety. `allotments`: the SKU's open quotas by shop.
    """
    by_house = [max(pieces, 0) for pieces in free]
    most = max(by_house, default=0)
    own = allotments.get(shop_id)
    if own is not None:
        return min(own.left, most)
    common = sum(by_house) - sum(quota.left for quota in allotments.values())
    return max(min(common, most), 0)
