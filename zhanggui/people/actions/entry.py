"""Coming in and going out.

These verbs are not `@action`: a try that fails must stay counted, so its row commits before the refusal is
raised, and there is no actor before somebody has come in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F, Func, Value
from django.utils.translation import gettext as _

from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid
from zhanggui.kit.sealed import unseal
from zhanggui.people import hashing, lockout
from zhanggui.people.devices import known
from zhanggui.people.models import Device, Staff, Visit
from zhanggui.people.rules import TooMany
from zhanggui.people.twofactor import matching_step, recovery_hash

SEALED_AS = "two factor"


def prove_password(*, work_no: str, password: str, address: str, token: str, at: datetime) -> Staff:
    """The person who gives this number and password.

    `token`: the browser's own, "" if it has none. Raises Invalid with the one sentence for everything that
    can be wrong, TooMany when the budget is used up or too many are at the door. One password hash, nine statements.
    """
    work_no = lockout.number_of(work_no)
    device = known(work_no, token)
    place = lockout.claim(step="password", work_no=work_no, address=address, device_id=_id(device), at=at)
    with _turn(place):
        staff = authenticate(None, work_no=work_no, password=password)
    if not isinstance(staff, Staff):
        lockout.failed(place, "password")
        raise Invalid(_sentence(), "password")
    lockout.passed(place)
    return staff


def confirm_password(
    *, staff: Staff, password: str, address: str, token: str, at: datetime, field: str = "password"
) -> None:
    """Ask a signed-in person for the password once more. A wrong one counts as a wrong one at the door does:
    an open session is no place to guess (G8.1). Raises Invalid, TooMany. One password hash, eight statements.
    """
    device = known(staff.work_no, token)
    place = lockout.claim(
        step="password", work_no=staff.work_no, address=address, device_id=_id(device), at=at
    )
    with _turn(place):
        right = staff.check_password(password)
    if not right:
        lockout.failed(place, "password")
        raise Invalid(_("现在的密码不对。"), field)
    lockout.passed(place)


def asks_for_code(staff: Staff) -> bool:
    """Whether the password alone is not enough: one-time codes are set up, or a leader's one-time code waits."""
    return staff.two_factor_sealed is not None or bool(staff.recovery_codes)


def prove_code(*, staff: Staff, code: str, address: str, token: str, at: datetime) -> None:
    """Check a one-time code or a recovery code; each works once. Raises Invalid or TooMany."""
    device = known(staff.work_no, token)
    place = lockout.claim(step="code", work_no=staff.work_no, address=address, device_id=_id(device), at=at)
    if not (use_code(staff, code, at=at) or use_recovery_code(staff, code)):
        lockout.failed(place, "code")
        raise Invalid(_("验证码不对，或已经用过。"), "code")
    lockout.passed(place)


def use_code(staff: Staff, code: str, *, at: datetime) -> bool:
    """Use up a one-time code. The step is moved forward by one guarded UPDATE: of two who come with the same
    code at the same instant one gets in. One statement.
    """
    if staff.two_factor_sealed is None:
        return False
    secret = unseal(staff.two_factor_sealed, about=SEALED_AS)
    step = matching_step(code, secret, at=at, after=staff.two_factor_step)
    if step is None:
        return False
    return bool(Staff.objects.filter(pk=staff.pk, two_factor_step__lt=step).update(two_factor_step=step))


def use_recovery_code(staff: Staff, code: str) -> bool:
    """Use up a recovery code. One statement."""
    digest = recovery_hash(code)
    return bool(
        Staff.objects.filter(pk=staff.pk, recovery_codes__contains=[digest]).update(
            recovery_codes=Func(F("recovery_codes"), Value(digest), function="array_remove")
        )
    )


def note_visit(
    *, staff: Staff, session_key: str, address: str, label: str, at: datetime, quietly: bool = False
) -> Visit:
    """Write down that a session began: the list of sessions and the daybook. Three statements."""
    by = Actor(staff.name, staff.pk, staff.work_no, staff.department, address=address)
    with transaction.atomic():
        visit = Visit.objects.create(
            staff=staff, session_key=session_key, address=address, label=label, began_at=at, seen_at=at
        )
        if not quietly:
            write(by=by, what="staff.signed_in", on=staff, change={"device": [None, label]})
    return visit


def note_leaving(*, by: Actor, session_key: str) -> None:
    """Write down that a person signed out."""
    with transaction.atomic():
        if Visit.objects.filter(session_key=session_key).delete()[0]:
            write(by=by, what="staff.signed_out", kind="staff", object_id=by.staff_id)


@contextmanager
def _turn(place: int) -> Iterator[None]:
    """A place to hash in; who is sent away at the gate has not tried. Raises TooMany."""
    try:
        with hashing.turn():
            yield
    except TooMany:
        lockout.passed(place)
        raise


def _id(device: Device | None) -> int | None:
    return device.pk if device else None


def _sentence() -> str:
    return _("工号或密码不对。")
