"""What the frame's own pages ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from zhanggui.console.models import SavedView
from zhanggui.console.who import number_of
from zhanggui.journal.models import Entry
from zhanggui.journal.objects import Name, names_of
from zhanggui.journal.telling import Difference, told
from zhanggui.journal.undoing import undo_of
from zhanggui.kit import menu
from zhanggui.kit.actor import Actor
from zhanggui.people.models import Grant, Role

LAST_ACTS = 20


def views_for(actor: Actor, page: str = "") -> QuerySet[SavedView]:
    """One's own saved views and those shared with one's roles. One statement."""
    roles = Grant.objects.filter(staff_id=number_of(actor)).values("role_id")
    found = SavedView.objects.filter(Q(staff_id=number_of(actor)) | Q(role_id__in=roles))
    if page:
        found = found.filter(page=page)
    return found.select_related("role", "staff").order_by("page", "position", "pk")


def address_of(view: SavedView) -> str:
    """Where a saved view leads; "" when its page is gone."""
    base = menu.address(view.page)
    return f"{base}?{view.query}" if base and view.query else base


def roles_to_share(actor: Actor) -> QuerySet[Role]:
    """The roles one has. One statement."""
    return Role.objects.filter(grants__staff_id=number_of(actor)).distinct().order_by("name")


@dataclass(frozen=True, slots=True)
class Act:
    """One of one's last acts. `undo`: where it can be taken back, or ""."""

    entry: Entry
    undo: str
    name: Name | None = None
    differences: Sequence[Difference] = ()


def last_acts(actor: Actor) -> list[Act]:
    """One's last 20 acts, newest first (screens.md A4). One statement, and what the undo ways cost."""
    rows = list(Entry.objects.filter(staff_id=number_of(actor)).order_by("-pk")[:LAST_ACTS])
    names, changed = names_of(actor, rows), told(rows)
    return [
        Act(entry, undo_of(entry), names.get((entry.kind, entry.object_id or 0)), changed[entry.pk])
        for entry in rows
    ]
