"""One's own second factor: turning it on, new recovery codes, turning it off."""

from datetime import datetime

from django.utils.translation import gettext as _

from zhanggui.journal.actions import action
from zhanggui.journal.daybook import write
from zhanggui.kit.actor import Actor
from zhanggui.kit.refusals import Invalid, NotNow
from zhanggui.kit.sealed import seal
from zhanggui.people.actions.entry import SEALED_AS
from zhanggui.people.hashing import fits
from zhanggui.people.models import Grant, Staff
from zhanggui.people.twofactor import matching_step, new_recovery_codes, recovery_hash


@action
def turn_on(*, by: Actor, staff: Staff, secret: str, code: str, at: datetime) -> list[str]:
    """Turn on one-time codes; the code proves that the app has the secret. Gives the recovery codes, which
    are shown once. Raises Invalid, NotNow when they are on already (they are never replaced silently).
    """
    step = matching_step(code, secret, at=at, after=0)
    if step is None:
        raise Invalid(_("验证码不对，请看手机上当前的六位数字。"), "code")
    codes = new_recovery_codes()
    won = Staff.objects.filter(pk=staff.pk, two_factor_sealed__isnull=True).update(
        two_factor_sealed=seal(secret, about=SEALED_AS),
        two_factor_since=at,
        two_factor_step=step,
        two_factor_owed=False,
        recovery_codes=[recovery_hash(code) for code in codes],
    )
    if not won:
        raise NotNow(_("两步验证已经开启了。"))
    write(by=by, what="staff.two_factor_on", on=staff)
    return codes


@action
def renew_recovery_codes(*, by: Actor, staff: Staff, password: str) -> list[str]:
    """New recovery codes instead of the old ones, shown once. Raises Invalid for a wrong password."""
    if not fits(staff, password):
        raise Invalid(_("现在的密码不对。"), "password")
    if staff.two_factor_sealed is None:
        raise NotNow(_("还没有开启两步验证。"))
    codes = new_recovery_codes()
    Staff.objects.filter(pk=staff.pk).update(recovery_codes=[recovery_hash(code) for code in codes])
    write(by=by, what="staff.recovery_codes_renewed", on=staff)
    return codes


@action
def turn_off(*, by: Actor, staff: Staff, password: str) -> None:
    """Turn off one-time codes, where no role demands them. Raises Invalid, NotNow."""
    if not fits(staff, password):
        raise Invalid(_("现在的密码不对。"), "password")
    if Grant.objects.filter(staff=staff, role__two_factor=True).exists():
        raise NotNow(_("您的角色要求两步验证，不能关闭。"))
    if not Staff.objects.filter(pk=staff.pk, two_factor_sealed__isnull=False).update(
        two_factor_sealed=None, two_factor_since=None, recovery_codes=[]
    ):
        raise NotNow(_("还没有开启两步验证。"))
    write(by=by, what="staff.two_factor_off", on=staff)
