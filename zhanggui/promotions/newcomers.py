"""Who buys for the first time: asked upwards, because orders live above this room.

The room of orders registers one function at start; as long as nobody did, nobody counts as a newcomer, so an offer
for first orders is never given to somebody who may have bought before.
"""

from collections.abc import Callable, Collection

Asker = Callable[[Collection[int], Collection[int]], set[int]]
_askers: list[Asker] = []


def ask_with(asker: Asker) -> Asker:
    """Register who knows which of these buyers (ids) have an order already in one of these shops (ids): an order
    that is paid or waits to be paid. One statement."""
    _askers[:] = [asker]
    return asker


def is_new(buyer_id: int | None, shop_ids: Collection[int]) -> bool:
    """Whether the buyer never bought in these shops. One statement, none for nobody."""
    if buyer_id is None or not _askers:
        return False
    return buyer_id not in _askers[0]([buyer_id], list(shop_ids))


def new_among(buyer_ids: Collection[int], shop_ids: Collection[int]) -> set[int]:
    """Those of these buyers who never bought in these shops. One statement, none for nobody."""
    if not buyer_ids or not _askers:
        return set()
    return set(buyer_ids) - _askers[0](buyer_ids, shop_ids)
