"""What this room announces."""

from dataclasses import dataclass
from datetime import date

from zhanggui.journal.news import news


@news
@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A shop's own value for a policy was set from a day on, or taken back before it came. `staff_id`: who did it."""

    shop_id: int
    name: str
    since: date
    staff_id: int | None
