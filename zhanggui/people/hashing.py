"""Password hashes, a few at once: each takes a core for a tenth of a second, and anybody may ask for one.

A process works on `AT_ONCE` of them; `MOST_WAITING` more wait their turn, the next is told to come back. So a crowd at
the door costs the pages of those who work little. Buyers have a gate of their own (`customers.hashing`): their crowd keeps no
clerk out.
"""

from contextlib import AbstractContextManager

from django.utils.translation import gettext as _

from zhanggui.kit import gates
from zhanggui.people.models import Staff

AT_ONCE = 1
MOST_WAITING = 8


class Gate(gates.Gate):
    """A gate at the door, with its sentence."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        super().__init__(at_once, most_waiting, lambda: _("现在登录的人太多，请稍候几秒再试。"))


_gate = Gate(AT_ONCE, MOST_WAITING)


def turn() -> AbstractContextManager[None]:
    """A place to make or check a hash of the staff's in: `with turn(): …`. Raises TooMany."""
    return _gate.turn()


def fits(staff: Staff, password: str) -> bool:
    """Whether it is the person's password, once it is our turn to look. Raises TooMany. One hash."""
    with turn():
        return staff.check_password(password)
