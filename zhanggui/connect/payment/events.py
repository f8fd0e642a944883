"""What this part of the room tells itself, so that it acts after the provider was answered."""

from dataclasses import dataclass

from zhanggui.journal.news import news


@news
@dataclass(frozen=True, slots=True)
class PayNoticeCame:
    """A notice was believed and stored; somebody has to act on it."""

    notice_id: int
