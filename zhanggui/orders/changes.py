"""Asking about changes that wait: an open one blocks shipping."""

from collections.abc import Sequence

from zhanggui.orders.models import Change


def open_for(order_ids: Sequence[int]) -> dict[int, list[str]]:
    """Order id -> kinds of the changes that still wait for a decision. One statement."""
    found: dict[int, list[str]] = {}
    rows = Change.objects.filter(order_id__in=list(order_ids), state=Change.State.ASKED).order_by("pk")
    for order, kind in rows.values_list("order_id", "kind"):
        found.setdefault(order, []).append(kind)
    return found
