"""What this room hangs into the frame."""

from django.utils.translation import gettext_noop as N_

from zhanggui.journal.queries import POWER
from zhanggui.kit.menu import Entry, offer

offer(
    Entry(
        label=N_("操作日志"),
        route="journal:daybook",
        power=POWER,
        section=N_("管理"),
        order=930,
        keys="g l",
        icon="book",
        words="审计 audit daybook log",
    )
)
