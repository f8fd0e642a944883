"""What this room announces."""

from dataclasses import dataclass

from zhanggui.journal.news import news


@news
@dataclass(frozen=True)
class StaffEnded:
    """An account was disabled; who holds things for it may hand them on."""

    staff_id: int


@news
@dataclass(frozen=True)
class ManyReveals:
    """A person looked at a remarkable number of receivers in a short time (G8.6)."""

    staff_id: int
    many: int
    minutes: int
