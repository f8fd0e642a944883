"""Moving things through their states: one guarded UPDATE, for one row or ten thousand."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from zhanggui.kit.refusals import NotNow

Moves = Mapping[str, frozenset[str]]
"""The one table of allowed moves: from state to states."""


def may(moves: Moves, left: str, to: str) -> bool:
    """Whether the table allows the move."""
    return to in moves.get(left, frozenset())


def origins(moves: Moves, to: str) -> list[str]:
    """The states from which one may come to `to`."""
    return sorted(left for left, onward in moves.items() if to in onward)


def move(row: Model, to: str, *, moves: Moves, label: str = "", **also: Any) -> str:
    """Move one row to a state if the table allows and nobody was faster; gives the state it left.

    `also`: further columns set by the same UPDATE. Raises NotNow. One statement.
    """
    left: str = row.state  # type: ignore[attr-defined]
    if not may(moves, left, to):
        raise NotNow(
            _("%(what)s现在是「%(state)s」，不能这样做。")
            % {"what": label or str(row), "state": _label(row, left)}
        )
    won = type(row)._default_manager.filter(pk=row.pk, state=left).update(state=to, **also)
    if not won:
        raise NotNow(_("%(what)s刚刚被别人改动了，请刷新后再试。") % {"what": label or str(row)})
    row.state = to  # type: ignore[attr-defined]
    for name, value in also.items():
        setattr(row, name, value)
    return left


def move_many(rows: QuerySet[Any], ids: Iterable[int], to: str, *, moves: Moves, **also: Any) -> int:
    """Move all of the rows that stand in a state which allows it; gives how many moved. One statement."""
    return rows.filter(pk__in=list(ids), state__in=origins(moves, to)).update(state=to, **also)


def _label(row: Model, state: str) -> str:
    show = getattr(row, "get_state_display", None)
    return str(show()) if show else state
