"""The one family of errors a person may read.

A refusal is the shop's "no": it names what was refused in the words of a clerk, and nothing was
written. Each verb declares its own kinds beside itself; these are the common ancestors.
"""

from typing import ClassVar

from django.utils.translation import gettext as _


class Refused(Exception):
    """The shop says no. `code` is stable for programs, `status` is HTTP's, `message` is for people."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refused):
    """There is no such thing for this person; says nothing about whether it exists elsewhere."""

    code = "not_found"
    status = 404


class NotAllowed(Refused):
    """The person may see the thing but lacks the power; `message` says who may."""

    code = "not_allowed"
    status = 403


class NotNow(Refused):
    """The state of the thing does not allow it now, or somebody else was a moment faster."""

    code = "not_now"


class TooMany(Refused):
    """Asked too often, or too much at once; `wait` is how many seconds until it is worth asking again."""

    code = "too_many"
    status = 429

    def __init__(self, message: str, wait: int) -> None:
        super().__init__(message)
        self.wait = max(1, wait)


class Invalid(Refused):
    """The input can be read but breaks a rule; `field` is where the form shows it."""

    code = "invalid"
    status = 422

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Unreadable(Invalid):
    """The input cannot be read as what it should be."""

    code = "unreadable"

    def __init__(self, what: str, text: str) -> None:
        super().__init__(_("读不懂的内容（%(what)s）：%(text)s") % {"what": what, "text": text[:60]})
