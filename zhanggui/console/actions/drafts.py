"""What somebody is typing, kept sealed until it is sent or thrown away (screens.md A4: drafts kept)."""

import json
from datetime import timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from zhanggui.console.models import Draft
from zhanggui.console.who import number_of
from zhanggui.journal.actions import action
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import Broken, seal, unseal

MOST_BYTES = 64_000
KEPT = timedelta(days=30)
Fields = dict[str, list[str]]


@action
def keep_draft(*, by: Actor, place: str, fields: Fields) -> None:
    """Keep what a person typed in a form; empty fields throw it away. No daybook line: it is not yet an act.

    Only its owner ever touches it, so nobody else's act can lose it. Raises Invalid when too large.
    One statement.
    """
    mine = Draft.objects.filter(staff_id=number_of(by), place=place[:120])
    if not fields:
        mine.delete()
        return
    text = json.dumps(fields, ensure_ascii=False)
    if len(text.encode()) > MOST_BYTES or not place:
        raise Invalid(_("草稿太长，没有保存。"))
    Draft.objects.bulk_create(
        [Draft(staff_id=number_of(by), place=place[:120], sealed=seal(text, about="draft"), saved_at=Now())],
        update_conflicts=True,
        unique_fields=["staff", "place"],
        update_fields=["sealed", "saved_at"],
    )


def draft_of(actor: Actor, place: str) -> Fields | None:
    """What this person was typing there, else None. One statement."""
    draft = Draft.objects.filter(staff_id=number_of(actor), place=place[:120]).first()
    if draft is None:
        return None
    try:
        found: Fields = json.loads(unseal(draft.sealed, about="draft"))
    except Broken:
        return None
    return found


def forget_old_drafts() -> int:
    """Throw away drafts that nobody touched for 30 days; gives how many. Called at night."""
    return Draft.objects.filter(saved_at__lt=Now() - KEPT).delete()[0]
